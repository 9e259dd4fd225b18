"""The live stream, over a real connection."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from services.notify.inbox.audience import labels_of_message
from services.notify.inbox.models import Message
from services.notify.stream import broadcast
from services.notify.stream import routes as stream_routes
from services.notify.stream.broadcast import PER_ACCOUNT, WAITING, Stream, broadcast_messages
from shared.access_copy import write_access
from shared.auth import access
from shared.auth.api_keys import key_hash, make_key
from shared.auth.permissions import Role
from shared.auth.user import Grant, User
from shared.events.registry import AccessChanged, KeyState
from tests.notify.conftest import API, Notify
from tests.notify.happenings import result_published
from tests.notify.receiver import serving

READER = "caf@020301"
SOON = datetime.now(UTC) + timedelta(hours=1)
PATH = f"{API}/stream"


@pytest.fixture
async def wire(notify: Notify, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The service behind a port, its broadcaster woken by commits alone."""
    monkeypatch.setattr(broadcast, "POLL_SECONDS", 3600.0)
    running = asyncio.create_task(broadcast_messages(notify.client.runtime))
    async with serving(notify.client.app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield client
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def listening(
    wire: httpx.AsyncClient, headers: dict[str, str], last: str | None = None
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """An open stream as the blocks that come over it."""
    more = {} if last is None else {"Last-Event-ID": last}
    async with wire.stream("GET", PATH, headers=headers | more) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield blocks(answer)


async def blocks(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """The stream's blocks, each as its fields; a comment's field is empty."""
    block: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            block[name] = value.removeprefix(" ")
        elif block:
            yield block
            block = {}


async def ready(stream: AsyncIterator[dict[str, str]]) -> None:
    """Read the greeting; from then on every message is seen."""
    assert await anext(stream) == {"": "open", "retry": "3000"}


async def test_new_messages_come_at_once_and_only_to_whom_they_concern(notify: Notify, wire: httpx.AsyncClient) -> None:
    await notify.hear(result_published())
    async with (
        listening(wire, notify.world.as_(READER)) as mine,
        listening(wire, notify.world.as_("caf@0204")) as other,
    ):
        await ready(mine)
        await ready(other)
        await notify.hear(result_published(), result_published(area_code="020401", unit_code="HC-020401-1"))
        first = await anext(mine)
        assert first["event"] == "message"
        data = json.loads(first["data"])
        listed = await notify.inbox(READER)
        assert data == listed[0]
        assert first["id"] == str(data["id"])
        assert json.loads((await anext(other))["data"])["area_code"] == "020401"
        await notify.hear(result_published())
        assert json.loads((await anext(mine))["data"])["id"] > data["id"]
    assert len(listed) == 2, "what was there before is not sent again"


async def test_who_names_the_last_message_misses_none(
    notify: Notify, wire: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.stream.routes.BATCH", 2)
    await notify.hear(*(result_published() for _ in range(6)))
    ids = [str(item["id"]) for item in await notify.inbox(READER)][::-1]
    await notify.http.post(f"{API}/inbox/{ids[3]}:read", headers=notify.world.as_(READER, user_id=(me := uuid4())))
    async with listening(wire, notify.world.as_(READER, user_id=me), last=ids[1]) as stream:
        await ready(stream)
        missed = [await anext(stream) for _ in range(4)]
        assert [block["id"] for block in missed] == ids[2:]
        assert [json.loads(block["data"])["read_at"] is None for block in missed] == [True, False, True, True]
        await notify.hear(result_published())
        assert int((await anext(stream))["id"]) > int(ids[-1])


async def test_a_message_written_while_a_stream_catches_up_comes_once(notify: Notify, wire: httpx.AsyncClient) -> None:
    told = await notify.hear(*(result_published() for _ in range(20)))
    async with listening(wire, notify.world.as_(READER), last="0") as stream:
        more = asyncio.gather(*(notify.hear(result_published()) for _ in range(20)))
        await ready(stream)
        seen = [json.loads((await anext(stream))["data"]) for _ in range(40)]
        told += [envelopes[0] for envelopes in await more]
    assert {item["event_id"] for item in seen} == {str(item.id) for item in told}
    assert [item["id"] for item in seen] == sorted(item["id"] for item in seen)


async def test_the_stream_ends_with_the_token(notify: Notify, wire: httpx.AsyncClient) -> None:
    token = notify.world.token(READER, exp=time.time() + 0.3)
    async with asyncio.timeout(60), listening(wire, {"Authorization": f"Bearer {token}"}) as stream:
        assert [block async for block in stream] == [{"": "open", "retry": "3000"}]


async def test_the_stream_ends_when_its_token_is_revoked(
    notify: Notify, wire: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "READ_EVERY_SECONDS", 0)
    monkeypatch.setattr(stream_routes, "RECHECK_SECONDS", 0.05)
    account = uuid4()
    async with listening(wire, notify.world.as_(READER, user_id=account)) as stream:
        assert await anext(stream)
        await tell(notify, AccessChanged(id=account, version=1, valid_from=SOON, disabled=True, name=None))
        assert [block async for block in stream if "id" in block] == []


async def test_a_system_listens_with_its_api_key_until_it_is_withdrawn(
    notify: Notify, wire: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "READ_EVERY_SECONDS", 0)
    monkeypatch.setattr(stream_routes, "RECHECK_SECONDS", 0.05)
    account, key = uuid4(), make_key()
    held = KeyState(id=uuid4(), sha256=key_hash(key).hex(), grants=(READER,), expires_at=None)
    state = AccessChanged(id=account, version=1, valid_from=SOON, disabled=False, name="Partner", keys=(held,))
    await tell(notify, state)
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        async with listening(wire, headers) as stream:
            assert await anext(stream)
    async with listening(wire, {"X-API-Key": key}) as stream:
        assert await anext(stream)
        await tell(notify, state.model_copy(update={"version": 2, "keys": ()}))
        assert [block async for block in stream if "id" in block] == []


async def tell(notify: Notify, state: AccessChanged) -> None:
    """Let the service know."""
    async with notify.client.runtime.database.transaction() as db:
        await write_access(db, [state])


async def test_who_may_listen_and_how_often(notify: Notify, wire: httpx.AsyncClient) -> None:
    answer = await wire.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")
    answer = await wire.get(PATH, headers=notify.world.as_(READER) | {"Last-Event-ID": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "header/last-event-id")
    me = notify.world.as_(READER, user_id=uuid4())
    async with asyncio.timeout(60):
        open_ones = [wire.stream("GET", PATH, headers=me) for _ in range(PER_ACCOUNT)]
        for one in open_ones:
            assert (await one.__aenter__()).status_code == 200
        answer = await wire.get(PATH, headers=me)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
        assert answer.headers["retry-after"] == "30"
        async with listening(wire, notify.world.as_(READER)) as other:
            await anext(other)
        for one in open_ones:
            await one.__aexit__(None, None, None)
        while await status_of_one_more(wire, me) != 200:
            continue


async def status_of_one_more(wire: httpx.AsyncClient, headers: dict[str, str]) -> int:
    """Open a stream and leave it."""
    async with wire.stream("GET", PATH, headers=headers) as answer:
        return answer.status_code


def test_a_reader_who_falls_behind_is_cut_off() -> None:
    stream = Stream(User(uuid4(), "slow", (Grant(Role.CAF, "02"),)), since=0)
    stream.position = 0
    audience = labels_of_message([Role.CAF], ["020301"], None)
    messages = [message(number, audience) for number in range(1, WAITING + 10)]
    stream.offer(messages)
    stream.offer(messages)
    waiting = [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())]
    assert [item.id if item else None for item in waiting] == [*range(1, WAITING + 1), None]
    assert stream.position is None


def message(number: int, audience: list[str]) -> Message:
    """A message as it is stored."""
    words = dict.fromkeys(("title_km", "title_en", "body_km", "body_en", "event_type"), "…")
    now = datetime.now(UTC)
    return Message(id=number, event_id=uuid4(), area_code="020301", audience=audience, created_at=now, **words)
