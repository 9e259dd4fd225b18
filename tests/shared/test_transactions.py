"""One transaction per request: state and event together, committed before the answer leaves."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text

import shared.db
from shared.db import IDLE_SECONDS
from tests.shared.conftest import API, Toy


async def test_the_answer_leaves_after_the_commit(toy: Toy) -> None:
    seen: list[list[Any]] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append(await toy.rows("SELECT text FROM note"))
            await send(message)

        await toy.client.app(scope, receive, watching)

    async with AsyncClient(transport=ASGITransport(watched), base_url="http://test") as http:
        answer = await http.post(f"{API}/notes", json={"text": "committed"})

    assert answer.status_code == 201
    assert seen == [["committed"]]


async def test_a_commit_that_fails_answers_an_error(toy: Toy) -> None:
    orphan = {"text": "orphan", "parent_id": str(uuid4())}

    answer = await toy.http.post(f"{API}/notes", json=orphan, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal_error"
    assert "note" not in answer.text
    for table in ("note", "outbox", "idempotency_key"):
        assert await toy.count(table) == 0


async def test_state_and_event_are_written_together(toy: Toy) -> None:
    assert (await toy.write("together")).status_code == 201
    [(note, event)] = await toy.rows("SELECT note.xmin::text, outbox.xmin::text FROM note, outbox")
    assert note == event


async def test_a_refusal_takes_back_what_was_written(toy: Toy) -> None:
    answer = await toy.write("refuse")
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert await toy.count("note") == 0
    assert await toy.count("outbox") == 0


async def test_an_unexpected_error_takes_back_and_leaks_nothing(toy: Toy) -> None:
    answer = await toy.write("crash")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "Our mistake",
        "status": 500,
        "code": "internal_error",
        "detail": "Something went wrong on our side. Give the trace_id to your administrator.",
        "trace_id": answer.headers["x-trace-id"],
    }
    assert await toy.count("note") == 0


async def test_the_relay_is_woken_by_a_commit_with_events_alone(toy: Toy) -> None:
    woken: list[int] = []
    toy.runtime.database.on_emitted = lambda: woken.append(1)
    await toy.write("refuse")
    await toy.http.get(f"{API}/notes")
    assert woken == []
    await toy.write("told")
    assert woken == [1]


async def test_a_record_that_exists_already(toy: Toy) -> None:
    await toy.write("once")
    answer = await toy.write("once", **{"Accept-Language": "km"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert answer.json()["detail"].startswith("មានកំណត់ត្រា")


async def test_who_finds_a_record_locked_is_asked_to_come_again(toy: Toy) -> None:
    note = (await toy.write("wanted")).json()
    other = await asyncpg.connect(toy.world.database_url("toy"))
    async with other.transaction():
        await other.execute("SELECT * FROM note FOR UPDATE")
        answer = await toy.http.patch(f"{API}/notes/{note['id']}", json={"text": "mine"}, headers={"If-Match": '"1"'})
    await other.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "1"


async def test_without_the_database_everything_answers_503_and_comes_back(toy: Toy) -> None:
    await toy.write("before")
    async with toy.postgres_away():
        for answer in (await toy.write("during"), await toy.http.get(f"{API}/notes")):
            assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["content-type"] == "application/problem+json"
    assert (await toy.write("after")).status_code == 201
    assert await toy.rows("SELECT text FROM note ORDER BY seq") == ["before", "after"]


async def test_a_session_about_to_be_ended_is_not_given_out(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(shared.db, "monotonic", lambda: now)

    async def session() -> int:
        async with toy.runtime.database.transaction() as db:
            return int(await db.scalar(text("SELECT pg_backend_pid()")))

    await toy.runtime.database.engine.dispose()
    first = await session()
    now += IDLE_SECONDS - 10
    assert await session() == first
    now += IDLE_SECONDS
    assert await session() != first
