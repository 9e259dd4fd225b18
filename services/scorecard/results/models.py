"""A unit's published result: frozen, and holding only what may be shown."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Float, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.scorecard.results.suppression import SPANS, Split
from services.scorecard.tables import CODE, INSTANT, SCORES, Table

COUNTS = ARRAY(Integer)


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
    cells: list[int | None] = Field(sa_type=COUNTS)
    """n1…nK of each indicator, one after the other: the set's, then the unit's own."""
    self_scores: list[int | None] = Field(sa_type=SCORES)
    weakest: list[int] = Field(sa_type=SCORES)
    """Positions in the indicator set."""
    published_at: datetime | None = Field(default=None, sa_type=INSTANT, nullable=False)
    """None only in a result that is still running and is not stored."""
    steps: int = 5
    ballots: int | None = None
    tallied: int | None = None
    below_minimum: bool = False
    """Fewer took part than the round asks for; a reviewer published it all the same."""
    people: list[int | None] = Field(default=[], sa_type=COUNTS)
    """Participants per group, in the order of groups.GROUPS."""
    group_cells: list[int | None] = Field(default=[], sa_type=COUNTS)
    """Group after group, each indicators x steps."""
    medians: list[float | None] = Field(default=[], sa_type=ARRAY(Float))
    """Per indicator, by the round's village_rule."""
    villages: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    """Of the villages that may be shown: village_code, participants, cells."""
    own_indicators: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    withdrawn_at: datetime | None = Field(default=None, sa_type=INSTANT)
    """None as long as it is public."""
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)

    @property
    def indicators(self) -> int:
        """How many there are, with the unit's own."""
        return len(self.self_scores)

    def shows(self, split: Split) -> bool:
        """Whether participants are shown in a dimension."""
        return not self.suppressed and (split == "all" or self.people[SPANS[split].start - 1] is not None)

    def withdraw(self, by: UUID, now: datetime, reason: str) -> None:
        """It is public no longer."""
        self.withdrawn_by, self.withdrawn_at, self.withdrawal_reason = by, now, reason


class AreaResult(Table, table=True):
    """Published results of an area ("" is the nation) and kind of unit, summed up.

    It holds sums of public numbers, and of pools of units large enough to be public, only: whatever reads it shows
    nothing hidden.
    """

    __tablename__: ClassVar[str] = "area_result"

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    area_code: str = Field(primary_key=True, sa_type=CODE)
    unit_kind: str = Field(primary_key=True, sa_type=Text)
    year: int
    indicator_set_id: UUID = Field(foreign_key="indicator_set.id")
    steps: int
    units_published: int = 0
    """Whose own result is shown."""
    units_suppressed: int = 0
    """Published, but with too few participants to be shown by themselves."""
    participants: int = 0
    cells: list[int] = Field(sa_type=COUNTS)
    """Of the set's indicators, without units' own: n1…nK, one after the other."""
    unit_medians: list[int] = Field(sa_type=COUNTS)
    """Per indicator, how many units have the median 1, 1.5, 2 … K."""
    self_totals: list[int] = Field(sa_type=COUNTS)
    self_counts: list[int] = Field(sa_type=COUNTS)
    people: list[int] = Field(sa_type=COUNTS)
    """Participants per group, in the order of groups.GROUPS, over the units that show theirs."""
    group_cells: list[int] = Field(sa_type=COUNTS)
    """Group after group, each indicators x steps."""
    compiled_at: datetime | None = Field(default=None, sa_type=INSTANT)
    """When units that may not be shown by themselves were last pooled into it."""
    version: int = 1


class ResultCount(Table, table=True):
    """Counts of a published unit of which something may not be shown: frozen until pooled with others. Never read out.

    The row stays when its result is withdrawn, without counts: what is in a pool of an area stays there, as taking it
    out would tell what it was.
    """

    __tablename__: ClassVar[str] = "result_count"

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    unit_code: str = Field(primary_key=True, sa_type=CODE)
    unit_kind: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=CODE)
    waiting: list[str] = Field(sa_type=ARRAY(Text))
    """The dimensions that wait to be pooled."""
    atoms: dict[str, str] = Field(default={}, sa_type=JSONB)
    """For each dimension that was pooled, the pool."""
    people: list[int] | None = Field(default=None, sa_type=COUNTS)
    """Participants: all, then per group."""
    answers: list[int] | None = Field(default=None, sa_type=COUNTS)
    """Indicator after indicator of the set, how many answered: all, then per group."""
    cells: list[int] | None = Field(default=None, sa_type=COUNTS)
    """All, then group after group, each the set's indicators x steps."""

    def stop_waiting(self) -> None:
        """It is withdrawn or replaced: these counts go into no pool any more."""
        self.waiting, self.people, self.answers, self.cells = [], None, None, None
