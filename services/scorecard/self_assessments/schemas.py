"""What self-assessments look like from outside."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.ballots.schemas import Scores
from services.scorecard.self_assessments.models import SelfAssessment, SelfAssessmentVersion
from shared.areas import UnitCode
from shared.schemas import Input, LongText

Staff = Annotated[
    int | None, Field(ge=0, le=1_000, strict=True, description="Of the staff who took part; null = not said")
]


class SelfAssessmentChangeIn(Input):
    """A unit's scores of itself, in place of those it gave before."""

    scores: Scores
    note: LongText | None = None
    staff_female: Staff = None
    staff_male: Staff = None

    def said(self) -> dict[str, Any]:
        """What it says, whatever it is called."""
        return self.model_dump(include=set(SelfAssessmentChangeIn.model_fields))


class SelfAssessmentIn(SelfAssessmentChangeIn):
    """A unit's scores of itself; the id is made by the client."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])


class SelfAssessmentRead(BaseModel):
    """A stored self-assessment."""

    id: UUID
    round_id: UUID
    unit_code: str
    scores: list[int | None]
    note: str | None
    staff_female: int | None
    staff_male: int | None
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, row: SelfAssessment) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())


class SelfAssessmentVersionRead(BaseModel):
    """What a self-assessment said before it was changed."""

    version: int
    scores: list[int | None]
    note: str | None
    staff_female: int | None
    staff_male: int | None
    recorded_by: UUID
    recorded_at: datetime
    replaced_at: datetime

    @classmethod
    def of(cls, row: SelfAssessmentVersion) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())


class SelfAssessmentDetail(SelfAssessmentRead):
    """One self-assessment with its history."""

    recorded_by: UUID
    earlier: list[SelfAssessmentVersionRead] = Field(description="What it said before, the first version first")
