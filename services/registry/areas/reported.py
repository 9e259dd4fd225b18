"""Of which areas a report has rows: those of a level within an area, as they are today."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.areas import LEVELS, Level, level_of, prefix_range
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

Place = tuple[str, str, str]
"""An area's code and names."""


class AreaNamed(BaseModel):
    """The area of a report's row; named last among a row's bases, it stands first in the row."""

    area_code: str = Field(description='"" for the nation', examples=["02"])
    name_km: str
    name_en: str


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
