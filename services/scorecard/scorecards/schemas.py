"""What scorecards look like to those who facilitate and review them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.areas import Unit
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.steps import ScorecardStep, StepAction
from services.scorecard.scorecards.villages import VillageState
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText

ScorecardState = Literal["planned", "running", "in_review", "completed"]


class ScorecardRead(BaseModel):
    """Where a unit stands in a round."""

    round_id: UUID
    unit_code: str = Field(examples=["HC-020103-1"])
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    state: ScorecardState
    accepts_scores: bool
    unlocked: bool = Field(description="Being changed after it was submitted; by facilitators once the round is closed")
    planned_on: date | None
    submitted_by: UUID | None
    submitted_at: datetime | None = Field(description="The last time")
    first_submitted_at: datetime | None = Field(description="What counts for timeliness")
    completed_by: UUID | None = Field(description="null in a completed one: nobody reviewed it in time")
    completed_at: datetime | None
    published_at: datetime | None = Field(description="Of the version that is public now; null when none is")
    result_version: int = Field(description="How many versions of its result there have been")
    version: int

    @classmethod
    def of(cls, card: Scorecard, unit: Unit) -> Self:
        """As stored."""
        return cls.model_validate({**card.model_dump(), "unit_name_km": unit.name_km, "unit_name_en": unit.name_en})


class VillageRead(BaseModel):
    """A village in which a meeting about the unit is planned."""

    village_code: str = Field(examples=["02010301"])
    name_km: str | None = Field(description="null when the gazetteer has the code no longer")
    name_en: str | None
    planned_on: date | None
    state: VillageState = Field(description="held once a ballot, tally or meeting of the village is counted")
    skipped_reason: str | None


class ScorecardDetail(ScorecardRead):
    """One scorecard, with its villages and what waits for somebody."""

    villages: list[VillageRead]
    late_records: int = Field(description="Ballots and tallies that came after scoring had ended: kept, not counted")
    open_request: UUID | None = Field(description="A request to change it that nobody has decided yet")
    open_flags: int = Field(description="Unlikely patterns that no reviewer has decided about yet")

    @classmethod
    def with_details(
        cls, read: ScorecardRead, villages: Sequence[VillageRead], late: int, request: UUID | None, flags: int
    ) -> Self:
        """The whole."""
        details = {"villages": villages, "late_records": late, "open_request": request, "open_flags": flags}
        return cls.model_validate(read.model_dump() | details)


class StepRead(BaseModel):
    """One step of a scorecard's history."""

    id: UUID
    at: datetime
    by: UUID | None = Field(description="null is the system")
    action: StepAction
    from_state: ScorecardState | None
    to_state: ScorecardState
    reason: str | None

    @classmethod
    def of(cls, step: ScorecardStep) -> Self:
        """As stored."""
        return cls.model_validate(step.model_dump())


class ReasonIn(Input):
    """Why."""

    reason: LongText = Field(examples=["ខ្វះពិន្ទុរបស់ភូមិពីរ / Two villages' scores are missing"])
