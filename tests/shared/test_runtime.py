"""A running service: its background tasks come back by themselves, and it stops in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from shared import pull, relay, runtime, subscriber
from shared.app import create_app
from shared.runtime import Runtime
from tests.shared.conftest import API, Toy
from tests.shared.toy import consumers, mood, router


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "FIRST_BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(runtime, "MAXIMUM_BACKOFF_SECONDS", 0.05)
    monkeypatch.setattr(relay, "ACK_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(subscriber, "RETURN_DELAY_SECONDS", 0.02)
    monkeypatch.setattr(pull, "HEARTBEAT_SECONDS", 1)
    monkeypatch.setattr(pull, "SILENCE_SECONDS", 1.2)


@asynccontextmanager
async def running(toy: Toy, app: FastAPI) -> AsyncIterator[AsyncClient]:
    """The toy as it runs for real."""
    app.state.settings = toy.world.settings("toy", nats_user="admin", background_tasks=True)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://test") as http,
    ):
        app.state.runtime.nats.options["reconnect_time_wait"] = 0.02
        yield http


def toy_app(**options: object) -> FastAPI:
    return create_app("toy", title="Toy", description="", routers=[router], consumers=consumers, **options)  # type: ignore[arg-type]


async def heard(text: str) -> None:
    async with asyncio.timeout(60):
        while await mood.heard.get() != text:
            continue


async def write(http: AsyncClient, text: str) -> int:
    return (await http.post(f"{API}/notes", json={"text": text})).status_code


async def test_events_flow_again_after_the_database_and_nats_were_away(toy: Toy) -> None:
    async with running(toy, toy_app()) as http:
        assert await write(http, "first") == 201
        await heard("first")

        async with toy.postgres_away():
            assert await write(http, "nowhere") == 503
        assert await write(http, "after the database") == 201
        await heard("after the database")

        async with toy.nats_away():
            assert await write(http, "without nats") == 201
        await heard("without nats")


async def test_it_starts_while_its_parts_are_away(toy: Toy) -> None:
    async with toy.postgres_away():
        starting = running(toy, toy_app())
        http = await starting.__aenter__()
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
    try:
        assert await write(http, "at last") == 201
        await heard("at last")
    finally:
        await starting.__aexit__(None, None, None)


async def test_a_worker_that_fails_is_started_again_and_one_that_is_done_is_left(toy: Toy) -> None:
    starts: list[str] = []
    well = asyncio.Event()

    async def fragile(parts: Runtime) -> None:
        starts.append(parts.service)
        if len(starts) < 4:
            raise RuntimeError("not yet")
        well.set()

    async with running(toy, toy_app(workers=(fragile,))) as http:
        await asyncio.wait_for(well.wait(), 60)
        metrics = (await http.get("/metrics")).text
    assert starts == ["toy"] * 4
    assert 'isaf_task_restarts_total{service="toy",task="fragile"} 3.0' in metrics


async def test_it_stops_though_a_task_lost_its_cancellation(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "CANCEL_AGAIN_SECONDS", 0.01)
    forever, lost = asyncio.Event(), asyncio.Event()

    async def forgetful(_: Runtime) -> None:
        try:
            await forever.wait()
        except asyncio.CancelledError:
            lost.set()
        await forever.wait()

    async with asyncio.timeout(60):
        async with running(toy, toy_app(workers=(forgetful,))) as http:
            await write(http, "last words")
            await heard("last words")
    assert lost.is_set()


async def test_it_stops_at_once_and_leaves_nothing_running(toy: Toy) -> None:
    forever = asyncio.Event()

    async def patient(_: Runtime) -> None:
        await forever.wait()

    async with asyncio.timeout(60):
        async with running(toy, toy_app(workers=(patient,))) as http:
            await write(http, "last words")
            await heard("last words")
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert {name for name in names if not name.startswith("Task-")} == set(), "those without a name are the libraries'"
    async with asyncio.timeout(60):
        while await toy.rows("SELECT true FROM pg_stat_activity WHERE application_name = 'isaf-toy'"):
            continue  # a server process ends a moment after its connection was closed
