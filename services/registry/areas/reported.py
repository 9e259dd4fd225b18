"""What reports by area share: of which areas they have rows, and how rows are named and added up."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from shared.areas import LEVELS, AreaScope, Level, level_of, prefix_range
from shared.errors import Invalid

NATION = ("", "ព្រះរាជាណាចក្រកម្ពុជា", "Cambodia")
"""Code and names of all areas together."""
REPORTED_LEVELS: tuple[Level, ...] = ("province", "district", "commune")
PLACES = text(
    """
    SELECT code, name_km, name_en FROM area
    WHERE status = 'open' AND (level = :level AND code >= :low AND code < :high OR level = :top AND code = :low)
    ORDER BY code, id
    """
)

PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""A plan for any area at all would loop over the nation's rows one by one: 260 ms in place of 35."""
ALL_AT_ONCE = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_nestloop', 'off', true)"
)
"""While PostgreSQL has not counted rows that are new, it would go through all of a table for each row of another."""

Place = tuple[str, str, str]
"""An area's code and names."""
ReportArea = Annotated[AreaScope, Query(description="Left out, the nation", examples=["02"])]
ReportLevel = Annotated[Level | None, Query(description="Of which areas the rows are; left out, the level below")]


class AreaNamed(TypedDict):
    """The area of a report's row."""

    area_code: Annotated[str, Field(description='"" for the nation', examples=["02"])]
    name_km: str
    name_en: str


NAMED = tuple(AreaNamed.__annotations__)
"""The fields that a Place fills."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The areas of a report."""

    level: Level
    top: Place
    rows: list[Place]
    digits: int
    """Length of the rows' codes."""


async def reported_areas(db: AsyncSession, area: str, level: Level | None) -> Reported:
    """An area, and the areas of a level in it; left out, of the level below. Raises Invalid for what does not fit."""
    level, digits = reported_level(area, level)
    low, high = prefix_range(area)
    values = {"level": level, "low": low, "high": high, "top": level_of(area) if area else None}
    places = [(code, name_km, name_en) for code, name_km, name_en in (await db.execute(PLACES, values)).all()]
    return Reported(level, top_of(area, places), [place for place in places if len(place[0]) == digits], digits)


def reported_level(area: str, level: Level | None) -> tuple[Level, int]:
    """Of which areas the rows are, left out those of the level below, and how long their codes. Raises Invalid."""
    level = level or REPORTED_LEVELS[min(len(area) // 2, len(REPORTED_LEVELS) - 1)]
    digits = 2 * (LEVELS.index(level) + 1)
    if level not in REPORTED_LEVELS or digits < len(area):
        raise Invalid.field(
            "query/level",
            "level_unfit",
            en="The report is made for provinces, districts and communes: choose one that lies in the area.",
            km="របាយការណ៍នេះធ្វើតាមរាជធានី ខេត្ត ក្រុង ស្រុក ខណ្ឌ និងឃុំ សង្កាត់៖ សូមជ្រើសរើសថ្នាក់ដែលស្ថិតក្នុងតំបន់នោះ។",
        )
    return level, digits


async def plan_for(db: AsyncSession, area: str) -> None:
    """Let the statements to come be planned for an area, or for the whole nation; else it takes seconds."""
    await db.execute(PLAN_ANEW if area else ALL_AT_ONCE)


def named(place: Place) -> AreaNamed:
    """The part of a row that says whose it is."""
    return {"area_code": place[0], "name_km": place[1], "name_en": place[2]}


def summed(rows: Collection[Sequence[int]], width: int) -> list[int]:
    """Rows of so many numbers, added up column by column."""
    return list(map(sum, zip(*rows, strict=True))) if rows else [0] * width


def rows_by_kind(
    areas: Reported, found: Iterable[Sequence[Any]], counted: Sequence[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of the whole area and those of the areas in it, each with the numbers of all kinds of units and of each.

    What was found is the code of an area, a kind, and the numbers that `counted` names.
    """
    of_areas = defaultdict[str, list[Sequence[Any]]](list)
    of_kinds = defaultdict[str, list[Sequence[Any]]](list)
    for row in sorted(found, key=itemgetter(1)):
        of_areas[row[0]].append(row)
        of_kinds[row[1]].append(row)

    @cache
    def counts(*kinds: Sequence[Any]) -> dict[str, Any]:
        """Most communes are alike, and to add each up anew would take half of the report's time."""
        sums = dict(zip(counted, summed([numbers for _, *numbers in kinds], len(counted)), strict=True))
        return sums | {"kinds": [dict(zip(("kind", *counted), kind, strict=True)) for kind in kinds]}

    total = [(kind, *summed([row[2:] for row in rows], len(counted))) for kind, rows in of_kinds.items()]
    shown = [{**named(place), **counts(*[row[1:] for row in of_areas[place[0]]])} for place in areas.rows]
    return {**named(areas.top), **counts(*total)}, shown


def cells(row: Mapping[str, object], names: Iterable[str]) -> list[object]:
    """A row of a report in the columns of a file."""
    return [row[name] for name in names]


def top_of(area: str, places: Iterable[Place]) -> Place:
    """The area itself among those found, or the nation. Raises Invalid where it was not found."""
    for place in (NATION, *places):
        if place[0] == area:
            return place
    raise Invalid.field(
        "query/area",
        "area_unknown",
        en=f"There is no province, district or commune {area} at the time of this report.",
        km=f"នៅពេលនៃរបាយការណ៍នេះ គ្មានរាជធានី ខេត្ត ក្រុង ស្រុក ខណ្ឌ ឬឃុំ សង្កាត់ {area} ទេ។",
    )
