"""Which lists of areas were loaded, what was found odd in them, and the imports that brought them."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table

FindingKind = Literal[
    "repeated_village_code", "village_off_commune", "malformed_village_code",
    "missing_commune", "missing_district", "missing_province",
]  # fmt: skip
ImportState = Literal["reviewed", "applied"]


class Gazetteer(Table, table=True):
    """An edition of the official list that was loaded; importing it again, corrected, takes the place of the first."""

    edition: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    effective_on: date | None = None
    legal_reference: str | None = Field(default=None, sa_type=Text)
    loaded_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )


class Finding(Table, table=True):
    """Something in an edition that an administration should look at; the list is loaded as it is."""

    __table_args__ = (Index("ix_finding_edition_id", "edition", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    edition: str = Field(foreign_key="gazetteer.edition", sa_type=Text)
    kind: FindingKind = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    detail_en: str = Field(sa_type=Text)
    detail_km: str = Field(sa_type=Text)


class GazetteerImport(Table, table=True):
    """A list that was compared with the registry: reviewed only, or applied."""

    __tablename__ = "gazetteer_import"
    __table_args__ = (Index("ix_gazetteer_import_state_id", "state", "id"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    by_account_id: UUID | None = None
    state: ImportState = Field(sa_type=Text)
    edition: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    effective_on: date
    legal_reference: str | None = Field(default=None, sa_type=Text)
    digest: str = Field(sa_type=Text)
    """Of everything that was compared: it tells whether what is applied is what was reviewed."""
    counts: dict[str, dict[str, int]] = Field(sa_type=JSONB)
    problems: list[dict[str, Any]] = Field(sa_type=JSONB)
    findings_count: int
    left_out: list[str] = Field(sa_type=JSONB)
    change_id: UUID | None = None
    """The change of areas that it was applied by; none when nothing changed."""


class GazetteerImportItem(Table, table=True):
    """One area's change by an import, in the order in which it is read."""

    __tablename__ = "gazetteer_import_item"

    import_id: UUID = Field(primary_key=True, foreign_key="gazetteer_import.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    action: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    follows: bool
    body: dict[str, Any] = Field(sa_type=JSONB)
