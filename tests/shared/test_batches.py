"""Many events are published as one batch with one sync; what a batch cannot do is done one by one."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import nats.errors
import pytest
from nats.aio.msg import Msg

from shared import relay as relays
from shared.events.streams import stream_config
from shared.outbox import emit_all
from tests.shared.conftest import Toy, note
from tests.shared.toy import ShelfChanged

TEXTS = [f"note {n:03}" for n in range(100)]
Singles = Callable[[], int]


@pytest.fixture
def singles(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> Singles:
    """How many events were published one by one."""
    publish, sent = toy.relay._jetstream.publish_async, [0]

    async def counting(*arguments: Any, **options: Any) -> Any:
        sent[0] += 1
        return await publish(*arguments, **options)

    monkeypatch.setattr(toy.relay._jetstream, "publish_async", counting)
    monkeypatch.setattr(relays, "POLL_SECONDS", 0.0)
    return lambda: sent[0]


async def emitted(toy: Toy, texts: list[str]) -> None:
    """Events wait in the outbox."""
    async with toy.runtime.database.transaction() as db:
        await emit_all(db, [note(text) for text in texts])


async def waiting(toy: Toy) -> int:
    """How many are not marked as published."""
    [number] = await toy.rows("SELECT count(*)::int FROM outbox WHERE published_at IS NULL")
    return int(number)


async def test_many_go_together_and_few_one_by_one(toy: Toy, singles: Singles) -> None:
    await emitted(toy, TEXTS)
    await toy.relay.drain()
    assert (await toy.published(), singles(), await waiting(toy)) == (TEXTS, 0, 0)
    await emitted(toy, ["one more"])
    await toy.relay.drain()
    assert (await toy.published(), singles()) == ([*TEXTS, "one more"], 1)


async def test_a_state_that_changed_often_ends_with_the_last(toy: Toy, singles: Singles) -> None:
    shelf, last = uuid4(), 50
    async with toy.runtime.database.transaction() as db:
        await emit_all(db, [ShelfChanged(id=shelf, name="x", version=n) for n in range(1, last + 1)])
    await toy.relay.drain()
    assert singles() == 0
    state = (await toy.jetstream.stream_info("TOY")).state
    message = await toy.jetstream.get_msg("TOY", state.last_seq)
    assert (state.messages, json.loads(message.data or b"")["data"]["version"]) == (1, last)


async def test_a_process_that_died_before_it_marked_them_repeats_nothing(toy: Toy, singles: Singles) -> None:
    await emitted(toy, TEXTS[:60])
    await toy.relay.drain()
    await toy.rows("UPDATE outbox SET published_at = NULL")
    await emitted(toy, TEXTS[60:])
    await toy.relay.drain()
    assert (await toy.published(), singles(), await waiting(toy)) == (TEXTS, 100, 0)


async def test_a_lost_acknowledgement_is_made_up_for(
    toy: Toy, singles: Singles, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = toy.runtime.nats.request

    async def unheard(*arguments: Any, **options: Any) -> Msg:
        await request(*arguments, **options)
        raise nats.errors.TimeoutError

    monkeypatch.setattr(toy.runtime.nats, "request", unheard)
    await emitted(toy, TEXTS)
    await toy.relay.drain()
    assert (await toy.published(), singles(), await waiting(toy)) == (TEXTS, 100, 0)


async def test_of_a_batch_that_lost_one_on_the_way_none_is_kept(
    toy: Toy, singles: Singles, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = toy.runtime.nats.publish

    async def lossy(subject: str, body: bytes = b"", **options: Any) -> None:
        if (options.get("headers") or {}).get("Nats-Batch-Sequence") != "7":
            await publish(subject, body, **options)

    monkeypatch.setattr(toy.runtime.nats, "publish", lossy)
    await emitted(toy, TEXTS)
    await toy.relay.drain()
    assert (await toy.published(), singles(), await waiting(toy)) == (TEXTS, 100, 0)


async def test_a_stream_of_an_earlier_version_takes_them_one_by_one(toy: Toy, singles: Singles) -> None:
    await toy.jetstream.update_stream(stream_config("toy"), allow_atomic=False, max_msgs_per_subject=1)
    await emitted(toy, TEXTS)
    await toy.relay.drain()
    assert (await toy.published(), singles(), toy.relay._batches_taken) == (TEXTS, 100, False)
    await emitted(toy, ["after"] * 40)
    await toy.relay.drain()
    assert (singles(), await waiting(toy)) == (140, 0)

    await toy.jetstream.update_stream(stream_config("toy"), max_msgs_per_subject=1)
    await emitted(toy, ["after the migration job"] * 40)
    async with toy.another() as upgraded:
        await upgraded.relay.drain()
        assert (await waiting(toy), upgraded.relay._batches_taken, singles()) == (0, True, 140)
