"""A poster that was put up."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, Double, Index, Text, func, text
from sqlmodel import Field

from services.registry.phone_records import PhoneRecord
from services.registry.posters.content import Size
from services.registry.tables import Table
from shared.errors import Conflict

RECORDED = {"server_default": func.now()}


class Posting(PhoneRecord, Table, table=True):
    """A poster of a unit that somebody put up; its id is made by the client. It lies where the unit does."""

    __table_args__ = (
        Index("ix_posting_unit_id_posted_on_id", "unit_id", "posted_on", "id"),
        Index(
            "ix_posting_standing",
            "year",
            "unit_id",
            postgresql_include=["pack_version", "has_photo"],
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    unit_id: UUID = Field(foreign_key="unit.id")
    year: int
    pack_version: int
    """The version of the unit's pack of the year that the poster shows."""
    posted_on: date
    place: str = Field(sa_type=Text)
    latitude: float | None = Field(default=None, sa_type=Double)
    longitude: float | None = Field(default=None, sa_type=Double)
    size: Size | None = Field(default=None, sa_type=Text)
    posted_by: str | None = Field(default=None, sa_type=Text)
    """The person who put it up, where that is not the one who records it."""
    has_photo: bool = False

    @staticmethod
    def was_withdrawn() -> Conflict:
        """The refusal of a change to one that was withdrawn."""
        return Conflict(
            "posting_withdrawn",
            en="This posting was withdrawn. Record a new one.",
            km="កំណត់ត្រាការបិទផ្សាយនេះត្រូវបានដកវិញហើយ។ សូមកត់ត្រាថ្មី។",
        )


class PostingPhoto(Table, table=True):
    """A photo of a poster on its wall, as we have made it anew: without what the camera tells of time and place."""

    __tablename__ = "posting_photo"

    posting_id: UUID = Field(primary_key=True, foreign_key="posting.id", ondelete="CASCADE")
    jpeg: bytes
    added_at: datetime = Field(default=None, sa_type=DateTime(timezone=True), sa_column_kwargs=RECORDED)
