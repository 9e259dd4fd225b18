"""The figures of the operating estimate, in editions: a later one restates them all and leaves the earlier in place."""

from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Text, text
from sqlmodel import Field

from services.budget.tables import Table

EstimateLevel = Literal["province", "district", "commune"]


class EstimateEdition(Table, table=True):
    """Where a set of figures comes from and from which year on it holds."""

    __tablename__ = "estimate_edition"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    effective_from: int = Field(unique=True)
    riel_per_usd: int
    source_km: str = Field(sa_type=Text)
    source_en: str = Field(sa_type=Text)


class EstimateFigure(Table, table=True):
    """What one administration of a level needs a year, in riel, and how many of them the source counts."""

    __tablename__ = "estimate_figure"

    edition_id: UUID = Field(foreign_key="estimate_edition.id", primary_key=True)
    level: str = Field(primary_key=True, sa_type=Text)
    administrations: int
    per_administration: int = Field(sa_type=BigInteger)
    note_km: str | None = Field(default=None, sa_type=Text)
    note_en: str | None = Field(default=None, sa_type=Text)

    def total(self, administrations: int) -> int:
        """What so many administrations need, to the riel."""
        return self.per_administration * administrations
