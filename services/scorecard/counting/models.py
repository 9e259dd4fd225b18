"""What is counted: a queue of what is not counted yet, and the histograms it goes into."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, SCORES, Table

COUNTS = ARRAY(Integer)


class Uncounted(Table, table=True):
    """What the worker has still to count: one ballot (scores), one group of a tally (counts), or what the ballots of a
    batch add up to (counts and slot_people); the row then goes.
    """

    __tablename__: ClassVar[str] = "uncounted"

    seq: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    village_code: str = Field(default="", sa_type=CODE)
    """Empty where no village was named."""
    slots: list[int] = Field(sa_type=ARRAY(SmallInteger))
    people: int = Field(default=1, sa_type=Integer)
    """Negative takes back what was counted before."""
    scores: list[int | None] | None = Field(default=None, sa_type=SCORES)
    counts: list[int] | None = Field(default=None, sa_type=COUNTS)
    """n1…nK per indicator, to be added (negative: taken back); of a sum, for each of its slots one after the other."""
    slot_people: list[int] | None = Field(default=None, sa_type=COUNTS)
    """Of a sum: how many of its people are in each of its slots."""


class UnitHistogram(Table, table=True):
    """A unit's histogram, per village of its citizens; the unit's own is their sum. See histograms.Histogram."""

    __tablename__: ClassVar[str] = "unit_histogram"

    round_id: UUID = Field(primary_key=True)
    unit_code: str = Field(primary_key=True, sa_type=CODE)
    village_code: str = Field(default="", primary_key=True, sa_type=CODE)
    ballots: int = 0
    tallied: int = 0
    participants: int = 0
    counts: list[int] = Field(sa_type=COUNTS)
    people: list[int] = Field(sa_type=COUNTS)
    slot_counts: list[int] = Field(sa_type=COUNTS)


class AreaHistogram(Table, table=True):
    """One row per area of each level ("" is the nation) and kind of unit, with what all its units scored.

    `counts` and `people` hold only what its units may show by themselves; the plain numbers hold all.
    """

    __tablename__: ClassVar[str] = "area_histogram"

    round_id: UUID = Field(primary_key=True)
    area_code: str = Field(primary_key=True, sa_type=CODE)
    unit_kind: str = Field(primary_key=True, sa_type=Text)
    units_scored: int = 0
    ballots: int = 0
    tallied: int = 0
    counts: list[int] = Field(sa_type=COUNTS)
    """Of the round's set, without what citizens of single units added; indicators x steps."""
    people: list[int] = Field(sa_type=COUNTS)
    """Participants per group, in the order of groups.GROUPS."""


class AreaProgress(Table, table=True):
    """How far the scorecards of an area's units of a kind are; refreshed after they change."""

    __tablename__: ClassVar[str] = "area_progress"

    round_id: UUID = Field(primary_key=True)
    area_code: str = Field(primary_key=True, sa_type=CODE)
    unit_kind: str = Field(primary_key=True, sa_type=Text)
    planned: int = 0
    """All scorecards, in whatever state."""
    reported: int = 0
    """In review or completed, and scored by anybody at all."""
    on_time: int = 0
    """Submitted before the round's scoring closed."""
    empty: int = 0
    """In review or completed without anybody's scores: nothing was reported."""
    completed: int = 0
    """Of the reported ones."""
    published: int = 0
    late: int = 0
    """People whose ballot or tally came after scoring of the unit had ended: kept, not counted."""


class RoundChange(Table, table=True):
    """A round whose progress, or whose sums as a whole, the worker has to make anew."""

    __tablename__: ClassVar[str] = "round_change"

    seq: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    round_id: UUID
    recount: bool = False
    """Its units have moved among areas: add the areas' histograms up again."""
    from_ballots: bool = False
    """An administrator asks for more: count all its ballots and tallies again."""


class Uncountable(Table, table=True):
    """A row of the queue that fits no scorecard: kept with the reason, for an administrator to look into."""

    __tablename__: ClassVar[str] = "uncountable"

    seq: int = Field(primary_key=True, sa_type=BigInteger)
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    village_code: str = Field(sa_type=CODE)
    slots: list[int] = Field(sa_type=ARRAY(SmallInteger))
    people: int = Field(sa_type=Integer)
    scores: list[int | None] | None = Field(default=None, sa_type=SCORES)
    counts: list[int] | None = Field(default=None, sa_type=COUNTS)
    slot_people: list[int] | None = Field(default=None, sa_type=COUNTS)
    reason: str = Field(sa_type=Text)
    set_aside_at: datetime = Field(sa_type=INSTANT)
