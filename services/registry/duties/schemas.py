"""What the duty report shows."""

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.registry.areas.codes import ShownCode
from services.registry.areas.reported import AreaNamed
from services.registry.body_kinds.models import BodyLevel
from services.registry.participation.coverage_schemas import percent
from shared.areas import Level
from shared.schemas import Trusted


class DutyNumbers(TypedDict):
    """What became of the windows of a period."""

    held: Annotated[int, Field(description="Fulfilled in time", examples=[30])]
    late: Annotated[int, Field(description="Fulfilled within the days of grace after the window", examples=[2])]
    missed: Annotated[int, Field(description="Not fulfilled", examples=[4])]
    not_yet_due: Annotated[
        int, Field(description="Windows that are still open, or in their days of grace", examples=[12])
    ]
    percent: Annotated[
        int | None, Field(description="Held or late, of those due, a half rounded up; null of none", examples=[89])
    ]


class DutyCount(DutyNumbers):
    """How many windows of the period there were, and what became of them; bodies that meet as they see fit left out."""

    bodies: Annotated[int, Field(description="Those with a window in the period", examples=[12])]
    due: Annotated[
        int, Field(description="Windows that are over, or fulfilled already: held + late + missed", examples=[36])
    ]


class DutyKindCount(DutyNumbers):
    """The same of one kind of bodies at one level; of a kind that meets as it sees fit, `held` are its meetings."""

    kind: Annotated[str, Field(examples=["jaapc"])]
    level: BodyLevel
    bodies: Annotated[int, Field(description="Those with a window in the period; without a duty, all", examples=[12])]
    due: Annotated[
        int | None,
        Field(
            description="As above; null: no duty holds at this level in the period, and the row's sums leave it out",
            examples=[36],
        ),
    ]


class DutyRow(AreaNamed, DutyCount):
    """An area's bodies and all below it."""

    kinds: list[DutyKindCount]


def duty_count(bodies: int, windows: int, held: int, late: int, missed: int) -> DutyCount:
    """What follows from the sums of bodies' windows."""
    due = held + late + missed
    return {
        "bodies": bodies,
        "due": due,
        "held": held,
        "late": late,
        "missed": missed,
        "not_yet_due": windows - due,
        "percent": percent(held + late, due),
    }


def duty_kind_count(kind: str, level: BodyLevel, *sums: int) -> DutyKindCount:
    """The same of one kind of bodies at one level."""
    return {"kind": kind, "level": level, **duty_count(*sums)}


def free_kind_count(kind: str, level: BodyLevel, bodies: int, held: int) -> DutyKindCount:
    """Bodies of one kind that meet as they see fit, and how often they did."""
    none = {"late": 0, "missed": 0, "not_yet_due": 0, "percent": None}
    return cast(DutyKindCount, {"kind": kind, "level": level, "bodies": bodies, "due": None, "held": held} | none)


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
    rows: Trusted[list[DutyRow]]


class MissedWindow(BaseModel):
    """A window in which a body should have met and did not, nor in the days after it."""

    body_id: UUID
    kind: str = Field(examples=["jaapc"])
    level: BodyLevel
    area_code: ShownCode = Field(examples=["020201"])
    name_km: str
    name_en: str
    window_start: date = Field(examples=["2026-02-01"])
    window_end: date = Field(examples=["2026-02-28"])
    last_met_on: date | None = Field(description="The last day on which the body met at all")
