"""Handlers of other services' events, each effectively once.

A handler runs in one transaction with an inbox row of the event's id, so a repeat changes nothing. A failing event is
tried again with growing delay and then laid aside as a dead letter; the events after it go on. A handler runs in the
trace of its event (a batch in that of its first).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import traces
from shared.events import Envelope, Event

E = TypeVar("E", bound=Event)
EventHandler = Callable[[AsyncSession, E], Awaitable[None]]
BatchHandler = Callable[[AsyncSession, Sequence[E]], Awaitable[None]]
EnvelopeHandler = Callable[[AsyncSession, Envelope], Awaitable[None]]
Runs = Callable[[AsyncSession, Sequence[Envelope]], Awaitable[None]]

CLAIM = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING RETURNING event_id"
)
FORGET_HANDLED = text("DELETE FROM inbox WHERE handled_at < now() - make_interval(days => :days)")
KEPT_DAYS = 100
"""Longer than a stream keeps an event and an outbox could publish it again."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How one type of event is handled."""

    event: type[Event]
    run: Runs


class Consumers:
    """A service's table of handlers: `consumers = Consumers()` and `@consumers.on(ResultPublished)`."""

    def __init__(self, others: "Consumers | None" = None) -> None:
        self.handlers: dict[str, Handler] = dict(others.handlers) if others else {}

    def on(self, event: type[E]) -> Callable[[EventHandler[E]], EventHandler[E]]:
        """Register `async def handler(db, event)`, called for each new event."""

        def register(handler: EventHandler[E]) -> EventHandler[E]:
            async def run(db: AsyncSession, envelopes: Sequence[Envelope]) -> None:
                for envelope in envelopes:
                    traces.start(envelope.traceparent)
                    await handler(db, envelope.event)  # type: ignore[arg-type]

            self._add(event, run)
            return handler

        return register

    def on_batch(self, event: type[E]) -> Callable[[BatchHandler[E]], BatchHandler[E]]:
        """Register `async def handler(db, events)`, called with all events of the type that arrived together."""

        def register(handler: BatchHandler[E]) -> BatchHandler[E]:
            async def run(db: AsyncSession, envelopes: Sequence[Envelope]) -> None:
                traces.start(envelopes[0].traceparent)
                await handler(db, [envelope.event for envelope in envelopes])  # type: ignore[misc]

            self._add(event, run)
            return handler

        return register

    def on_envelope(self, *events: type[Event]) -> Callable[[EnvelopeHandler], EnvelopeHandler]:
        """Register `async def handler(db, envelope)` for handlers that need the event's id, time or bytes."""

        def register(handler: EnvelopeHandler) -> EnvelopeHandler:
            async def run(db: AsyncSession, envelopes: Sequence[Envelope]) -> None:
                for envelope in envelopes:
                    traces.start(envelope.traceparent)
                    await handler(db, envelope)

            for event in events:
                self._add(event, run)
            return handler

        return register

    def _add(self, event: type[Event], run: Runs) -> None:
        if event.TYPE in self.handlers:
            raise AssertionError(f"{event.TYPE} has a handler already")
        self.handlers[event.TYPE] = Handler(event, run)

    def by_producer(self) -> dict[str, list[Handler]]:
        """The handlers grouped by the service whose events they take."""
        grouped: dict[str, list[Handler]] = {}
        for handler in self.handlers.values():
            grouped.setdefault(handler.event.producer(), []).append(handler)
        return grouped

    async def handle(self, db: AsyncSession, envelopes: Iterable[Envelope]) -> None:
        """Handle events in the caller's transaction, leaving out those handled before.

        State events need no inbox row: their handlers compare versions.
        """
        pending = list(envelopes)
        fresh = await _claim(db, [envelope.id for envelope in pending if not envelope.event.IS_STATE])
        wanted = [envelope for envelope in pending if envelope.event.IS_STATE or envelope.id in fresh]
        for event_type, run in groupby(_first_of_each(wanted), key=lambda envelope: envelope.type):
            await self.handlers[event_type].run(db, list(run))


async def _claim(db: AsyncSession, ids: list[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set((await db.scalars(CLAIM, {"ids": ids})).all())


def _first_of_each(envelopes: Iterable[Envelope]) -> Iterable[Envelope]:
    seen: set[UUID] = set()
    for envelope in envelopes:
        if envelope.id not in seen:
            seen.add(envelope.id)
            yield envelope
