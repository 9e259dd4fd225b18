"""What the duty report shows."""

from collections.abc import Iterable
from datetime import date
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.body_kinds.models import BodyLevel
from shared.areas import Level

NUMBERS = ("bodies", "due", "held", "late", "missed", "not_yet_due")


class DutyCount(BaseModel):
    """How many windows of the period there were, and what became of them."""

    bodies: int = Field(description="Those with a window in the period", examples=[12])
    due: int = Field(description="Windows that are over, or fulfilled already: held + late + missed", examples=[36])
    held: int = Field(description="Fulfilled in time", examples=[30])
    late: int = Field(description="Fulfilled within the days of grace after the window", examples=[2])
    missed: int = Field(description="Not fulfilled", examples=[4])
    not_yet_due: int = Field(description="Windows that are still open, or in their days of grace", examples=[12])
    percent: int | None = Field(description="Held or late, of those due; null of none", examples=[89])

    @classmethod
    def sums(cls, counts: Iterable["DutyCount"]) -> dict[str, int | None]:
        """The sums of several counts, by field."""
        totals = [0] * len(NUMBERS)
        for count in counts:
            totals = [before + getattr(count, name) for before, name in zip(totals, NUMBERS, strict=True)]
        summed = dict(zip(NUMBERS, totals, strict=True))
        return {**summed, "percent": percent(summed["held"] + summed["late"], summed["due"])}


class DutyKindCount(DutyCount):
    """The same of one kind of bodies at one level."""

    kind: str = Field(examples=["jaapc"])
    level: BodyLevel


class DutyRow(DutyCount):
    """An area's bodies and all below it."""

    area_code: str = Field(description='"" for the nation', examples=["0202"])
    name_km: str
    name_en: str
    kinds: list[DutyKindCount]

    @classmethod
    def of(cls, place: tuple[str, str, str], kinds: list[DutyKindCount]) -> Self:
        """The row of an area: its code and names, and its counts by kind and level."""
        code, name_km, name_en = place
        return cls(area_code=code, name_km=name_km, name_en=name_en, kinds=kinds, **cls.sums(kinds))


class DutyReport(BaseModel):
    """Whether bodies met as often as they have to: the whole area, and each area of a level in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "A window belongs to the period in which it ends, so that periods add up. Bodies above the "
            "level of the rows are in the total alone."
        },
        populate_by_name=True,
    )

    from_: date = Field(alias="from", examples=["2026-01-01"])
    until: date = Field(examples=["2026-03-31"])
    as_of: date = Field(description="The day that decides what is not yet due", examples=["2026-04-20"])
    level: Level
    total: DutyRow
    rows: list[DutyRow]


class MissedWindow(BaseModel):
    """A window in which a body should have met and did not, nor in the days after it."""

    body_id: UUID
    kind: str = Field(examples=["jaapc"])
    level: BodyLevel
    area_code: str = Field(examples=["020201"])
    name_km: str
    name_en: str
    window_start: date = Field(examples=["2026-02-01"])
    window_end: date = Field(examples=["2026-02-28"])
    last_met_on: date | None = Field(description="The last day on which the body met before or after that")


def percent(part: int, whole: int) -> int | None:
    """Whole percent, a half rounded up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None
