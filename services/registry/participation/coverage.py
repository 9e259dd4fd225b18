"""How much of the country takes part: the strategy's own figures, counted anew for any year and area."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.codes import MARK, last_code_sql
from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import named, plan_for, reported_level, summed, top_of
from services.registry.participation.coverage_schemas import (
    NOTHING,
    Count,
    CoverageRead,
    CoverageRow,
    KindCount,
    count_of,
    kind_count,
)
from shared.areas import Level, prefix_range

PLACE = """
    SELECT DISTINCT ON (level, code) area_id, level, code, name_km, name_en FROM area_period
    WHERE valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
      AND level IN ('province', 'district', 'commune') AND code >= :low AND code < :high
    ORDER BY level, code, area_id
"""
NAMES = text(f"SELECT code, name_km, name_en FROM ({PLACE}) place WHERE code = :area OR level = :level ORDER BY code")  # noqa: S608 - our own text
UNIT = "unit "
"""What is counted begins with this where it is units, and goes on with their kind."""
SIDES = "everyone, both_sides, supply_only, demand_only"
ONE = "1, (supply AND demand)::int, (supply AND NOT demand)::int, (demand AND NOT supply)::int"
"""The sides of a single commune, district or province, in the columns of SIDES."""
COUNT = f"""
    WITH place AS MATERIALIZED ({PLACE}), part AS MATERIALIZED (
        SELECT kind, code, count(*)::int AS everyone, count(*) FILTER (WHERE supply AND demand)::int AS both_sides,
               count(*) FILTER (WHERE supply AND NOT demand)::int AS supply_only,
               count(*) FILTER (WHERE demand AND NOT supply)::int AS demand_only
        FROM (
            SELECT u.kind, {{code}} AS code,
                   coalesce(p.supply_side, false) AS supply, coalesce(p.demand_side, false) AS demand
            FROM unit u LEFT JOIN participation p ON p.unit_id = u.id AND p.year = :year
            WHERE {{within}} AND u.merged_into IS NULL AND (u.opened_on IS NULL OR u.opened_on <= :day)
              AND (u.status = 'open' OR u.closed_on > :day)
        ) unit_part
        WHERE code >= :low AND code < :high
        GROUP BY kind, code
    ), commune AS MATERIALIZED (
        SELECT code, bool_or(supply) AS supply, bool_or(demand) AS demand
        FROM (
            SELECT code, true AS is_place, false AS supply, false AS demand FROM place WHERE level = 'commune'
            UNION ALL
            SELECT left(code, 6), false, both_sides + supply_only > 0, both_sides + demand_only > 0 FROM part
        ) one GROUP BY code HAVING bool_or(is_place)
    ), upper AS (
        SELECT max(level) AS level, code, bool_or(supply) AS supply, bool_or(demand) AS demand
        FROM (
            SELECT level, code, false AS supply, false AS demand FROM place WHERE level IN ('district', 'province')
            UNION ALL
            SELECT NULL, left(code, digits), supply, demand FROM commune, (VALUES (2), (4)) AS above (digits)
        ) one GROUP BY code HAVING max(level) IS NOT NULL
    ), counted (what, code, {SIDES}) AS (
        SELECT '{UNIT}' || kind, code, {SIDES} FROM part
        UNION ALL
        SELECT 'commune', code, {ONE} FROM commune
        UNION ALL
        SELECT level, code, {ONE} FROM upper
        UNION ALL
        SELECT 'own level', code, {ONE}
        FROM (SELECT place.code, coalesce(p.supply_side, false) AS supply, coalesce(p.demand_side, false) AS demand
              FROM place LEFT JOIN participation p ON p.area_id = place.area_id AND p.year = :year
              WHERE place.level = 'district') AS own
    )
    SELECT left(code, :digits), what, sum(everyone), sum(both_sides), sum(supply_only), sum(demand_only)
    FROM counted GROUP BY 1, 2
"""  # noqa: S608 - our own text
"""Placed by grouping and not by joining, which goes wrong while PostgreSQL has not counted rows that are new.

A commune is covered when a unit in it takes part, a district or province when a commune in it is."""
COUNT_NOW = text(COUNT.format(code="u.area_code", within="u.area_code >= :low AND u.area_code < :high"))
"""Of a year that is not over: where units lie today."""
COUNT_THEN = text(
    COUNT.format(
        code=last_code_sql("coalesce(p.area_code, u.area_code)"),
        within=f"""u.id IN (
            SELECT id FROM unit WHERE area_code >= :low AND area_code < :high OR area_code LIKE '%{MARK}%'
            UNION SELECT unit_id FROM participation WHERE year = :year AND area_code >= :low AND area_code < :high)""",  # noqa: S608 - a constant is put in
    )
)
"""Of a year that is over: where those that took part lay then."""


async def read_coverage(db: AsyncSession, year: int, area: str, level: Level | None) -> CoverageRead:
    """The coverage of an area and of each area of a level in it. Raises Invalid for an area that was not there."""
    level, digits = reported_level(area, level)
    day = counting_day(year)
    low, high = prefix_range(area)
    values = {"day": day, "low": low, "high": high, "year": year, "digits": digits, "area": area, "level": level}
    places = [(code, name_km, name_en) for code, name_km, name_en in await db.execute(NAMES, values)]
    top = top_of(area, places)
    await plan_for(db, area)
    found = (await db.execute(COUNT_THEN if day < today_in_cambodia() else COUNT_NOW, values)).all()
    of_areas = defaultdict[str, list[Sequence[Any]]](list)
    of_all = defaultdict[str, list[Sequence[Any]]](list)
    for row in sorted(found, key=itemgetter(1)):
        of_areas[row[0]].append(row)
        of_all[row[1]].append(row)
    counts = cache(_counts)
    total = counts(*((what, *summed([row[2:] for row in rows], 4)) for what, rows in of_all.items()))
    rows = [
        cast(CoverageRow, {**named(place), **counts(*[row[1:] for row in of_areas[place[0]]])})
        for place in places
        if len(place[0]) == digits
    ]
    whole = cast(CoverageRow, {**named(top), **total})
    return CoverageRead(year=year, as_of=day, level=level, total=whole, rows=rows)


def counting_day(year: int) -> date:
    """The day whose areas and units are counted: the last of the year, today while the year is not over."""
    return min(date(year, 12, 31), today_in_cambodia())


def _counts(*counts: Sequence[Any]) -> dict[str, Any]:
    """What a row says of an area, from what is counted and its numbers each.

    Most communes are alike, and to make each anew would take half of the report's time.
    """
    of_levels: dict[str, Count] = {}
    units: list[KindCount] = []
    for what, *numbers in counts:
        if what.startswith(UNIT):
            units.append(kind_count(what.removeprefix(UNIT), *numbers))
        else:
            of_levels[what] = count_of(*numbers)
    return {
        "provinces": of_levels.get("province"),
        "districts": of_levels.get("district"),
        "districts_at_own_level": of_levels.get("own level"),
        "communes": of_levels.get("commune", NOTHING),
        "units": units,
    }
