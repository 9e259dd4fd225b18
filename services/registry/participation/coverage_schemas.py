"""The coverage report."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.registry.areas.reported import AreaNamed
from shared.areas import Level
from shared.schemas import Trusted


class Count(TypedDict):
    """How many of all take part, and from which side. Shares are null where there is nothing to take part."""

    all: Annotated[int, Field(examples=[1652])]
    covered: Annotated[int, Field(description="Those on the supply side, the demand side or both", examples=[1550])]
    percent: Annotated[int | None, Field(description="Of all, rounded to whole percent", examples=[94])]
    share: Annotated[float | None, Field(description="Of all, not rounded", examples=[0.9382566585956417])]
    both_sides: Annotated[int, Field(examples=[1071])]
    both_sides_percent: Annotated[int | None, Field(description="Of those covered, rounded", examples=[69])]
    supply_only: Annotated[int, Field(examples=[400])]
    demand_only: Annotated[int, Field(examples=[79])]


class KindCount(Count):
    """How many units of a kind take part."""

    kind: Annotated[str, Field(examples=["health_centre"])]


def percent(part: int, whole: int) -> int | None:
    """Whole percent, a half rounded up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def count_of(everyone: int, both_sides: int, supply_only: int, demand_only: int) -> Count:
    """The shares that belong to these numbers."""
    covered = both_sides + supply_only + demand_only
    return {
        "all": everyone,
        "covered": covered,
        "percent": percent(covered, everyone),
        "share": covered / everyone if everyone else None,
        "both_sides": both_sides,
        "both_sides_percent": percent(both_sides, covered),
        "supply_only": supply_only,
        "demand_only": demand_only,
    }


def kind_count(kind: str, *numbers: int) -> KindCount:
    """The same of units of a kind."""
    return {"kind": kind, **count_of(*numbers)}


NOTHING = count_of(0, 0, 0, 0)


class CoverageRow(AreaNamed):
    """An area's coverage. A level that does not lie in the area is null."""

    provinces: Annotated[Count | None, Field(description="Provinces with a covered commune")]
    districts: Annotated[Count | None, Field(description="Districts with a covered commune")]
    districts_at_own_level: Annotated[
        Count | None, Field(description="Districts whose administration itself takes part")
    ]
    communes: Annotated[Count, Field(description="Communes in which a unit takes part")]
    units: list[KindCount]


class CoverageRead(BaseModel):
    """Who takes part in a year: the whole area, and each area of a level in it."""

    model_config = ConfigDict(
        json_schema_extra={"description": "Counted among the areas and units of one day: the year's last, or today."}
    )

    year: int = Field(examples=[2025])
    as_of: date = Field(description="The day whose areas and units are counted", examples=["2025-12-31"])
    level: Level
    total: CoverageRow
    rows: Trusted[list[CoverageRow]]
