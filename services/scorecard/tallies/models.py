"""A meeting's tally: per group, how many gave each score."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table


class Tally(Table, table=True):
    """One meeting about one unit; its id is made by the facilitator's phone."""

    __tablename__: ClassVar[str] = "tally"

    id: UUID = Field(primary_key=True)
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    village_code: str | None = Field(default=None, sa_type=CODE)
    held_on: date
    recorded_by: UUID
    meeting_id: UUID | None = None
    """Of the meeting's own record, which may come later or never."""
    steps: int = Field(default=5, sa_type=SmallInteger)
    """How many steps the scale had."""
    late: bool = False
    """It came after scoring had ended: kept and shown, not counted."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=INSTANT)
    """Since then it is not counted any more."""
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text, sa_column_kwargs={"name": "withdrawn_reason"})
    """Its column keeps the name it began with: renaming it would stop the version that runs during an upgrade."""

    def withdraw(self, by: UUID, reason: str, now: datetime) -> None:
        """It was wrong: it stays to be seen, and counts no more."""
        self.withdrawn_by, self.withdrawal_reason, self.withdrawn_at = by, reason, now


class TallyGroup(Table, table=True):
    """One group of a meeting's participants; `counts` holds n1…nK of each indicator, one after the other."""

    __tablename__: ClassVar[str] = "tally_group"

    tally_id: UUID = Field(primary_key=True, foreign_key="tally.id")
    slot: int = Field(primary_key=True, sa_type=SmallInteger)
    """See counting.groups."""
    participants: int
    counts: list[int] = Field(sa_type=ARRAY(Integer))
