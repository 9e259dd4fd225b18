"""Publishes the outbox: in order, each event until JetStream has confirmed it, one relay of a service at a time."""

import asyncio
import json
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.events.streams import stream_name

WINDOW = 500
"""Events on their way at once; JetStream takes at most 1,000 in a batch."""
BATCH_FROM = 32
"""From so many on a batch is faster: it costs some ten milliseconds, a single event half a one."""
BATCHES_NOT_TAKEN = 10174
"""JetStream's error where the stream was made by an earlier version of ours."""
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
        self._nats, self._jetstream = nats, nats.jetstream()
        self._batches_taken = True
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
                async with asyncio.timeout(STANDBY_SECONDS):
                    await self._notify.wait()
                await asyncio.sleep(COALESCE_SECONDS)
                self._notify.clear()
                await connection.execute("SELECT pg_notify($1, '')", self._channel)
            except TimeoutError:
                continue

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._pending.wait()
        except TimeoutError:
            return

    async def _publish_window(self, connection: asyncpg.Connection) -> int:
        rows = await connection.fetch(FETCH, WINDOW)
        if not rows:
            return 0
        together = len(rows) >= BATCH_FROM and self._batches_taken and await self._publish_together(rows)
        confirmed = rows if together else await self._publish_singly(rows)
        await connection.execute(MARK, [row["seq"] for row in confirmed])
        if len(confirmed) < len(rows):
            await asyncio.sleep(POLL_SECONDS)
        return len(rows)

    async def _publish_together(self, rows: Sequence[asyncpg.Record]) -> bool:
        """All or none of them, with one sync.

        None when the stream holds one already, because an acknowledgement was lost; none when it takes no batches.
        """
        batch = uuid4().hex
        for number, row in enumerate(rows[:-1], 1):
            await self._nats.publish(row["subject"], row["body"], headers=self._headers(row) | _place(batch, number))
        ending = self._headers(rows[-1]) | _place(batch, len(rows)) | {"Nats-Batch-Commit": "1"}
        try:
            answer = await self._nats.request(
                rows[-1]["subject"], rows[-1]["body"], timeout=ACK_TIMEOUT_SECONDS, headers=ending
            )
        except (NatsError, TimeoutError) as error:
            log.warning("batch_not_confirmed", events=len(rows), error=repr(error))
            return False
        ack = json.loads(answer.data)
        self._batches_taken = ack.get("error", {}).get("err_code") != BATCHES_NOT_TAKEN
        return bool(ack.get("count") == len(rows))

    async def _publish_singly(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """Those that were confirmed; a repeat is."""
        acks = [
            await self._jetstream.publish_async(
                row["subject"], row["body"], headers=self._headers(row) | _after(before)
            )
            for before, row in zip([None, *rows], rows, strict=False)
        ]
        done, late = await asyncio.wait(acks, timeout=ACK_TIMEOUT_SECONDS)
        for ack in late:
            ack.cancel()
        confirmed = [row for row, ack in zip(rows, acks, strict=True) if ack in done and not ack.exception()]
        if len(confirmed) < len(rows):
            failures = {repr(ack.exception()) for ack in done if ack.exception()}
            log.warning("events_not_confirmed", waiting=len(rows) - len(confirmed), errors=sorted(failures))
        return confirmed

    def _headers(self, row: asyncpg.Record) -> dict[str, str]:
        """By its id the stream knows a repeat."""
        return {"Nats-Msg-Id": str(row["event_id"]), "Nats-Expected-Stream": stream_name(self._service)}


def _after(before: asyncpg.Record | None) -> dict[str, str]:
    """The stream refuses an event whose predecessor was lost on the way: none overtakes."""
    return {} if before is None else {"Nats-Expected-Last-Msg-Id": str(before["event_id"])}


def _place(batch: str, number: int) -> dict[str, str]:
    """The stream refuses a batch of which one was lost on the way."""
    return {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
