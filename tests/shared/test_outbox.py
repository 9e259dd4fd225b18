"""An event is stored with the change it tells of, and published after the commit, in order, and never lost."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from nats.js.api import PubAck

from shared import relay as relays
from shared.outbox import PRUNE, emit, emit_all
from tests.shared.conftest import Toy, note
from tests.shared.toy import ShelfChanged

WAITING = (
    "SELECT convert_from(body, 'UTF8')::json -> 'data' ->> 'text' FROM outbox WHERE published_at IS NULL ORDER BY seq"
)


async def test_an_event_is_a_cloud_event_with_its_identity(toy: Toy) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    written = (await toy.write("hello", traceparent=trace)).json()

    await toy.relay.drain()

    message = await toy.jetstream.get_msg("TOY", 1)
    assert message.subject == f"isaf.toy.note.written.v1.{written['id']}"
    event = json.loads(message.data or b"")
    assert UUID(event["id"])
    assert message.headers is not None
    assert message.headers["Nats-Msg-Id"] == event["id"]
    assert (event["specversion"], event["type"]) == ("1.0", "isaf.toy.note.written.v1")
    assert (event["source"], event["subject"]) == ("/services/toy", written["id"])
    assert event["datacontenttype"] == "application/json"
    assert event["time"].endswith("Z")
    assert event["traceparent"].split("-")[1] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert event["data"] == {"note_id": written["id"], "text": "hello"}
    assert await toy.rows(WAITING) == []


async def test_published_in_the_order_of_the_outbox(toy: Toy) -> None:
    texts = [f"note {n:04}" for n in range(1200)]
    async with toy.runtime.database.transaction() as db:
        await emit(db, note(texts[0]))
        await emit_all(db, [note(text) for text in texts[1:]])
    await toy.relay.drain()
    assert await toy.published() == texts
    await toy.relay.drain()
    assert (await toy.jetstream.stream_info("TOY")).state.last_seq == 1200


async def test_emitting_nothing_is_allowed(toy: Toy) -> None:
    async with toy.runtime.database.transaction() as db:
        await emit_all(db, [])
    assert await toy.count("outbox") == 0


async def test_what_was_published_but_not_marked_is_not_told_twice(toy: Toy) -> None:
    await toy.write("once")
    await toy.relay.drain()
    await toy.rows("UPDATE outbox SET published_at = NULL")
    await toy.relay.drain()
    assert await toy.published() == ["once"]
    assert await toy.rows(WAITING) == []


async def test_nothing_is_lost_while_nats_is_away(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "ACK_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(relays, "POLL_SECONDS", 0.01)
    await toy.write("before")
    await toy.relay.drain()

    async with toy.nats_away():
        for text in ("during 1", "during 2"):
            assert (await toy.write(text)).status_code == 201
        assert await toy.rows(WAITING) == ["during 1", "during 2"]
        publishing = asyncio.create_task(toy.relay.drain())
        assert (await toy.write("during 3")).status_code == 201
    await publishing
    await toy.relay.drain()

    assert await toy.published() == ["before", "during 1", "during 2", "during 3"]
    assert await toy.rows(WAITING) == []


async def test_a_later_event_never_overtakes_one_that_was_lost_on_the_way(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "ACK_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(relays, "POLL_SECONDS", 0.0)
    shelf = uuid4()
    async with toy.runtime.database.transaction() as db:
        await emit_all(db, [ShelfChanged(id=shelf, name=f"name {n}", version=n) for n in range(1, 5)])
    publish, lost = toy.relay._jetstream.publish_async, ["1"]

    async def lossy(subject: str, body: bytes, **options: Any) -> "asyncio.Future[PubAck]":
        if lost and json.loads(body)["data"]["version"] == 2:
            lost.clear()
            return asyncio.get_running_loop().create_future()
        return await publish(subject, body, **options)

    monkeypatch.setattr(toy.relay._jetstream, "publish_async", lossy)
    await toy.relay.drain()

    state = (await toy.jetstream.stream_info("TOY")).state
    last = await toy.jetstream.get_msg("TOY", state.last_seq)
    assert json.loads(last.data or b"")["data"]["version"] == 4


async def test_an_acknowledgement_that_was_lost_is_asked_for_again(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "ACK_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(relays, "POLL_SECONDS", 0.0)
    async with toy.runtime.database.transaction() as db:
        await emit_all(db, [note(f"note {n}") for n in range(6)])
    publish, unheard = toy.relay._jetstream.publish_async, {1, 3, 5}

    async def deaf(subject: str, body: bytes, **options: Any) -> "asyncio.Future[PubAck]":
        ack = await publish(subject, body, **options)
        number = int(json.loads(body)["data"]["text"].split()[1])
        if number in unheard:
            unheard.discard(number)
            return asyncio.get_running_loop().create_future()
        return ack

    monkeypatch.setattr(toy.relay._jetstream, "publish_async", deaf)
    await toy.relay.drain()
    assert await toy.published() == [f"note {n}" for n in range(6)]
    assert await toy.rows(WAITING) == []


async def test_a_commit_is_published_at_once(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "POLL_SECONDS", 60.0)
    heard = await (toy.runtime.nats).subscribe("isaf.toy.>")
    running = asyncio.create_task(toy.relay.run())
    await toy.write("first")
    assert b"first" in (await heard.next_msg(60)).data
    await toy.write("second")
    assert b"second" in (await heard.next_msg(60)).data
    running.cancel()


async def test_of_two_relays_one_leads_and_the_other_takes_over(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "POLL_SECONDS", 60.0)
    monkeypatch.setattr(relays, "STANDBY_SECONDS", 0.02)
    heard = await toy.runtime.nats.subscribe("isaf.toy.>")
    async with toy.another() as other:
        first = asyncio.create_task(toy.relay.run())
        await toy.write("by the leader")
        assert b"by the leader" in (await heard.next_msg(60)).data
        second = asyncio.create_task(other.relay.run())

        async with other.database.transaction() as db:
            await emit(db, note("from the standby process"))
        assert b"from the standby process" in (await heard.next_msg(60)).data
        await toy.marked()
        assert (toy.relay._leading, other.relay._leading) == (True, False)

        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        async with other.database.transaction() as db:
            await emit(db, note("by the successor"))
        assert b"by the successor" in (await heard.next_msg(60)).data
        assert (toy.relay._leading, other.relay._leading) == (False, True)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    assert await toy.published() == ["by the leader", "from the standby process", "by the successor"]


async def test_an_idle_relay_whose_session_ends_fails_loudly_and_is_started_again(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "POLL_SECONDS", 0.02)
    idle, wait = asyncio.Event(), toy.relay._wait_for_work

    async def waiting() -> None:
        idle.set()
        await wait()

    monkeypatch.setattr(toy.relay, "_wait_for_work", waiting)
    running = asyncio.create_task(toy.relay.run())
    await asyncio.wait_for(idle.wait(), 60)
    async with toy.postgres_away():
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await asyncio.wait_for(running, 60)


async def test_pruning_keeps_the_last_state_and_what_is_young_or_waits(toy: Toy) -> None:
    old, other = uuid4(), uuid4()
    async with toy.runtime.database.transaction() as db:
        await emit_all(
            db,
            [
                ShelfChanged(id=old, name="old 1", version=1),
                ShelfChanged(id=old, name="old 2", version=2),
                ShelfChanged(id=other, name="other 1", version=1),
                note("old note"),
                note("young note"),
                note("waiting note"),
                ShelfChanged(id=other, name="other 2", version=2),
            ],
        )
    await toy.rows("UPDATE outbox SET published_at = now() - interval '31 days' WHERE seq <> 6")
    await toy.rows("UPDATE outbox SET published_at = now() - interval '29 days' WHERE seq = 5")

    async with toy.runtime.database.transaction() as db:
        await db.execute(PRUNE, {"days": 30})

    assert await toy.rows("SELECT seq::int FROM outbox ORDER BY seq") == [2, 5, 6, 7]
