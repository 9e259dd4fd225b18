"""Which windows were fulfilled, kept current with every meeting, so that a nation's report is one read."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.registry.tables import Table


class DutyFulfilment(Table, table=True):
    """A window in which a body met, or which it made up for late. One that is missing here was missed, or runs yet."""

    __tablename__ = "duty_fulfilment"
    __table_args__ = (
        Index(
            "ix_duty_fulfilment_window_end", "window_end", postgresql_include=["body_id", "late", "grace_until"],
        ),
    )  # fmt: skip

    body_id: UUID = Field(primary_key=True, foreign_key="body.id")
    window_end: date = Field(primary_key=True)
    grace_until: date
    """The last day on which the window could have been made up for."""
    held_on: date
    """The day of the meeting; a body has one meeting a day."""
    late: bool
