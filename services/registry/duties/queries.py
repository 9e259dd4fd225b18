"""Counting windows and what became of them, over all bodies of an area."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.body_kinds.queries import read_duties
from services.registry.duties.windows import LONGEST_WINDOW, Window, add_months, windows
from shared.areas import prefix_range

WindowsByKind = Mapping[tuple[str, str], Sequence[Window]]
"""By kind and level."""

COUNT = text(
    """
    WITH one AS MATERIALIZED (
        SELECT b.id, b.kind, b.level, b.area_code, greatest(b.recognised_on, CAST(:earliest AS date)) AS since,
               CASE WHEN b.dissolved_on <= :until THEN b.dissolved_on END AS dissolved_on,
               count(*) FILTER (WHERE NOT f.late) AS held, count(*) FILTER (WHERE f.late) AS late,
               count(*) FILTER (WHERE f.grace_until < :today) AS settled
        FROM body b
        LEFT JOIN duty_fulfilment f ON f.body_id = b.id AND f.window_end BETWEEN :since AND :until
        WHERE b.area_code >= :low AND b.area_code < :high AND b.kind = ANY(CAST(:kinds AS text[]))
          AND b.recognised_on <= :until AND (b.dissolved_on IS NULL OR b.dissolved_on > :since)
        GROUP BY b.id
    )
    SELECT CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits) END AS code, kind, level, since,
           dissolved_on, count(*)::int AS bodies, sum(held)::int AS held, sum(late)::int AS late,
           sum(settled)::int AS settled
    FROM one GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3
    """
)
"""Bodies by area, kind and level, and by their time as far as it bounds their windows; which of these were fulfilled,
and how many of those are past their grace. Fulfilled windows are due ones: how many were due, the rule says.
"""
MISSED = text(
    """
    WITH one AS MATERIALIZED (
        SELECT b.id, b.kind, b.level, b.area_code, b.recognised_on, b.dissolved_on, array_agg(f.window_end) AS kept
        FROM body b
        LEFT JOIN duty_fulfilment f ON f.body_id = b.id AND f.window_end BETWEEN :since AND :until
        WHERE b.area_code >= :low AND b.area_code < :high
        GROUP BY b.id
    ), missed AS MATERIALIZED (
        SELECT one.id, one.area_code, w.window_start, w.window_end
        FROM one JOIN unnest(
            CAST(:kinds AS text[]), CAST(:levels AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[])
        ) AS w (kind, level, window_start, window_end)
        ON one.kind = w.kind AND one.level = w.level AND one.recognised_on <= w.window_start
           AND (one.dissolved_on IS NULL OR one.dissolved_on > w.window_end)
        WHERE array_position(one.kept, w.window_end) IS NULL
          AND (CAST(:after_area AS text) IS NULL
               OR (one.area_code, one.id, w.window_end)
                  > (:after_area, CAST(:after_id AS uuid), CAST(:after_end AS date)))
        ORDER BY one.area_code, one.id, w.window_end LIMIT :limit
    )
    SELECT b.id AS body_id, b.kind, b.level, m.area_code, m.window_start, m.window_end,
           coalesce(b.name_km, concat_ws(' ', k.name_km, a.name_km)) AS name_km,
           coalesce(b.name_en, concat_ws(' ', k.name_en, a.name_en)) AS name_en,
           (SELECT max(held_on) FROM body_meeting WHERE body_id = b.id AND withdrawn_at IS NULL) AS last_met_on
    FROM missed m JOIN body b ON b.id = m.id JOIN body_kind k ON k.code = b.kind
    LEFT JOIN area a ON a.id = b.area_id
    ORDER BY m.area_code, m.id, m.window_end
    """
)
PLACES = text(
    """
    SELECT DISTINCT ON (code) code, name_km, name_en FROM area
    WHERE code >= :low AND code < :high AND (level = :level OR code = :area)
      AND (status = 'open' OR EXISTS (SELECT FROM body WHERE area_id = area.id))
    ORDER BY code, status DESC, id
    """
)
"""Areas that have ended are there as long as bodies were."""
PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""A plan for any area at all does badly for the nation."""


async def find_windows(
    db: AsyncSession, since: date, until: date, kind: str | None, level: str | None = None
) -> WindowsByKind:
    """The windows that end in a period, by kind and level."""
    found = {}
    for (of_kind, of_level), duties in (await read_duties(db, kind)).items():
        if level in (None, of_level):
            due = windows([duty.as_duty() for duty in duties], _earliest(since), until)
            found[of_kind, of_level] = [window for window in due if window.end >= since]
    return found


def _earliest(since: date) -> date:
    """A day before which no window begins that ends in a period."""
    return add_months(date(since.year, since.month, 1), -LONGEST_WINDOW)


async def count_fulfilled(
    db: AsyncSession, due: WindowsByKind, asked: tuple[date, date], area: str, digits: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of COUNT; the code is None for bodies above the areas of so many digits."""
    low, high = prefix_range(area)
    since, until = asked
    kinds = sorted({kind for (kind, _), listed in due.items() if listed})
    values = {"low": low, "high": high, "digits": digits, "kinds": kinds, "today": today_in_cambodia()}
    await db.execute(PLAN_ANEW)
    return (await db.execute(COUNT, values | {"since": since, "until": until, "earliest": _earliest(since)})).all()


async def find_places(db: AsyncSession, area: str, level: str) -> list[tuple[str, str, str]]:
    """Code and names of the area itself and of the areas of a level in it."""
    low, high = prefix_range(area)
    rows = await db.execute(PLACES, {"low": low, "high": high, "level": level, "area": area})
    return [tuple(row) for row in rows]


async def find_missed(
    db: AsyncSession, due: WindowsByKind, asked: tuple[date, date], area: str, limit: int, after: Sequence[Any] | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """So many missed windows by area, body and day, after one of them."""
    low, high = prefix_range(area)
    today = today_in_cambodia()
    over = [
        (*place, window.start, window.end)
        for place, listed in due.items()
        for window in listed
        if window.grace_until < today
    ]
    columns: Iterable[Any] = zip(*over, strict=True) if over else ((),) * 4
    values: dict[str, Any] = dict(zip(("kinds", "levels", "starts", "ends"), map(list, columns), strict=True))
    values |= dict(zip(("after_area", "after_id", "after_end"), after or (None, None, None), strict=True))
    values |= {"low": low, "high": high, "limit": limit, "since": asked[0], "until": asked[1]}
    await db.execute(PLAN_ANEW)
    return (await db.execute(MISSED, values)).all()
