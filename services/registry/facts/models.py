"""A unit's facts of a year, and the path they take until citizens may read them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table

SheetStatus = Literal["draft", "submitted", "approved", "returned"]


class FactSheet(Table, table=True):
    """All facts of one unit in one year, which are drafted, submitted and approved together."""

    __tablename__ = "fact_sheet"
    __table_args__ = (UniqueConstraint("year", "unit_id"), Index("ix_fact_sheet_unit_id", "unit_id"))

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    unit_id: UUID = Field(foreign_key="unit.id")
    year: int
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_type=JSONB)
    """By the data element's code: its value, and the target where there is one."""
    status: SheetStatus = Field(default="draft", sa_type=Text)
    submitted_by: UUID | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    settled_by: UUID | None = None
    """Who approved or returned it last."""
    settled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    return_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1
