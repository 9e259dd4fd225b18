"""Requests for money, and budget's allocations as this service has heard of them."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, text
from sqlmodel import Field

from services.jaap.tables import Table

AllocationState = Literal["made", "released"]


class FundingRequest(Table, table=True):
    """An amount that an agreed action asks for from outside its unit."""

    __tablename__ = "funding_request"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    action_id: UUID = Field(default=None, foreign_key="action.id")
    amount: int = Field(sa_type=BigInteger)
    requested_by: UUID
    requested_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))


class Allocation(Table, table=True):
    """Money of an envelope given to an action; released is final, whichever event is heard first."""

    id: UUID = Field(primary_key=True)
    action_id: UUID = Field(foreign_key="action.id")
    request_id: UUID
    amount: int = Field(sa_type=BigInteger)
    state: AllocationState = Field(sa_type=Text)
