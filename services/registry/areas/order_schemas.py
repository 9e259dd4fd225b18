"""What clients send to change areas, and read of the changes."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.areas.models import Area, AreaChange, ChangeState
from services.registry.areas.operations import ChangeHeader, ChangeKind, Child, Open
from services.registry.areas.schemas import AreaRead
from shared.areas import AreaCode, Level, UnitCode, level_of
from shared.schemas import Input, LongText, ShortText

MOST = 100
"""Areas in one split or merger; a commune has fewer villages."""


class Order(Input):
    """What every change of areas says: from which day, and by which text of law."""

    effective_on: date = Field(
        description="The first day (in Cambodia) on which it is so; a day to come schedules the change",
        examples=["2026-05-04"],
    )
    legal_reference: ShortText = Field(examples=["Sub-decree 123 ANKR.BK, 2026-05-04"])
    note: LongText | None = None

    def header(self, kind: ChangeKind, by: UUID) -> ChangeHeader:
        """The change's head."""
        return ChangeHeader(kind, self.effective_on, self.legal_reference, self.note, by)


class Opening(Order):
    """A new area; its level is its code's."""

    code: AreaCode = Field(examples=["020211"])
    parent_code: AreaCode | None = Field(default=None, description="Left out only for a province", examples=["0202"])
    name_km: ShortText = Field(examples=["អូរតាគី"])
    name_en: ShortText = Field(examples=["Ou Ta Ki"])

    def as_open(self) -> Open:
        """The operation's form."""
        return Open(self.code, level_of(self.code), self.parent_code, self.name_km, self.name_en)


class Renaming(Order):
    """New names."""

    name_km: ShortText = Field(examples=["អូរតាគី"])
    name_en: ShortText = Field(examples=["Ou Ta Ki"])


class Moving(Order):
    """Another code, another parent or both; everything below follows."""

    new_code: AreaCode = Field(examples=["020301"])
    new_parent_code: AreaCode | None = Field(
        default=None, description="Left out, the parent stays and the area is renumbered", examples=["0203"]
    )


class ChildInput(Input):
    """An area that goes below a new one."""

    area_id: UUID
    new_code: AreaCode | None = Field(default=None, description="Left out: its own where that fits, else the next free")

    def as_child(self) -> Child:
        """The operation's form."""
        return Child(self.area_id, self.new_code)


class NewArea(Input):
    """An area that a split or merger brings about."""

    code: AreaCode = Field(examples=["020211"])
    parent_code: AreaCode | None = Field(default=None, description="Left out: as of the area that is split or merged")
    name_km: ShortText = Field(examples=["អូរតាគី"])
    name_en: ShortText = Field(examples=["Ou Ta Ki"])

    def as_open(self, level: Level, parent_code: str | None) -> Open:
        """The operation's form."""
        return Open(self.code, level, self.parent_code or parent_code, self.name_km, self.name_en)


class Part(NewArea):
    """An area that is split off, with what goes into it."""

    children: list[ChildInput] = Field(default=[], max_length=MOST)
    units: list[UnitCode] = Field(default=[], max_length=1_000, description="Codes of service units")

    def as_open(self, level: Level, parent_code: str | None) -> Open:
        """The operation's form."""
        children = tuple(child.as_child() for child in self.children)
        return replace(super().as_open(level, parent_code), children=children, units=tuple(self.units))


class Splitting(Order):
    """An area becomes several, or gives some of itself away."""

    into: list[Part] = Field(min_length=1, max_length=MOST)
    remains: bool = Field(default=False, description="The area itself goes on, with all that is not given to others")


class Merging(Order):
    """Several areas become one of them, or a new one."""

    area_ids: list[UUID] = Field(min_length=2, max_length=MOST)
    survivor_id: UUID | None = Field(default=None, description="The one of `area_ids` that goes on")
    into: NewArea | None = Field(default=None, description="The new area that all become; instead of a survivor")
    children: list[ChildInput] = Field(
        default=[], max_length=1_000, description="New codes for some of what lies below; the others get the next free"
    )

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        """Refuse both a survivor and a new area, and neither."""
        if (self.survivor_id is None) == (self.into is None):
            raise PydanticCustomError("one_of_two", "say either survivor_id or into")
        return self


class Closing(Order):
    """An area ends."""

    into: list[UUID] = Field(default=[], max_length=MOST, description="The areas that its territory goes to")


class Failure(BaseModel):
    """Why a scheduled change could not be made on its day."""

    code: str = Field(examples=["area_code_taken"])
    detail_en: str
    detail_km: str


class AreaChangeRead(BaseModel):
    """A change of areas: ordered, and what came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "kind": "renumber",
                    "effective_on": "2026-05-04",
                    "legal_reference": "Sub-decree 123 ANKR.BK, 2026-05-04",
                    "note": None,
                    "recorded_at": "2026-05-01T02:11:00Z",
                    "state": "scheduled",
                    "settled_at": None,
                    "failure": None,
                }
            ]
        }
    )

    id: UUID
    kind: ChangeKind
    effective_on: date
    legal_reference: str
    note: str | None
    recorded_at: datetime
    state: ChangeState
    settled_at: datetime | None = Field(description="When it was applied or cancelled, or failed")
    failure: Failure | None

    @classmethod
    def of(cls, change: AreaChange) -> Self:
        """Show a change."""
        return cls(**_fields(change))


class AreaChangeDetail(AreaChangeRead):
    """A change with what it orders; of a whole list's import, the first thousand operations."""

    operations: list[dict[str, Any]]
    operations_count: int

    @classmethod
    def of(cls, change: AreaChange) -> Self:
        """Show a change with its operations."""
        return cls(**_fields(change), operations=change.operations[:1_000], operations_count=len(change.operations))


class AreaChangeResult(AreaChangeRead):
    """A change just made or scheduled, with the areas that it names, as they are now."""

    areas: list[AreaRead] = Field(description="Areas that a scheduled change will open are not there yet")

    @classmethod
    def showing(cls, change: AreaChange, areas: list[Area]) -> Self:
        """Show what came of an order."""
        return cls(**_fields(change), areas=[AreaRead.of(area) for area in areas])


def _fields(change: AreaChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": change.kind,
        "effective_on": change.effective_on,
        "legal_reference": change.legal_reference,
        "note": change.note,
        "recorded_at": change.recorded_at,
        "state": change.state,
        "settled_at": change.settled_at,
        "failure": None if change.failure is None else Failure(**change.failure),
    }
