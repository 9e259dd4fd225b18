"""Counting windows and what became of them, over all bodies of an area."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.codes import MARK, last_code
from services.registry.areas.reported import PLAN_ANEW, plan_for
from services.registry.body_kinds.queries import DutiesByKind, read_duties
from services.registry.duties.windows import LONGEST_WINDOW, Window, add_months, meets_as_it_sees_fit, windows
from shared.areas import prefix_range

WindowsByKind = Mapping[tuple[str, str], Sequence[Window]]
"""By kind and level."""

ROW = f"""
    CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits + CASE
        WHEN strpos(area_code, '{MARK}') BETWEEN 1 AND :digits THEN strpos(area_code, '{MARK}') ELSE 0 END) END
"""
"""The code of the report's row in which a body is counted; bodies above the rows have none.

An area that is no more has a row of its own, by the code under which its bodies are kept.
"""
COUNT = f"""
    WITH one AS (
        SELECT id, kind, level, area_code, greatest(recognised_on, CAST(:earliest AS date)) AS since,
               CASE WHEN dissolved_on <= :until THEN dissolved_on END AS dissolved_on
        FROM body
        WHERE area_code >= :low AND area_code < :high AND kind = ANY(CAST(:kinds AS text[]))
          AND recognised_on <= :until AND (dissolved_on IS NULL OR dissolved_on > :since)
    ), fulfilled AS (
        SELECT body_id, count(*)::int AS kept, count(*) FILTER (WHERE late)::int AS late,
               count(*) FILTER (WHERE grace_until < :today)::int AS settled
        FROM duty_fulfilment
        WHERE window_end BETWEEN :since AND :until {{of_them}}
        GROUP BY body_id
    )
    SELECT {ROW} AS code, kind, level, since, dissolved_on, count(*), coalesce(sum(kept - late), 0),
           coalesce(sum(late), 0), coalesce(sum(settled), 0)
    FROM one LEFT JOIN fulfilled ON body_id = id
    GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - our own text
"""Bodies by area, kind and level, and by their time as far as it bounds their windows; which of these were fulfilled in
time and late, and how many of those are past their grace. Fulfilled windows are due ones: how many were due, the rule
says.
"""
COUNT_NATION = text(COUNT.format(of_them=""))
COUNT_AREA = text(COUNT.format(of_them="AND body_id IN (SELECT id FROM one)"))
"""Of an area the windows of its own bodies are looked up; of the nation all are read once."""
COUNT_MEETINGS = text(
    f"""
    SELECT {ROW} AS code, kind, level, count(*)::int AS bodies, sum(met.held)::int AS held
    FROM body b JOIN unnest(CAST(:kinds AS text[]), CAST(:levels AS text[])) AS free (kind, level) USING (kind, level)
    CROSS JOIN LATERAL (
        SELECT count(*) AS held FROM body_meeting
        WHERE body_id = b.id AND withdrawn_at IS NULL AND held_on BETWEEN :since AND :until
    ) AS met
    WHERE b.area_code >= :low AND b.area_code < :high
      AND b.recognised_on <= :until AND (b.dissolved_on IS NULL OR b.dissolved_on > :since)
    GROUP BY 1, 2, 3
    """  # noqa: S608 - a constant is put in
)
"""The meetings of bodies of which no number is asked."""
KEPT = text(
    """
    SELECT b.id, b.kind, b.level, b.area_code, b.recognised_on, b.dissolved_on, array_agg(f.window_end) AS kept
    FROM (
        SELECT * FROM body
        WHERE area_code >= :low AND area_code < :high AND kind = ANY(CAST(:kinds AS text[]))
          AND (area_code, id) >= (:after_area, CAST(:after_id AS uuid))
        ORDER BY area_code, id LIMIT :limit
    ) AS b
    LEFT JOIN duty_fulfilment f ON f.body_id = b.id AND f.window_end BETWEEN :since AND :until
    GROUP BY b.id, b.kind, b.level, b.area_code, b.recognised_on, b.dissolved_on
    ORDER BY b.area_code, b.id
    """
)
"""So many bodies by area, with the windows that each fulfilled in a period."""
NAMES = text(
    """
    SELECT b.id, coalesce(b.name_km, concat_ws(' ', k.name_km, a.name_km)) AS name_km,
           coalesce(b.name_en, concat_ws(' ', k.name_en, a.name_en)) AS name_en,
           (SELECT max(held_on) FROM body_meeting WHERE body_id = b.id AND withdrawn_at IS NULL) AS last_met_on
    FROM body b JOIN body_kind k ON k.code = b.kind LEFT JOIN area a ON a.id = b.area_id
    WHERE b.id = ANY(CAST(:ids AS uuid[]))
    """
)
PLACES = text(
    """
    SELECT code, name_km, name_en FROM area
    WHERE code >= :low AND code < :high AND (level = :level OR code = :area) AND status = 'open'
    UNION
    SELECT body.area_code, area.name_km, area.name_en FROM body JOIN area ON area.id = body.area_id
    WHERE body.area_code >= :low AND body.area_code < :high AND area.level = :level AND area.status = 'closed'
    """
)
"""Areas that have ended are there if they had bodies."""


async def find_windows(
    db: AsyncSession, since: date, until: date, kind: str | None, level: str | None = None
) -> WindowsByKind:
    """The windows that end in a period, by kind and level."""
    return windows_of(await read_duties(db, kind), since, until, level)


def windows_of(duties: DutiesByKind, since: date, until: date, level: str | None = None) -> WindowsByKind:
    """The same of duties that are known."""
    found = {}
    for (of_kind, of_level), listed in duties.items():
        if level in (None, of_level):
            due = windows([duty.as_duty() for duty in listed], _earliest(since), until)
            found[of_kind, of_level] = [window for window in due if window.end >= since]
    return found


def _kinds(due: WindowsByKind) -> list[str]:
    """The kinds with a window in a period."""
    return sorted({kind for (kind, _), listed in due.items() if listed})


def _earliest(since: date) -> date:
    """A day before which no window begins that ends in a period."""
    return add_months(date(since.year, since.month, 1), -LONGEST_WINDOW)


async def count_fulfilled(
    db: AsyncSession, due: WindowsByKind, asked: tuple[date, date], area: str, digits: int, today: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of COUNT; the code is None for bodies above the areas of so many digits."""
    low, high = prefix_range(area)
    since, until = asked
    values = {"low": low, "high": high, "digits": digits, "kinds": _kinds(due), "today": today}
    await plan_for(db, area)
    values |= {"since": since, "until": until, "earliest": _earliest(since)}
    return (await db.execute(COUNT_AREA if area else COUNT_NATION, values)).all()


async def count_meetings(
    db: AsyncSession, duties: DutiesByKind, asked: tuple[date, date], area: str, digits: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of COUNT_MEETINGS: bodies that meet as they see fit all through a period."""
    free = [
        place for place, listed in duties.items() if meets_as_it_sees_fit([duty.as_duty() for duty in listed], *asked)
    ]
    if not free:
        return []
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "digits": digits, "since": asked[0], "until": asked[1]}
    values |= {"kinds": [kind for kind, _ in free], "levels": [level for _, level in free]}
    return (await db.execute(COUNT_MEETINGS, values)).all()


async def find_places(db: AsyncSession, area: str, level: str) -> list[tuple[str, str, str]]:
    """Code and names of the area itself and of the areas of a level in it, by the code that each bears or bore last."""
    low, high = prefix_range(area)
    rows = await db.execute(PLACES, {"low": low, "high": high, "level": level, "area": area})
    return sorted((tuple(row) for row in rows), key=lambda place: (last_code(place[0]), place[0]))


async def find_kept(
    db: AsyncSession, due: WindowsByKind, asked: tuple[date, date], area: str, after: tuple[str, UUID], limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of KEPT, from a body on."""
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "kinds": _kinds(due), "limit": limit}
    values |= {"since": asked[0], "until": asked[1], "after_area": after[0], "after_id": after[1]}
    await db.execute(PLAN_ANEW)
    return (await db.execute(KEPT, values)).all()


async def find_names(db: AsyncSession, body_ids: Iterable[UUID]) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Rows of NAMES by body."""
    rows = await db.execute(NAMES, {"ids": list(set(body_ids))})
    return {row.id: row for row in rows}
