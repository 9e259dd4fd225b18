"""A comment: what was said, where, and what a reviewer decided; nothing of who said it."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Text
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table
from shared.errors import Conflict

STATE_KM = {"approved": "អនុម័ត", "rejected": "បដិសេធ"}


class Comment(Table, table=True):
    """One comment on a unit, or on one indicator of it. Its search key `folded` is made by the database."""

    __tablename__: ClassVar[str] = "comment"

    id: UUID = Field(primary_key=True)
    seq: int = Field(default=None, sa_type=BigInteger, unique=True, sa_column_args=[Identity(always=True)])
    """The order of arrival; a client-made id may tell the minute at which it was made, and is not made public."""
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    aspect: str = Field(sa_type=Text)
    indicator_code: str | None = Field(default=None, sa_type=Text)
    text: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    late: bool = False
    """It came after scoring of the unit had ended."""
    written_on: date | None = None
    state: str = Field(default="held", sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1

    def decide(self, state: str, by: UUID, now: datetime, reason: str | None = None) -> None:
        """Approve or reject it; a later decision may be the other one. Raises Conflict where it stands already."""
        if self.state == state:
            raise Conflict(
                "already_decided",
                en=f"This comment is {state} already.",
                km=f"មតិនេះត្រូវបាន{STATE_KM[state]}រួចហើយ។",
            )
        self.state, self.reason, self.decided_by, self.decided_at = state, reason, by, now
        self.version += 1


class CommentSender(Table, table=True):
    """How many comments a phone has sent about a unit; its HMAC differs from that of its ballot, so that neither a
    comment nor two comments of one phone can be brought together with what it scored.
    """

    __tablename__: ClassVar[str] = "comment_sender"

    round_id: UUID = Field(primary_key=True)
    unit_code: str = Field(primary_key=True, sa_type=CODE)
    phone_hash: bytes = Field(primary_key=True)
    sent: int
