"""The unit's own scores: one per unit and round, with what they were before a change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, SCORES, Table

SAID: Final = frozenset({"scores", "note", "staff_female", "staff_male"})
"""What a change may put in another way."""


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

    def change(self, said: Mapping[str, Any], by: UUID, now: datetime) -> "SelfAssessmentVersion":
        """Say something else from now on; what was said before is to be kept."""
        kept = self.model_dump(include=set(SAID | {"version", "recorded_by", "recorded_at"}))
        before = SelfAssessmentVersion(self_assessment_id=self.id, replaced_at=now, **kept)
        for name, value in said.items():
            setattr(self, name, value)
        self.recorded_by, self.recorded_at = by, now
        self.version += 1
        return before


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
