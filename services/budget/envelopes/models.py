"""Envelopes: one side of the ledger."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from services.budget.tables import Table, code_column, now, time_column
from shared.areas import covers
from shared.errors import Conflict

BodyKind = Literal[
    "ministry",
    "administration",
    "line_department",
    "health_centre",
    "primary_school",
    "development_partner",
    "ngo",
]


class Envelope(Table, table=True):
    """Money that one body set aside for a year. It always holds: 0 <= allocated <= amount."""

    __table_args__ = (Index(None, "year", "area_code"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    year: int = Field(foreign_key="fiscal_year.year")
    fund_source: str = Field(foreign_key="fund_source.code", sa_type=Text)
    body_kind: str = Field(sa_type=Text)
    area_code: str = Field(sa_column=code_column())
    """Where the body is; "" for a body of the whole nation."""
    body_name_km: str = Field(sa_type=Text)
    body_name_en: str = Field(sa_type=Text)
    opened_with: int = Field(sa_type=BigInteger)
    """The first amount, by which a repeated request is known."""
    amount: int = Field(sa_type=BigInteger)
    allocated: int = Field(default=0, sa_type=BigInteger)
    opened_by: UUID
    opened_at: datetime = Field(default_factory=now, sa_column=time_column())
    version: int = 1

    @property
    def available(self) -> int:
        """What is still to be given."""
        return self.amount - self.allocated

    def pays_in(self, area_code: str) -> bool:
        """Whether it may pay for an area: its own and all below it; a nation-wide envelope pays anywhere."""
        return covers(self.area_code, area_code)

    def give(self, amount: int) -> None:
        """Set money aside for an allocation. Raises Conflict when there is not enough."""
        if amount > self.available:
            raise Conflict(
                "envelope_exhausted",
                en=f"The envelope has {self.available:,} riel left, which is less than {amount:,}.",
                km=f"ថវិកានេះនៅសល់ {self.available:,} រៀល ដែលតិចជាង {amount:,} រៀល។",
            )
        self.allocated += amount
        self.version += 1

    def take_back(self, amount: int) -> None:
        """Money of a released allocation is available again."""
        self.allocated -= amount
        self.version += 1

    def resize(self, amount: int) -> None:
        """Set aside more or less, never less than is allocated. Raises Conflict."""
        if amount < self.allocated:
            raise Conflict(
                "below_allocated",
                en=f"{self.allocated:,} riel of this envelope are allocated: release some of it first.",
                km=f"ថវិកា {self.allocated:,} រៀលត្រូវបានវិភាជរួចហើយ។ សូមដកការវិភាជខ្លះវិញជាមុនសិន។",
            )
        self.amount = amount
        self.version += 1
