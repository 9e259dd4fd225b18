"""Publishes the outbox: in order, each event until JetStream has confirmed it, one relay of a service at a time."""

import asyncio

import asyncpg
import structlog
from nats.aio.client import Client

from shared.events.streams import stream_name

WINDOW = 500
"""Events on their way at once."""
ACK_TIMEOUT_SECONDS = 2.0
POLL_SECONDS = 1.0
"""How long an event waits when its wake-up was lost."""
COALESCE_SECONDS = 0.01
STANDBY_SECONDS = 2.0
"""How often a second process of the service asks whether it must take over."""

FETCH = "SELECT seq, event_id, subject, body FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT $1"
MARK = "UPDATE outbox SET published_at = now() WHERE seq = ANY($1::bigint[])"

log = structlog.get_logger()


class Relay:
    """One service's relay.

    Rows are published by `seq`. An event that depends on another's change was emitted after that change committed and
    so has a higher seq; events of transactions that do not depend on each other have no order to keep.
    """

    def __init__(self, service: str, dsn: str, nats: Client) -> None:
        self._service, self._dsn = service, dsn
        self._jetstream = nats.jetstream()
        self._channel = f"outbox_{service}"
        self._pending = asyncio.Event()
        self._leading = False
        self._notify = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: publish it now."""
        if self._leading:
            self._pending.set()
        else:
            self._notify.set()

    async def run(self) -> None:
        """Wait for leadership, then publish until cancelled; raises when a connection is lost, to be started again."""
        connection = await asyncpg.connect(self._dsn, timeout=5)
        try:
            await self._wait_for_leadership(connection)
            await connection.add_listener(self._channel, lambda *_: self._pending.set())
            self._leading = True
            while True:
                self._pending.clear()
                if await self._publish_window(connection) < WINDOW:
                    await self._wait_for_work()
        finally:
            self._leading = False
            connection.terminate()

    async def drain(self) -> None:
        """Publish all that is there, then return; for tests and for an orderly stop."""
        connection = await asyncpg.connect(self._dsn, timeout=5)
        try:
            while await self._publish_window(connection):
                pass
        finally:
            await connection.close()

    async def _wait_for_leadership(self, connection: asyncpg.Connection) -> None:
        while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", self._channel):
            try:
                await asyncio.wait_for(self._notify.wait(), STANDBY_SECONDS)
                await asyncio.sleep(COALESCE_SECONDS)
                self._notify.clear()
                await connection.execute("SELECT pg_notify($1, '')", self._channel)
            except TimeoutError:
                continue

    async def _wait_for_work(self) -> None:
        try:
            await asyncio.wait_for(self._pending.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def _publish_window(self, connection: asyncpg.Connection) -> int:
        rows = await connection.fetch(FETCH, WINDOW)
        if not rows:
            return 0
        acks = [
            await self._jetstream.publish_async(row["subject"], row["body"], headers=self._headers(row, before))
            for before, row in zip([None, *rows], rows, strict=False)
        ]
        done, late = await asyncio.wait(acks, timeout=ACK_TIMEOUT_SECONDS)
        for ack in late:
            ack.cancel()
        confirmed = [row["seq"] for row, ack in zip(rows, acks, strict=True) if ack in done and not ack.exception()]
        await connection.execute(MARK, confirmed)
        if len(confirmed) < len(rows):
            failures = {repr(ack.exception()) for ack in done if ack.exception()}
            log.warning("events_not_confirmed", waiting=len(rows) - len(confirmed), errors=sorted(failures))
            await asyncio.sleep(POLL_SECONDS)
        return len(rows)

    def _headers(self, row: asyncpg.Record, before: asyncpg.Record | None) -> dict[str, str]:
        """The stream drops a repeat, and refuses an event whose predecessor was lost on the way: none overtakes."""
        headers = {"Nats-Msg-Id": str(row["event_id"]), "Nats-Expected-Stream": stream_name(self._service)}
        if before is not None:
            headers["Nats-Expected-Last-Msg-Id"] = str(before["event_id"])
        return headers
