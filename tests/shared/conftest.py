"""The toy service on a database and a stream of its own."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest
from httpx import AsyncClient, Response
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared import migrations, revisions
from shared.events import Event, encode, new_identity
from shared.events.streams import stream_config
from shared.relay import Relay
from shared.runtime import Runtime
from shared.subscriber import Subscriber
from tests.beginning import Beginning
from tests.shared import toy as service
from tests.world import Client, Parts, World

TOY = f"toy_{secrets.token_hex(4)}"
"""The toy's database; one per test process."""

API = "/api/toy/v1"
HEAD = "toy-1"


@dataclass
class Toy:
    """The started toy in a test's hands."""

    world: World
    client: Client
    jetstream: JetStreamContext

    @property
    def http(self) -> AsyncClient:
        """Its HTTP face."""
        return self.client.http

    @property
    def runtime(self) -> Runtime:
        """Its inner parts."""
        return self.client.runtime

    @property
    def relay(self) -> Relay:
        """Its relay."""
        return self.client.runtime.relay

    @property
    def subscriber(self) -> Subscriber:
        """Its subscriber of its own stream."""
        [subscriber] = [one for one in self.client.runtime.subscribers if one.stream == "TOY"]
        return subscriber

    async def write(self, text: str, **headers: str) -> Response:
        """Post a note."""
        return await self.http.post(f"{API}/notes", json={"text": text}, headers=headers)

    async def rows(self, query: str, *values: Any) -> list[Any]:
        """Rows as a connection beside the service sees them; of one column, its values."""
        connection = await asyncpg.connect(self.world.database_url("toy"))
        try:
            found = await connection.fetch(query, *values)
        finally:
            await connection.close()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    async def publish(self, *events: Event, event_id: UUID | None = None, message_id: str | None = None) -> None:
        """Put events into the toy's stream as its relay would."""
        for event in events:
            identity, time = new_identity()
            identity = event_id or identity
            body = encode(event, event_id=identity, time=time, traceparent="")
            await self.publish_raw(event.subject, body, message_id or str(identity))

    async def publish_raw(self, subject: str, body: bytes, message_id: str) -> None:
        """Put any bytes into the toy's stream."""
        await self.jetstream.publish(subject, body, headers={"Nats-Msg-Id": message_id})

    async def published(self) -> list[str]:
        """The texts of the notes in the stream, in its order."""
        info = await self.jetstream.stream_info("TOY")
        state = info.state
        messages = [
            await self.jetstream.get_msg("TOY", seq)
            for seq in range(state.first_seq, state.last_seq + 1)
            if state.messages
        ]
        return [service.NoteWritten.model_validate(_data(message.data or b"")).text for message in messages]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        [number] = await self.rows(f"SELECT count(*)::int FROM {table}")  # noqa: S608 - a name out of a test
        return int(number)

    async def marked(self) -> None:
        """Returns once a running relay has marked all it published."""
        async with asyncio.timeout(60):
            while await self.rows("SELECT true FROM outbox WHERE published_at IS NULL"):
                continue

    async def handled(self) -> list[str]:
        """The texts that were heard of and kept, in order."""
        return await self.rows("SELECT text FROM heard ORDER BY seq")

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Runtime]:
        """The inner parts of a second process of the service."""
        runtime = Runtime("toy", self.runtime.settings, service.consumers)
        await runtime.connect_nats()
        try:
            yield runtime
        finally:
            await runtime.stop()

    @asynccontextmanager
    async def postgres_away(self) -> AsyncIterator[None]:
        """PostgreSQL cannot be reached for a while, and every session of the toy is gone."""
        socket = self.world.parts.postgres.cluster.socket
        hidden = socket.with_name("away")
        admin = await asyncpg.connect(self.world.parts.postgres.url("postgres", "postgres"))
        socket.rename(hidden)
        try:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self.world.database
            )
            await admin.close()
            yield
        finally:
            hidden.rename(socket)

    @asynccontextmanager
    async def nats_away(self) -> AsyncIterator[None]:
        """NATS is stopped for a while; its store stays."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        back: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.runtime.nats.options["reconnect_time_wait"] = 0.02
        self.runtime.nats._disconnected_cb = _resolve(lost)
        self.runtime.nats._reconnected_cb = _resolve(back)
        await asyncio.to_thread(self.world.parts.nats.stop)
        try:
            await asyncio.wait_for(lost, 60)
            yield
        finally:
            await asyncio.to_thread(self.world.parts.nats.start)
        await asyncio.wait_for(back, 60)


def _resolve(future: "asyncio.Future[None]") -> Any:
    async def callback() -> None:
        if not future.done():
            future.set_result(None)

    return callback


def _data(body: bytes) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(body)["data"]
    return data


def note(text: str) -> service.NoteWritten:
    """The event of a note."""
    return service.NoteWritten(note_id=uuid4(), text=text)


@pytest.fixture(scope="session")
async def toy_beginning(parts: Parts) -> AsyncIterator[Beginning]:
    """A database with the toy's schema, put back to its beginning for each test."""
    admin = await asyncpg.connect(parts.postgres.url("postgres", "postgres"))
    await admin.execute("CREATE ROLE toy LOGIN")
    await admin.execute(f"CREATE DATABASE {TOY} STRATEGY FILE_COPY")
    await admin.execute(f"ALTER ROLE toy IN DATABASE {TOY} SET search_path = toy")
    await admin.close()
    inside = await asyncpg.connect(parts.postgres.url("postgres", TOY))
    await inside.execute("CREATE SCHEMA toy AUTHORIZATION toy")
    await inside.close()
    engine = create_async_engine(make_url(parts.postgres.url("toy", TOY)).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        metadata = MetaData()
        migrations.shared_tables(metadata)
        migrations.access_tables(metadata)
        migrations.area_copy_table(metadata)
        migrations.unit_copy_table(metadata).append_column(migrations.aliases_column())
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(service.Table.metadata.create_all)
        await connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text PRIMARY KEY)")
        await connection.exec_driver_sql("INSERT INTO alembic_version VALUES ($1)", (HEAD,))
    await engine.dispose()
    database = Beginning(parts.postgres.url("postgres", TOY))
    await database.remember(("toy",))
    yield database
    await database.close()


@pytest.fixture
def good_mood() -> service.Mood:
    """The toy behaves."""
    service.mood.__init__()  # type: ignore[misc]
    return service.mood


@pytest.fixture
async def toy(
    parts: Parts,
    streams: JetStreamContext,
    toy_beginning: Beginning,
    good_mood: service.Mood,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Toy]:
    """The toy, started without its background tasks, as in any other test."""
    monkeypatch.setattr(revisions, "head", lambda _: HEAD)
    await toy_beginning.restore()
    password = parts.passwords["admin"]
    connection = await nats.connect(parts.nats.url, user="admin", password=password)
    await make_stream(connection.jetstream())
    async with AsyncExitStack() as stack:
        world = World(replace(parts, passwords=parts.passwords | {"toy": password}), TOY, stack)
        settings = world.settings("toy", nats_user="admin")
        client = await world.start("toy", service.make_app(settings), nats_user="admin")
        yield Toy(world, client, connection.jetstream())
    await connection.close()


async def make_stream(jetstream: JetStreamContext) -> None:
    """The toy's stream, new; it keeps the last message of a subject as the registry's does."""
    with suppress(NotFoundError):
        await jetstream.delete_stream("TOY")
    config = stream_config("toy")
    config.max_msgs_per_subject = 1
    await jetstream.add_stream(config)
