"""Runs a service's consumers: one durable pull consumer per stream, explicit acknowledgement, dead letters."""

import asyncio
from collections.abc import Sequence

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy import text

from shared.consumers import Consumers, Handler
from shared.database_errors import is_lock_timeout, is_outage
from shared.db import Database
from shared.events import EVENT_TYPES, Envelope, decode
from shared.events.streams import stream_name
from shared.pull import Pull

ACK_WAIT_SECONDS = 10
"""How long events that a killed process held stay away. A batch takes a fraction of it; one that takes longer sees its
events again and finds them handled.
"""
MAXIMUM_TRIES = 6
MAXIMUM_DELAY_SECONDS = 60
RETURN_DELAY_SECONDS = 1
MAXIMUM_UNACKNOWLEDGED = 2_000
DRAIN_POLL_SECONDS = 0.05
"""The server counts an acknowledgement a moment after it arrived; waiting for a message then would never end."""

STARTED = text("SELECT EXISTS (SELECT FROM consumer_start WHERE stream = :stream)")
START = text("INSERT INTO consumer_start (stream) VALUES (:stream) ON CONFLICT DO NOTHING")
LAY_ASIDE = text(
    "INSERT INTO dead_letter (event_id, subject, body, error, tries)"
    " VALUES (:event_id, :subject, :body, :error, :tries)"
)

log = structlog.get_logger()


class Subscriber:
    """The consumer of one stream for one service; its durable bears the service's name."""

    def __init__(self, service: str, producer: str, consumers: Consumers, database: Database, nats: Client) -> None:
        self._service, self.stream = service, stream_name(producer)
        self._consumers, self._database, self._nats = consumers, database, nats
        self._handlers: list[Handler] = consumers.by_producer()[producer]
        self._types = {handler.event.TYPE: EVENT_TYPES[handler.event.TYPE] for handler in self._handlers}
        self._tries: dict[str, int] = {}

    async def run(self) -> None:
        """Handle events until cancelled; raises when the stream or the database is away, and is then started again."""
        await self.ensure_consumer()
        pull = Pull(self._nats, self.stream, self._service)
        await pull.start()
        try:
            while True:
                await self._handle(await pull.batch())
        finally:
            await pull.stop()

    async def drain(self) -> int:
        """Handle all that the stream holds for us, then return how many it was; for tests."""
        await self.ensure_consumer()
        pull = Pull(self._nats, self.stream, self._service)
        await pull.start()
        handled = 0
        try:
            while (info := await self.info()).num_pending or info.num_ack_pending:
                try:
                    async with asyncio.timeout(DRAIN_POLL_SECONDS):
                        messages = await pull.batch()
                except TimeoutError:
                    continue
                await self._handle(messages)
                handled += len(messages)
                await self._nats.flush()
        finally:
            await pull.stop()
        return handled

    async def info(self) -> ConsumerInfo:
        """What JetStream knows of our consumer: pending and unacknowledged events."""
        info: ConsumerInfo = await self._nats.jetstream().consumer_info(self.stream, self._service)
        return info

    async def ensure_consumer(self) -> None:
        """Make the durable consumer; from the stream's beginning when this service's tables have never read it.

        A service whose schema was wiped thus rebuilds its copies by itself, as does one that has learnt to keep a copy
        of another kind of state. What was handled before changes nothing.
        """
        manager = self._nats.jetstream()
        async with self._database.transaction() as db:
            if not await db.scalar(STARTED, {"stream": self.stream}) or await self._has_new_state():
                try:
                    await manager.delete_consumer(self.stream, self._service)
                except NotFoundError:
                    log.info("consumer_begins", stream=self.stream)
                await db.execute(START, {"stream": self.stream})
            await manager.add_consumer(
                self.stream,
                ConsumerConfig(
                    durable_name=self._service,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=ACK_WAIT_SECONDS,
                    max_deliver=-1,
                    max_ack_pending=MAXIMUM_UNACKNOWLEDGED,
                    filter_subjects=[f"{handler.event.TYPE}.>" for handler in self._handlers],
                ),
            )

    async def _has_new_state(self) -> bool:
        """Whether we handle a state that the consumer has not been reading."""
        try:
            config = (await self.info()).config
        except NotFoundError:
            return False
        read = {config.filter_subject, *(config.filter_subjects or ())}
        return any(handler.event.IS_STATE and f"{handler.event.TYPE}.>" not in read for handler in self._handlers)

    async def _handle(self, messages: Sequence[Msg]) -> None:
        """All messages in one transaction; if that fails, each in its own, so that one bad event stops no other.

        A lock that somebody else held for too long is no fault of theirs: all come again, and no try is counted. One by
        one each would wait as long, and a few hundred of them for longer than their tries last.
        """
        try:
            envelopes = [decode(message.data, self._types) for message in messages]
            await self._in_one_transaction(envelopes)
        except Exception as error:
            if is_outage(error):
                await self._return_all(messages, error)
                raise
            if is_lock_timeout(error):
                await self._return_all(messages, error)
                return
            await self._handle_each(messages)
        else:
            for message in messages:
                await message.ack()

    async def _in_one_transaction(self, envelopes: Sequence[Envelope]) -> None:
        async with self._database.transaction() as db:
            await self._consumers.handle(db, envelopes)

    async def _handle_each(self, messages: Sequence[Msg]) -> None:
        for position, message in enumerate(messages):
            try:
                await self._in_one_transaction([decode(message.data, self._types)])
            except Exception as error:
                if is_outage(error):
                    await self._return_all(messages[position:], error)
                    raise
                if is_lock_timeout(error):
                    await self._return_all(messages[position:], error)
                    return
                await self._on_failure(message, error)
            else:
                self._tries.pop(_identity(message), None)
                await message.ack()

    async def _on_failure(self, message: Msg, error: Exception) -> None:
        tries = self._tries.pop(_identity(message), 0) + 1
        log.warning("event_failed", subject=message.subject, tries=tries, exc_info=error)
        if tries < MAXIMUM_TRIES:
            self._tries[_identity(message)] = tries
            await message.nak(delay=min(2 ** (tries - 1), MAXIMUM_DELAY_SECONDS))
            return
        async with self._database.transaction() as db:
            await db.execute(
                LAY_ASIDE,
                {
                    "event_id": _identity(message),
                    "subject": message.subject,
                    "body": message.data,
                    "error": f"{type(error).__name__}: {error}".replace("\0", "")[:2000],
                    "tries": tries,
                },
            )
        await message.ack()

    async def _return_all(self, messages: Sequence[Msg], error: BaseException) -> None:
        log.warning("events_returned", stream=self.stream, events=len(messages), error=repr(error)[:200])
        for message in messages:
            await message.nak(delay=RETURN_DELAY_SECONDS)


def _identity(message: Msg) -> str:
    return (message.headers or {}).get("Nats-Msg-Id", message.subject)
