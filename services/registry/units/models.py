"""Service units, and how their codes are made."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, text
from sqlmodel import Field

from services.registry.tables import Table
from shared.errors import Conflict
from shared.events.registry import UnitChanged, UnitKind

UnitStatus = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class KindRule:
    """How units of a kind are coded: `CA-020201`, or `HC-020201-1` where a commune can have several."""

    prefix: str
    numbered: bool


KINDS: dict[UnitKind, KindRule] = {
    "commune_administration": KindRule("CA", numbered=False),
    "health_centre": KindRule("HC", numbered=True),
    "primary_school": KindRule("PS", numbered=True),
}
HIGHEST_NUMBER = 999


class Unit(Table, table=True):
    """A service unit that citizens score. Its code stays with it for ever, also after it is closed."""

    __table_args__ = (
        Index("ix_unit_code", "code", unique=True),
        Index("ix_unit_area_code_code", "area_code", "code"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    code: str = Field(sa_type=Text)
    kind: UnitKind = Field(sa_type=Text)
    area_code: str = Field(sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    status: UnitStatus = Field(default="open", sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    close_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def rename(self, *, name_km: str | None, name_en: str | None) -> None:
        """Give the unit the names that were sent."""
        self._must_be_open()
        self.name_km = name_km or self.name_km
        self.name_en = name_en or self.name_en
        self.version += 1

    def close(self, reason: str) -> None:
        """Take the unit out of use; its history stays."""
        self._must_be_open()
        self.status, self.closed_at, self.close_reason = "closed", datetime.now(UTC), reason
        self.version += 1

    def changed(self) -> UnitChanged:
        """The event that tells the unit's state."""
        return UnitChanged(
            id=self.id,
            code=self.code,
            kind=self.kind,
            area_code=self.area_code,
            name_km=self.name_km,
            name_en=self.name_en,
            status=self.status,
            version=self.version,
        )

    def _must_be_open(self) -> None:
        if self.status == "closed":
            raise Conflict("unit_closed", en=f"{self.code} is closed.", km=f"អង្គភាព {self.code} ត្រូវបានបិទហើយ។")


def unit_code(kind: UnitKind, area_code: str, number: int | None) -> str:
    """The code of a unit of a kind in an area."""
    rule = KINDS[kind]
    return f"{rule.prefix}-{area_code}-{number}" if rule.numbered else f"{rule.prefix}-{area_code}"


def number_of(kind: UnitKind, area_code: str, code: str) -> int | None:
    """The number at the end of a code. Raises ValueError when the code is none of this kind and area."""
    if not KINDS[kind].numbered:
        if code != unit_code(kind, area_code, None):
            raise ValueError(code)
        return None
    number = int(code.rpartition("-")[2])
    if not 1 <= number <= HIGHEST_NUMBER or code != unit_code(kind, area_code, number):
        raise ValueError(code)
    return number
