"""A flag: which unit, what is unlikely, how far it goes, and what a reviewer thought of it."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, UUID_V7, Table
from shared.errors import Conflict

STATE_KM = {"dismissed": "ច្រានចោល", "confirmed": "បញ្ជាក់"}


class Flag(Table, table=True):
    """One pattern of one unit in one round; numbers alone, never an address, a phone or what was scored."""

    __tablename__: ClassVar[str] = "flag"
    __table_args__ = (UniqueConstraint("round_id", "unit_code", "kind", "subject"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": UUID_V7})
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    kind: str = Field(sa_type=Text)
    subject: str = Field(default="", sa_type=Text)
    """The meeting or tally in question; empty where it is about the unit's ballots."""
    size: int
    """How many people, ballots or days are too many; a dismissed flag opens again when this has doubled."""
    details: dict[str, Any] = Field(sa_type=JSONB)
    state: str = Field(default="open", sa_type=Text)
    raised_at: datetime = Field(default=None, sa_type=INSTANT)
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=INSTANT)
    note: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def decide(self, state: str, by: UUID, now: datetime, note: str) -> None:
        """Dismiss or confirm it. Raises Conflict where it stands already."""
        if self.state == state:
            raise Conflict(
                "already_decided", en=f"This flag is {state} already.", km=f"ការសង្ស័យនេះត្រូវបាន{STATE_KM[state]}រួចហើយ។"
            )
        self.state, self.note, self.decided_by, self.decided_at = state, note, by, now
        self.version += 1
