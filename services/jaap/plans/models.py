"""Plans and their agenda."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.jaap.tables import Table
from shared.areas import covers
from shared.errors import Invalid

COMMUNE_LENGTH = 6


def plan_area(area_code: str) -> str:
    """The area whose plan takes a unit's result: its commune, also for a unit registered in a village; or its district.

    A district's One Window Service Office has a plan of its district's own, beside those of the communes.
    """
    return area_code[:COMMUNE_LENGTH]


class Plan(Table, table=True):
    """A commune's (or a district's own) joint accountability action plan (JAAP) for a year; never more than one."""

    __table_args__ = (UniqueConstraint("area_code", "year"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    area_code: str = Field(sa_type=Text)
    year: int
    state: str = Field(default="open", sa_type=Text)
    last_number: int = 0
    opened_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))
    version: int = 1

    def take_number(self) -> int:
        """The next action's number; the row is locked, so numbers have neither gaps nor repeats."""
        self.last_number += 1
        return self.last_number

    def must_contain(self, unit_code: str, unit_area: str) -> None:
        """Raise Invalid when the unit sits outside the plan's commune."""
        if not covers(self.area_code, unit_area):
            raise Invalid.field(
                "/unit_code",
                "unit_outside_plan",
                en=f"{unit_code} sits in {unit_area}, outside this plan's commune {self.area_code}.",
                km=f"{unit_code} ស្ថិតនៅ {unit_area} ក្រៅឃុំ/សង្កាត់ {self.area_code} នៃផែនការនេះ។",
            )


class PublishedResult(Table, table=True):
    """The newest version of a unit's result that the agenda shows, so that an older one arriving late is left out."""

    __tablename__ = "published_result"

    round_id: UUID = Field(primary_key=True)
    unit_code: str = Field(primary_key=True, sa_type=Text)
    plan_id: UUID = Field(foreign_key="plan.id")
    version: int


class AgendaItem(Table, table=True):
    """A weak indicator of a unit that the interface meeting talks about.

    An item that a newer version of the result no longer names leaves the agenda but stays stored, as actions may answer
    it.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("plan_id", "round_id", "unit_code", "indicator_code"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    plan_id: UUID = Field(foreign_key="plan.id")
    round_id: UUID
    unit_code: str = Field(sa_type=Text)
    indicator_code: str = Field(sa_type=Text)
    label_km: str = Field(sa_type=Text)
    label_en: str = Field(sa_type=Text)
    median: float | None
    gap: float | None
    rank: int
    worse_off: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    """Groups of citizens that are clearly less satisfied than the others: dimension, category, both shares."""
    on_agenda: bool = True
