"""Counting windows and what became of them, over all bodies of an area."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.body_kinds.queries import read_duties
from services.registry.duties.windows import LONGEST_WINDOW, add_months, windows
from shared.areas import prefix_range

WINDOWS = """
    SELECT * FROM unnest(
        CAST(:kinds AS text[]), CAST(:levels AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]),
        CAST(:graces AS date[])
    ) AS w (kind, level, window_start, window_end, grace_until)
"""
IN_DUTY = """
    b.kind = w.kind AND b.level = w.level AND b.recognised_on <= w.window_start
    AND (b.dissolved_on IS NULL OR b.dissolved_on > w.window_end)
"""
COUNT = text(
    f"""
    WITH w AS MATERIALIZED ({WINDOWS}), one AS (
        SELECT b.id, b.kind, b.level, b.area_code, count(*) AS windows, count(*) FILTER (WHERE NOT f.late) AS held,
               count(*) FILTER (WHERE f.late) AS late,
               count(*) FILTER (WHERE f.late IS NULL AND w.grace_until < :today) AS missed
        FROM body b JOIN w ON {IN_DUTY}
        LEFT JOIN duty_fulfilment f ON f.window_end = w.window_end AND f.body_id = b.id
             AND f.window_end BETWEEN :since AND :until
        WHERE b.area_code >= :low AND b.area_code < :high
        GROUP BY b.id
    )
    SELECT CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits) END AS code, kind, level,
           count(*)::int AS bodies, sum(windows)::int AS windows, sum(held)::int AS held, sum(late)::int AS late,
           sum(missed)::int AS missed
    FROM one GROUP BY 1, 2, 3 ORDER BY 2, 3
    """  # noqa: S608 - our own text
)
MISSED = text(
    f"""
    WITH w AS MATERIALIZED ({WINDOWS}), missed AS (
        SELECT b.id AS body_id, b.kind, b.level, b.area_code, w.window_start, w.window_end
        FROM body b JOIN w ON {IN_DUTY}
        WHERE b.area_code >= :low AND b.area_code < :high AND w.grace_until < :today
          AND NOT EXISTS (SELECT FROM duty_fulfilment f WHERE f.body_id = b.id AND f.window_end = w.window_end)
          AND (CAST(:after_area AS text) IS NULL
               OR (b.area_code, b.id, w.window_end) > (:after_area, CAST(:after_id AS uuid), CAST(:after_end AS date)))
        ORDER BY b.area_code, b.id, w.window_end LIMIT :limit
    )
    SELECT m.*, coalesce(b.name_km, concat_ws(' ', k.name_km, a.name_km)) AS name_km,
           coalesce(b.name_en, concat_ws(' ', k.name_en, a.name_en)) AS name_en,
           (SELECT max(held_on) FROM body_meeting WHERE body_id = b.id AND withdrawn_at IS NULL) AS last_met_on
    FROM missed m JOIN body b ON b.id = m.body_id JOIN body_kind k ON k.code = b.kind
    LEFT JOIN area a ON a.id = b.area_id
    ORDER BY m.area_code, m.body_id, m.window_end
    """  # noqa: S608 - our own text
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
    db: AsyncSession, since: date, until: date, kind: str | None, level: str | None
) -> dict[str, list[Any]]:
    """The windows that end in a period, by kind and level, as the statements above take them."""
    earliest = add_months(date(since.year, since.month, 1), -LONGEST_WINDOW)
    found = [
        (of_kind, of_level, window.start, window.end, window.grace_until)
        for (of_kind, of_level), duties in (await read_duties(db, kind)).items()
        if level in (None, of_level)
        for window in windows([duty.as_duty() for duty in duties], earliest, until)
        if window.end >= since
    ]
    columns: Iterable[Any] = zip(*found, strict=True) if found else ((),) * 5
    return dict(zip(("kinds", "levels", "starts", "ends", "graces"), map(list, columns), strict=True))


async def count_windows(
    db: AsyncSession, in_period: dict[str, list[Any]], since: date, until: date, area: str, digits: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """By area (of so many digits; None for bodies above), kind and level: windows, and what became of them."""
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "digits": digits, "since": since, "until": until, "today": today_in_cambodia()}
    await db.execute(PLAN_ANEW)
    return (await db.execute(COUNT, values | in_period)).all()


async def find_places(db: AsyncSession, area: str, level: str) -> list[tuple[str, str, str]]:
    """Code and names of the area itself and of the areas of a level in it."""
    low, high = prefix_range(area)
    rows = await db.execute(PLACES, {"low": low, "high": high, "level": level, "area": area})
    return [tuple(row) for row in rows]


async def find_missed(
    db: AsyncSession, in_period: dict[str, list[Any]], area: str, limit: int, after: Sequence[Any] | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """So many missed windows by area, body and day, after one of them."""
    low, high = prefix_range(area)
    after_area, after_id, after_end = after or (None, None, None)
    values = {"low": low, "high": high, "limit": limit, "today": today_in_cambodia()}
    values |= {"after_area": after_area, "after_id": after_id, "after_end": after_end}
    await db.execute(PLAN_ANEW)
    return (await db.execute(MISSED, values | in_period)).all()
