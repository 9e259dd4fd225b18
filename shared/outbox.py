"""The transactional outbox: an event is stored with the change it tells of, and published after the commit."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import traces
from shared.db import EMITTED
from shared.events import Event, encode, new_identity

INSERT = text(
    "INSERT INTO outbox (event_id, subject, body, is_state)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS text[]),"
    " CAST(:bodies AS bytea[]), CAST(:states AS boolean[]))"
)
PRUNE = text(
    """
    DELETE FROM outbox AS old
    WHERE published_at < now() - make_interval(days => :days)
      AND NOT (is_state AND NOT EXISTS (
        SELECT FROM outbox AS newer WHERE newer.subject = old.subject AND newer.seq > old.seq))
    """
)
"""Forgets published events after their time, but keeps each entity's last state: a lost stream is rebuilt from it."""


async def emit(db: AsyncSession, *events: Event) -> None:
    """Store events in the caller's transaction; call it after locking what they tell of, as their order is kept."""
    await emit_all(db, events)


async def emit_all(db: AsyncSession, events: Iterable[Event]) -> None:
    """Store many events in one statement."""
    ids, subjects, bodies, states = [], [], [], []
    for event in events:
        event_id, time = new_identity()
        ids.append(event_id)
        subjects.append(event.subject)
        bodies.append(encode(event, event_id=event_id, time=time, traceparent=traces.traceparent()))
        states.append(event.IS_STATE)
    await db.execute(INSERT, {"ids": ids, "subjects": subjects, "bodies": bodies, "states": states})
    db.info[EMITTED] = True
