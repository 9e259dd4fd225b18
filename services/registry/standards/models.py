"""What citizens may expect of a kind of unit, and where one unit differs from its kind."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table

TEXTS = ("name", "fee_note", "time", "documents", "right")
"""What is said in both languages."""
FIELDS = ("fee_riel", *(f"{name}_{language}" for name in TEXTS for language in ("km", "en")))
"""What a unit may do otherwise than its kind."""


class Standard(Table, table=True):
    """A service of a kind of unit, as NCDDS sets it; a pack holds a copy, so that it may change at any time."""

    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: str = Field(sa_type=Text, foreign_key="unit_kind.code")
    code: str = Field(sa_type=Text)
    position: int
    """The place in the kind's list, from 1 on."""
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    fee_riel: int | None = Field(default=None, sa_type=BigInteger)
    """None: no fee is stated; 0: free of charge."""
    fee_note_km: str | None = Field(default=None, sa_type=Text)
    fee_note_en: str | None = Field(default=None, sa_type=Text)
    time_km: str | None = Field(default=None, sa_type=Text)
    time_en: str | None = Field(default=None, sa_type=Text)
    documents_km: str | None = Field(default=None, sa_type=Text)
    documents_en: str | None = Field(default=None, sa_type=Text)
    right_km: str | None = Field(default=None, sa_type=Text)
    right_en: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    """Whether units still offer it; a retired one keeps its code."""
    is_example: bool = False
    """Whether it is as this software shipped it, to be replaced by NCDDS."""
    version: int = 1

    def set(self, said: dict[str, Any]) -> None:
        """Take over what NCDDS says now; it is no longer as it was shipped."""
        for name, value in said.items():
            setattr(self, name, value)
        self.is_example = False
        self.version += 1

    def said(self) -> dict[str, Any]:
        """All that NCDDS says of it."""
        return self.values() | {"position": self.position, "active": self.active}

    def values(self) -> dict[str, Any]:
        """What it says, as a unit's pack would show it."""
        return {name: getattr(self, name) for name in FIELDS}


class UnitStandard(Table, table=True):
    """What one unit does otherwise: only the fields that differ, or that it does not offer the service at all."""

    __tablename__ = "unit_standard"

    unit_id: UUID = Field(primary_key=True, foreign_key="unit.id")
    code: str = Field(primary_key=True, sa_type=Text)
    """Of the kind's standard; a code that the kind does not have is a service of the unit's own."""
    hidden: bool = False
    position: int | None = None
    """Another place in the list; None: that of the kind, or the end for a service of its own."""
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    version: int = 1


class CitizenRights(Table, table=True):
    """What citizens may ask of every unit of a kind, whatever the service."""

    __tablename__ = "citizen_rights"

    kind: str = Field(primary_key=True, sa_type=Text, foreign_key="unit_kind.code")
    texts: list[dict[str, str]] = Field(sa_type=JSONB)
    """In their order, each with km and en."""
    is_example: bool = False
    version: int = 1
