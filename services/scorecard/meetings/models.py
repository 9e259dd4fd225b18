"""A scoring meeting as it was held."""

from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table
from shared.errors import Conflict


class Meeting(Table, table=True):
    """One sitting, as a rule of a village, in which one or more units were scored; its id is made by the phone.

    Of those who came, each number is one of `total`; None where that was not counted.
    """

    __tablename__: ClassVar[str] = "meeting"

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id")
    unit_codes: list[str] = Field(sa_type=ARRAY(CODE))
    village_code: str | None = Field(default=None, sa_type=CODE)
    held_on: date
    start_time: time | None = None
    """In Cambodia, as is `end_time`."""
    end_time: time | None = None
    total: int
    female: int | None = None
    youth: int | None = None
    disability: int | None = None
    ethnic_minority: int | None = None
    id_poor: int | None = None
    facilitators: int | None = None
    note: str | None = Field(default=None, sa_type=Text)
    late: bool = False
    """It came after scoring of all its units had ended."""
    recorded_by: UUID
    recorded_at: datetime = Field(sa_type=INSTANT)
    sent_hash: bytes
    """Of what came first: a phone that sends it again after a correction means no other meeting."""
    version: int = 1

    def correct(self, values: dict[str, object], *, running: bool) -> None:
        """Replace what was recorded. Raises Conflict once scoring of all its units has ended."""
        if not running:
            raise Conflict(
                "scoring_ended",
                en="Scoring of this meeting's units has ended: its record stays as it is.",
                km="ការដាក់ពិន្ទុសម្រាប់អង្គភាពនៃការប្រជុំនេះបានបញ្ចប់ហើយ៖ កំណត់ត្រានៅដដែល មិនអាចកែបានទេ។",
            )
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
