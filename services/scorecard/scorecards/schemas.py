"""What scorecards look like to those who facilitate and review them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from services.scorecard.areas import Unit
from services.scorecard.scorecards.models import Scorecard
from shared.events.registry import UnitKind

ScorecardState = Literal["planned", "running", "in_review", "completed"]


class ScorecardRead(BaseModel):
    """Where a unit stands in a round."""

    round_id: UUID
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    state: ScorecardState
    accepts_scores: bool
    submitted_at: datetime | None
    published_at: datetime | None
    version: int

    @classmethod
    def of(cls, card: Scorecard, unit: Unit) -> Self:
        """As stored."""
        return cls.model_validate({**card.model_dump(), "unit_name_km": unit.name_km, "unit_name_en": unit.name_en})
