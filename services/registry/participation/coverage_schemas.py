"""The coverage report."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.areas import Level


class Count(BaseModel):
    """How many of all take part, and from which side. Shares are null where there is nothing to take part."""

    all: int = Field(examples=[1652])
    covered: int = Field(description="Those on the supply side, the demand side or both", examples=[1550])
    percent: int | None = Field(description="Of all, rounded to whole percent", examples=[94])
    share: float | None = Field(description="Of all, not rounded", examples=[0.9382566585956417])
    both_sides: int = Field(examples=[1071])
    both_sides_percent: int | None = Field(description="Of those covered, rounded", examples=[69])
    supply_only: int = Field(examples=[400])
    demand_only: int = Field(examples=[79])

    @classmethod
    def of(cls, everyone: int, both_sides: int, supply_only: int, demand_only: int) -> Self:
        """The shares that belong to these numbers."""
        covered = both_sides + supply_only + demand_only
        return cls(
            all=everyone,
            covered=covered,
            percent=percent(covered, everyone),
            share=covered / everyone if everyone else None,
            both_sides=both_sides,
            both_sides_percent=percent(both_sides, covered),
            supply_only=supply_only,
            demand_only=demand_only,
        )


def percent(part: int, whole: int) -> int | None:
    """Whole percent, a half rounded up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


class KindCount(Count):
    """How many units of a kind take part."""

    kind: str = Field(examples=["health_centre"])


class CoverageRow(BaseModel):
    """An area's coverage. A level that does not lie in the area is null."""

    area_code: str = Field(description='"" for the nation', examples=["02"])
    name_km: str
    name_en: str
    provinces: Count | None = Field(description="Provinces with a covered commune")
    districts: Count | None = Field(description="Districts with a covered commune")
    districts_at_own_level: Count | None = Field(description="Districts whose administration itself takes part")
    communes: Count = Field(description="Communes in which a unit takes part")
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
    rows: list[CoverageRow]
