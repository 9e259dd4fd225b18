"""A citizen's ballot: what was scored, and nothing that says by whom."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, SCORES, Table


class Ballot(Table, table=True):
    """One row per ballot; no account, name, address or time of day, and of a phone only a round's HMAC.

    Written by plain SQL (ballots.writes); its scorecard is share-locked then, so it needs no foreign key.
    """

    __tablename__: ClassVar[str] = "ballot"

    id: UUID = Field(primary_key=True)
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    scores: list[int | None] = Field(sa_type=SCORES)
    sex: str = Field(sa_type=Text)
    age_group: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    device_hash: bytes | None = None
    cast_on: date | None = None
    disability: bool | None = None
    ethnic_minority: bool | None = None
    id_poor: bool | None = None
    village_code: str | None = Field(default=None, sa_type=CODE)
    meeting_id: UUID | None = None
    late: bool = False
    """It came after scoring had ended: kept and shown, not counted."""
    replaced: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    """The ids of earlier ballots of the same phone, where the round lets a later one replace them."""
    withdrawn: bool = False
    """Its facilitator took it back, or its phone sent a later one in its place, which has the phone's HMAC then: it
    stays, so that its id is known when it is sent again, and is not counted.
    """


class BallotWithdrawal(Table, table=True):
    """Why a ballot of a meeting was taken back, and which account did it."""

    __tablename__: ClassVar[str] = "ballot_withdrawal"

    ballot_id: UUID = Field(primary_key=True, foreign_key="ballot.id", ondelete="CASCADE")
    reason: str = Field(sa_type=Text)
    withdrawn_by: UUID
    withdrawn_at: datetime = Field(default=None, sa_type=INSTANT)
