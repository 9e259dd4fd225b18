"""A meeting's tally: per group, how many gave each score."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.tables import CODE, Table


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
    late: bool = False


class TallyGroup(Table, table=True):
    """One group of a meeting's participants; `counts` holds n1…n5 of each indicator, one after the other."""

    __tablename__: ClassVar[str] = "tally_group"

    tally_id: UUID = Field(primary_key=True, foreign_key="tally.id")
    slot: int = Field(primary_key=True, sa_type=SmallInteger)
    """See counting.groups."""
    participants: int
    counts: list[int] = Field(sa_type=ARRAY(Integer))
