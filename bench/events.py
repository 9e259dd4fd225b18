"""From commit to consumer: how long an event takes, and how many a second the relay and a consumer carry."""

import asyncio
import secrets
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import nats
import uvloop
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from bench.figures import Figure, percentile
from deploy.local.nats import Nats
from deploy.local.postgres import Postgres
from shared import outbox
from shared.consumers import Consumers
from shared.db import Database
from shared.events import Event
from shared.events.streams import stream_config
from shared.migrations import shared_tables
from shared.relay import Relay
from shared.subscriber import Subscriber

SERVICE = "budget"
SINGLE_EVENTS = 2_000
BACKLOG_EVENTS = 20_000
PENDING = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"


class Measured(Event, type="isaf.budget.bench.measured.v1", key="id"):
    """An event that says when it was committed."""

    id: UUID
    number: int


def run() -> list[Figure]:
    """Carry events through the real outbox, relay and consumer; PostgreSQL with fsync, NATS with sync always."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        users = ("admin", "registry", "scorecard", "jaap", "budget", "notify")
        passwords = {user: "p" + secrets.token_hex(16) for user in users}
        postgres = Postgres(Path(directory) / "postgres")
        server = Nats(Path(directory) / "nats", _free_port(), passwords)
        postgres.start()
        server.start()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_measure(postgres.url(SERVICE), server.url, passwords))
        finally:
            server.stop()
            postgres.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _measure(dsn: str, nats_url: str, passwords: dict[str, str]) -> list[Figure]:
    client = await nats.connect(nats_url, user="admin", password=passwords["admin"])
    await client.jetstream().add_stream(stream_config(SERVICE))
    database = Database(dsn, service=SERVICE)
    metadata = MetaData()
    shared_tables(metadata)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    arrived: dict[int, float] = {}
    consumers = Consumers()

    @consumers.on(Measured)
    async def note(_: AsyncSession, event: Measured) -> None:
        arrived[event.number] = time.perf_counter()

    relay = Relay(SERVICE, dsn, client)
    subscriber = Subscriber(SERVICE, "budget", consumers, database, client)
    database.on_emitted = relay.wake
    tasks = [asyncio.create_task(relay.run()), asyncio.create_task(subscriber.run())]
    try:
        latencies = await _latencies(database, arrived)
        published, handled = await _backlog(dsn, database, arrived)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()
        await database.close()
    return [
        Figure("commit to handler, median", percentile(latencies, 50) * 1000, "ms"),
        Figure("commit to handler, 99th percentile", percentile(latencies, 99) * 1000, "ms"),
        Figure("backlog published", published, "events/s"),
        Figure("backlog published and handled once", handled, "events/s"),
    ]


async def _latencies(database: Database, arrived: dict[int, float]) -> list[float]:
    committed: dict[int, float] = {}
    for number in range(SINGLE_EVENTS):
        async with database.transaction() as db:
            await outbox.emit(db, Measured(id=uuid4(), number=number))
        committed[number] = time.perf_counter()
        await asyncio.sleep(0.001)
    await _until(lambda: len(arrived) >= SINGLE_EVENTS)
    return [max(arrived[number] - at, 0.0) for number, at in committed.items()]


async def _backlog(dsn: str, database: Database, arrived: dict[int, float]) -> tuple[float, float]:
    arrived.clear()
    async with database.transaction() as db:
        await outbox.emit_all(db, (Measured(id=uuid4(), number=number) for number in range(BACKLOG_EVENTS)))
    began = time.perf_counter()
    connection = await asyncpg.connect(dsn)
    while await connection.fetchval(PENDING):  # noqa: ASYNC110 - the relay of another process could be measured too
        await asyncio.sleep(0.02)
    published = time.perf_counter() - began
    await connection.close()
    await _until(lambda: len(arrived) >= BACKLOG_EVENTS)
    return BACKLOG_EVENTS / published, BACKLOG_EVENTS / (max(arrived.values()) - began)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - a handler's clock is read, not a queue
            await asyncio.sleep(0.005)
