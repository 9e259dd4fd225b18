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
