"""Focal persons of units, each for a time; whoever came before stays on record."""

from datetime import date
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.registry.tables import Table
from shared.errors import Conflict, Invalid

FocalRole = Literal["data_system", "mobile_app"]
ROLES: tuple[FocalRole, ...] = get_args(FocalRole)
Sex = Literal["female", "male", "undisclosed"]


class FocalPerson(Table, table=True):
    """Somebody who answers for a unit's part in the data system or the mobile app, from one day until another."""

    __tablename__ = "focal_person"
    __table_args__ = (
        Index("ix_focal_person_unit_id", "unit_id", "since"),
        Index("uq_focal_person_open", "unit_id", "role", unique=True, postgresql_where=text("until IS NULL")),
        CheckConstraint("until >= since", name="until_after_since"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    unit_id: UUID = Field(foreign_key="unit.id")
    role: FocalRole = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    sex: Sex = Field(sa_type=Text)
    position: str | None = Field(default=None, sa_type=Text)
    phone: str = Field(sa_type=Text)
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    since: date
    until: date | None = None

    def end(self, day: date, *, pointer: str) -> None:
        """Let somebody answer no longer from a day on. Raises Conflict when ended already, Invalid before the begin."""
        if self.until is not None:
            raise Conflict("focal_person_ended", en="This person answers no longer for it.", km="បុគ្គលនេះលែងទទួលបន្ទុកហើយ។")
        if day < self.since:
            raise Invalid.field(
                pointer,
                "before_the_begin",
                en=f"The person began on {self.since}: it cannot end before.",
                km=f"បុគ្គលនេះបានចាប់ផ្ដើមនៅថ្ងៃ {self.since}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
            )
        self.until = day
