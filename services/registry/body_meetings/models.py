"""A meeting that a body held."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.phone_records import PhoneRecord
from services.registry.tables import Table
from shared.errors import Conflict


class BodyMeeting(PhoneRecord, Table, table=True):
    """A meeting of a body; its id is made by the client. A body's meetings of one day are one."""

    __tablename__ = "body_meeting"
    __table_args__ = (
        Index("uq_body_meeting_day", "body_id", "held_on", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_body_meeting_held_on_id", "held_on", "id"),
        CheckConstraint("least(female, male, undisclosed, guests) >= 0", name="counts"),
        CheckConstraint("female + male + undisclosed > 0", name="somebody_came"),
    )

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

    @staticmethod
    def was_withdrawn() -> Conflict:
        """The refusal of a change to one that was withdrawn."""
        return Conflict(
            "meeting_withdrawn",
            en="This meeting was withdrawn. Record it under a new id if it was held after all.",
            km="ការប្រជុំនេះត្រូវបានដកចេញហើយ។ បើការប្រជុំពិតជាបានធ្វើមែន សូមកត់ត្រាជាថ្មីដោយប្រើលេខសម្គាល់ថ្មី។",
        )
