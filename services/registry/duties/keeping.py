"""Writing down which windows were fulfilled, in the transaction that records, corrects or withdraws a meeting."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.body_kinds.queries import DutiesByKind, read_duties
from services.registry.duties.windows import DAY, LONGEST_WINDOW, Window, add_months, fulfilled, windows

BODIES = text("SELECT id, kind, level, recognised_on, dissolved_on FROM body WHERE id = ANY(CAST(:ids AS uuid[]))")
MEETINGS = text(
    "SELECT body_id, held_on FROM body_meeting WHERE body_id = ANY(CAST(:ids AS uuid[])) AND withdrawn_at IS NULL"
)
KEEP = text(
    """
    WITH kept AS (
        SELECT * FROM unnest(
            CAST(:bodies AS uuid[]), CAST(:ends AS date[]), CAST(:graces AS date[]), CAST(:days AS date[]),
            CAST(:late AS boolean[])
        ) AS kept (body_id, window_end, grace_until, held_on, late)
    ), gone AS (
        DELETE FROM duty_fulfilment AS old WHERE body_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (
            SELECT FROM kept WHERE kept.body_id = old.body_id AND kept.window_end = old.window_end)
    )
    INSERT INTO duty_fulfilment AS old (body_id, window_end, grace_until, held_on, late) SELECT * FROM kept
    ON CONFLICT (body_id, window_end) DO UPDATE SET held_on = excluded.held_on, late = excluded.late
    WHERE (old.held_on, old.late) <> (excluded.held_on, excluded.late)
    """
)


async def keep_duties(db: AsyncSession, body_ids: Sequence[UUID]) -> None:
    """Write anew which windows these bodies fulfilled.

    Whatever changes a body's time or its meetings ends with this, holding the body's lock.
    """
    await db.flush()
    ids = {"ids": list(body_ids)}
    held: dict[UUID, list[date]] = defaultdict(list)
    for meeting in await db.execute(MEETINGS, ids):
        held[meeting.body_id].append(meeting.held_on)
    due = _windows_of_bodies(await read_duties(db))
    kept: list[tuple[UUID, date, date, date, bool]] = []
    for body in (await db.execute(BODIES, ids)).all():
        mine = due(body.kind, body.level, body.recognised_on, body.dissolved_on) if held[body.id] else ()
        for window, day in fulfilled(mine, held[body.id]).items():
            kept.append((body.id, window.end, window.grace_until, day, day > window.end))
    columns = zip(*kept, strict=True) if kept else ((),) * 5
    values = dict(zip(("bodies", "ends", "graces", "days", "late"), map(list, columns), strict=True))
    await db.execute(KEEP, ids | values)


def _windows_of_bodies(duties: DutiesByKind) -> Any:
    """The windows of a body by its kind, level and time; many bodies have the same."""
    today = today_in_cambodia()
    horizon = add_months(date(today.year, today.month, 1), LONGEST_WINDOW)

    @cache
    def due(kind: str, level: str, since: date, dissolved_on: date | None) -> Sequence[Window]:
        until = horizon if dissolved_on is None else dissolved_on - DAY
        return windows([duty.as_duty() for duty in duties[kind, level]], since, until)

    return due
