"""The unit's own scores: one per unit and round."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, SCORES, Table


class SelfAssessment(Table, table=True):
    """How a unit's staff score themselves, on the citizens' indicators."""

    __tablename__: ClassVar[str] = "self_assessment"

    id: UUID = Field(primary_key=True)
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    scores: list[int | None] = Field(sa_type=SCORES)
    note: str | None = Field(default=None, sa_type=Text)
    recorded_by: UUID
    recorded_at: datetime = Field(sa_type=INSTANT)
    version: int = 1
    staff_female: int | None = None
    """Women among the staff who took part; null where nobody said."""
    staff_male: int | None = None


class SelfAssessmentVersion(Table, table=True):
    """What a self-assessment said before it was changed."""

    __tablename__: ClassVar[str] = "self_assessment_version"

    self_assessment_id: UUID = Field(primary_key=True, foreign_key="self_assessment.id")
    version: int = Field(primary_key=True)
    scores: list[int | None] = Field(sa_type=SCORES)
    note: str | None = Field(default=None, sa_type=Text)
    staff_female: int | None = None
    staff_male: int | None = None
    recorded_by: UUID
    recorded_at: datetime = Field(sa_type=INSTANT)
    replaced_at: datetime = Field(sa_type=INSTANT)
