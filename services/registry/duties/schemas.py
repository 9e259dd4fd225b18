"""What the duty report shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.codes import ShownCode
from services.registry.body_kinds.models import BodyLevel
from shared.areas import Level


@dataclass(slots=True)
class Tally:
    """Sums of windows; or of meetings, where none are due."""

    bodies: int = 0
    free: bool = False
    """Whether bodies of the kind and level meet as they see fit."""
    windows: int = 0
    held: int = 0
    late: int = 0
    missed: int = 0

    def add(self, bodies: int, windows: int, held: int, late: int, missed: int) -> None:
        """Take in more."""
        self.bodies += bodies
        self.windows += windows
        self.held += held
        self.late += late
        self.missed += missed

    def add_free(self, bodies: int, held: int) -> None:
        """Take in bodies that meet as they see fit, and how often they did."""
        self.free = True
        self.bodies += bodies
        self.held += held

    def shown(self) -> dict[str, int | None]:
        """The fields of a DutyCount, or of a DutyKindCount."""
        if self.free:
            return dict.fromkeys(("late", "missed", "not_yet_due"), 0) | {
                "bodies": self.bodies, "due": None, "held": self.held, "percent": None,
            }  # fmt: skip
        kept = self.held + self.late
        due = kept + self.missed
        return {
            "bodies": self.bodies,
            "due": due,
            "held": self.held,
            "late": self.late,
            "missed": self.missed,
            "not_yet_due": self.windows - due,
            "percent": (200 * kept + due) // (2 * due) if due else None,
        }


class DutyNumbers(BaseModel):
    """What became of the windows of a period."""

    held: int = Field(description="Fulfilled in time", examples=[30])
    late: int = Field(description="Fulfilled within the days of grace after the window", examples=[2])
    missed: int = Field(description="Not fulfilled", examples=[4])
    not_yet_due: int = Field(description="Windows that are still open, or in their days of grace", examples=[12])
    percent: int | None = Field(
        description="Held or late, of those due, a half rounded up; null of none", examples=[89]
    )


class DutyCount(DutyNumbers):
    """How many windows of the period there were, and what became of them; bodies that meet as they see fit left out."""

    bodies: int = Field(description="Those with a window in the period", examples=[12])
    due: int = Field(description="Windows that are over, or fulfilled already: held + late + missed", examples=[36])


class DutyKindCount(DutyNumbers):
    """The same of one kind of bodies at one level; of a kind that meets as it sees fit, `held` are its meetings."""

    kind: str = Field(examples=["jaapc"])
    level: BodyLevel
    bodies: int = Field(description="Those with a window in the period; without a duty, all", examples=[12])
    due: int | None = Field(
        description="As above; null: no duty holds at this level in the period, and the row's sums leave it out",
        examples=[36],
    )


class DutyRow(DutyCount):
    """An area's bodies and all below it."""

    area_code: ShownCode = Field(description='"" for the nation', examples=["0202"])
    name_km: str
    name_en: str
    kinds: list[DutyKindCount]

    @classmethod
    def of(cls, place: tuple[str, str, str], tallies: Mapping[tuple[str, str], Tally]) -> Self:
        """The row of an area: its code and names, and its tallies by kind and level."""
        whole = Tally()
        for tally in tallies.values():
            if not tally.free:
                whole.add(tally.bodies, tally.windows, tally.held, tally.late, tally.missed)
        area_code, name_km, name_en = place
        kinds = [{"kind": kind, "level": level, **tally.shown()} for (kind, level), tally in sorted(tallies.items())]
        row = {"area_code": area_code, "name_km": name_km, "name_en": name_en, "kinds": kinds, **whole.shown()}
        return cls.model_validate(row)


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
    area_code: ShownCode = Field(examples=["020201"])
    name_km: str
    name_en: str
    window_start: date = Field(examples=["2026-02-01"])
    window_end: date = Field(examples=["2026-02-28"])
    last_met_on: date | None = Field(description="The last day on which the body met at all")
