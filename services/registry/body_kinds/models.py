"""A kind of body and its duty to meet, which may change from a day on."""

from datetime import date
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from services.registry.duties.windows import Duty
from services.registry.tables import Table

BodyLevel = Literal["nation", "province", "district", "commune"]
BODY_LEVELS: tuple[BodyLevel, ...] = get_args(BodyLevel)
LEVELS_KM = {
    "nation": "ថ្នាក់ជាតិ",
    "province": "ថ្នាក់រាជធានី ខេត្ត",
    "district": "ថ្នាក់ក្រុង ស្រុក ខណ្ឌ",
    "commune": "ថ្នាក់ឃុំ សង្កាត់",
}


class BodyKind(Table, table=True):
    """A kind of body, such as JAAP committee; it is found at the levels that a duty is written down for."""

    __tablename__ = "body_kind"

    code: str = Field(primary_key=True, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    version: int = 1


class MeetingDuty(Table, table=True):
    """How often bodies of a kind and level have to meet from a day on, until the next such row.

    Rows are added and never rewritten once they hold, so that what was found of past windows stands.
    """

    __tablename__ = "meeting_duty"
    __table_args__ = (
        CheckConstraint("every_months IN (1, 2, 3, 4, 6, 12)", name="every_months"),
        CheckConstraint("grace_days BETWEEN 0 AND 28", name="grace_days"),
    )

    kind: str = Field(primary_key=True, foreign_key="body_kind.code", sa_type=Text)
    level: BodyLevel = Field(primary_key=True, sa_type=Text)
    since: date = Field(primary_key=True)
    every_months: int | None = None
    """None: the body meets as it sees fit."""
    grace_days: int

    def as_duty(self) -> Duty:
        """What the rule goes by."""
        return Duty(self.since, self.every_months, self.grace_days)
