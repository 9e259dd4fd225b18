"""Funding requests: the other side of the ledger."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from services.budget.tables import Table, code_column, now, time_column
from shared.errors import Conflict

RequestStatus = Literal["open", "partly_allocated", "allocated", "withdrawn"]


class Action(Table, table=True):
    """What we remember of an action of a plan: whether it was dropped. Its row is locked before its requests."""

    id: UUID = Field(primary_key=True)
    dropped_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    drop_reason: str | None = Field(default=None, sa_type=Text)


class FundingRequest(Table, table=True):
    """What an action asked for. It always holds: 0 <= allocated <= amount, and nothing is given to a withdrawn one."""

    __tablename__ = "funding_request"
    __table_args__ = (Index(None, "year", "area_code"), Index(None, "action_id"))

    id: UUID = Field(primary_key=True)
    action_id: UUID = Field(foreign_key="action.id")
    plan_id: UUID
    area_code: str = Field(sa_column=code_column())
    year: int
    amount: int = Field(sa_type=BigInteger)
    allocated: int = Field(default=0, sa_type=BigInteger)
    status: str = Field(default="open", sa_type=Text)
    requested_by: UUID
    title_km: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)
    received_at: datetime = Field(default_factory=now, sa_column=time_column())

    def receive(self, amount: int) -> None:
        """Take an allocation. Raises Conflict when the request is withdrawn or asked for less."""
        if self.status == "withdrawn":
            raise Conflict(
                "request_withdrawn",
                en="The action was dropped, and its request withdrawn.",
                km="សកម្មភាពនេះត្រូវបានបោះបង់ ហើយសំណើថវិការបស់វាត្រូវបានដកវិញ។",
            )
        missing = self.amount - self.allocated
        if amount > missing:
            raise Conflict(
                "request_exceeded",
                en=f"The request still lacks {missing:,} riel, which is less than {amount:,}.",
                km=f"សំណើនេះនៅខ្វះ {missing:,} រៀល ដែលតិចជាង {amount:,} រៀល។",
            )
        self.allocated += amount
        self._settle()

    def give_back(self, amount: int) -> None:
        """An allocation was released."""
        self.allocated -= amount
        self._settle()

    def withdraw(self) -> None:
        """The action was dropped, and what it was given released: nothing more is given."""
        self.status = "withdrawn"

    def _settle(self) -> None:
        if self.allocated == 0:
            self.status = "open"
        else:
            self.status = "allocated" if self.allocated == self.amount else "partly_allocated"
