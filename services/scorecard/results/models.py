"""A unit's published result: frozen, and holding only what may be shown."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID, uuid4

from sqlalchemy import Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.areas import Unit
from services.scorecard.results.rules import Counted, flatten, show
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.tables import CODE, INSTANT, SCORES, Table


class Result(Table, table=True):
    """Null stands wherever a number would say too much, so that whatever reads this table shows nothing hidden."""

    __tablename__: ClassVar[str] = "result"

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id")
    year: int
    unit_code: str = Field(sa_type=CODE)
    unit_kind: str = Field(sa_type=Text)
    unit_name_km: str = Field(sa_type=Text)
    unit_name_en: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=CODE)
    indicator_set_id: UUID = Field(foreign_key="indicator_set.id")
    version: int
    suppressed: bool
    participants: int | None
    female: int | None
    male: int | None
    undisclosed: int | None
    self_assessed: bool
    cells: list[int | None] = Field(sa_type=ARRAY(Integer))
    """n1…n5 of each indicator, one after the other."""
    self_scores: list[int | None] = Field(sa_type=SCORES)
    weakest: list[int] = Field(sa_type=SCORES)
    """Positions in the indicator set."""
    published_at: datetime | None = Field(default=None, sa_type=INSTANT, nullable=False)
    """None only in a result that is still running and is not stored."""

    @classmethod
    def of(
        cls,
        card: Scorecard,
        unit: Unit,
        scored_round: Round,
        counted: Counted,
        self_scores: list[int | None] | None,
    ) -> Self:
        """The result as it stands now: version 1 of what is being published, version 0 while it is still running."""
        shown = show(counted, self_scores or [], scored_round.suppression_threshold)
        return cls(
            id=uuid4(),
            round_id=scored_round.id,
            year=scored_round.year,
            unit_code=card.unit_code,
            unit_kind=card.unit_kind,
            unit_name_km=unit.name_km,
            unit_name_en=unit.name_en,
            area_code=card.area_code,
            indicator_set_id=card.indicator_set_id,
            version=card.result_version if card.published_at else 0,
            suppressed=shown.suppressed,
            participants=shown.participants,
            **shown.by_sex,
            self_assessed=self_scores is not None,
            cells=flatten(shown.distributions),
            self_scores=shown.self_scores,
            weakest=shown.weakest,
            published_at=card.published_at,
        )
