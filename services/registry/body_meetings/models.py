"""A meeting that a body held."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table
from shared.errors import Conflict


class BodyMeeting(Table, table=True):
    """A meeting of a body; its id is made by the client. A body's meetings of one day are one."""

    __tablename__ = "body_meeting"
    __table_args__ = (
        Index("uq_body_meeting_day", "body_id", "held_on", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_body_meeting_held_on_id", "held_on", "id"),
        CheckConstraint("least(female, male, undisclosed, guests) >= 0", name="counts"),
        CheckConstraint("female + male + undisclosed > 0", name="somebody_came"),
    )

    id: UUID = Field(primary_key=True)
    body_id: UUID = Field(foreign_key="body.id")
    held_on: date
    place: str | None = Field(default=None, sa_type=Text)
    female: int
    """Members of the body who came, by sex."""
    male: int
    undisclosed: int
    guests: int | None = None
    agenda: list[str] = Field(sa_type=JSONB)
    decisions: list[str] = Field(sa_type=JSONB)
    recorded_by: UUID
    recorded_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    sent_hash: bytes
    """Of what came first: a phone that sends it again after a correction means no other meeting."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def must_stand(self) -> None:
        """Raise Conflict when the meeting was withdrawn."""
        if self.withdrawn_at is not None:
            raise Conflict(
                "meeting_withdrawn",
                en="This meeting was withdrawn. Record it under a new id if it was held after all.",
                km="ការប្រជុំនេះត្រូវបានដកចេញហើយ។ បើការប្រជុំពិតជាបានធ្វើមែន សូមកត់ត្រាជាថ្មីដោយប្រើលេខសម្គាល់ថ្មី។",
            )

    def correct(self, values: dict[str, object]) -> None:
        """Replace what was recorded. Raises Conflict when it was withdrawn."""
        self.must_stand()
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1

    def withdraw(self, *, by: UUID, at: datetime, reason: str) -> None:
        """Let it count no more; it stays on record. Raises Conflict when it was withdrawn before."""
        self.must_stand()
        self.withdrawn_by, self.withdrawn_at, self.withdrawal_reason = by, at, reason
        self.version += 1
