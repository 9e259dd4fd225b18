"""A unit's facts of a year, and the path they take until citizens may read them."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.registry.tables import Table
from shared.errors import Conflict, Forbidden, Invalid

SheetStatus = Literal["draft", "submitted", "approved", "returned"]

STATUS_KM: dict[str, str] = {
    "draft": "ជាសេចក្ដីព្រាង",
    "submitted": "បានដាក់ជូន",
    "approved": "បានអនុម័ត",
    "returned": "ត្រូវបានប្រគល់ឱ្យកែ",
}


class FactSheet(Table, table=True):
    """All facts of one unit in one year, which are drafted, submitted and approved together."""

    __tablename__ = "fact_sheet"
    __table_args__ = (
        Index("uq_fact_sheet_year_unit_id", "year", "unit_id", unique=True, postgresql_include=["status"]),
        Index("ix_fact_sheet_unit_id", "unit_id"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    unit_id: UUID = Field(foreign_key="unit.id")
    year: int
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_type=JSONB)
    """By the data element's code: its value, and the target where there is one."""
    status: SheetStatus = Field(default="draft", sa_type=Text)
    entered_by: UUID
    """Who wrote the facts last."""
    also_entered_by: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))
    """Who wrote those before that a file has left as they were."""
    submitted_by: UUID | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    settled_by: UUID | None = None
    """Who approved or returned it last."""
    settled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    return_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def write(self, facts: dict[str, dict[str, Any]], *, by: UUID) -> None:
        """Take over all facts; what was returned is a draft again. Raises Conflict once it was handed on."""
        self.must_be_writable()
        self.facts, self.status, self.entered_by, self.also_entered_by = facts, "draft", by, []
        self.version += 1

    def must_be_writable(self) -> None:
        """Raise Conflict once it was handed on: who wants it changed has it returned first."""
        self._must_be_in("draft", "returned")

    def submit(self, *, by: UUID) -> None:
        """Hand it on to those who approve. Raises Invalid when there is no fact, Conflict when it was handed on."""
        self.must_be_writable()
        if not self.facts:
            raise Invalid(
                "facts_empty",
                en="There is no fact to submit: enter some first.",
                km="មិនមានទិន្នន័យត្រូវដាក់ជូនទេ៖ សូមបញ្ចូលទិន្នន័យជាមុនសិន។",
            )
        self.status, self.submitted_by, self.submitted_at = "submitted", by, datetime.now(UTC)
        self.return_reason = None
        self.version += 1

    def approve(self, *, by: UUID) -> None:
        """Let the next pack hold it. Raises Conflict unless it was submitted, Forbidden for who did so or wrote it."""
        self._must_be_in("submitted")
        if by in (self.submitted_by, self.entered_by, *self.also_entered_by):
            raise Forbidden(
                "own_facts",
                en="Whoever entered or submitted facts does not approve them: ask a colleague.",
                km="អ្នកដែលបានបញ្ចូល ឬដាក់ជូនទិន្នន័យ មិនអាចអនុម័តទិន្នន័យនោះបានទេ៖ សូមស្នើមន្ត្រីម្នាក់ទៀត។",
            )
        self._settle("approved", by)

    def give_back(self, reason: str, *, by: UUID) -> None:
        """Let the unit correct it, also after it was approved. Raises Conflict when it was not handed on."""
        self._must_be_in("submitted", "approved")
        self._settle("returned", by)
        self.return_reason = reason

    def _settle(self, status: SheetStatus, by: UUID) -> None:
        self.status, self.settled_by, self.settled_at = status, by, datetime.now(UTC)
        self.version += 1

    def _must_be_in(self, *statuses: SheetStatus) -> None:
        if self.status not in statuses:
            raise Conflict(
                "facts_not_in_state",
                en=f"These facts are {self.status}; for this they must be {' or '.join(statuses)}.",
                km=f"ទិន្នន័យនេះ{STATUS_KM[self.status]}; សម្រាប់ការងារនេះ ត្រូវតែ"
                f"{' ឬ'.join(STATUS_KM[status] for status in statuses)}។",
            )
