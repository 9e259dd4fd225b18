"""A published pack, which is never changed, and the jobs that publish many."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col

from services.registry.audit.models import SubjectKind
from services.registry.jobs.models import Job, JobItem
from services.registry.tables import Table
from shared.errors import Conflict

Outcome = Literal["published", "unchanged", "empty", "closed", "failed"]
NOW = {"server_default": func.now()}


class Pack(Table, table=True):
    """A frozen version of what citizens of a unit may read for a year; `content` is schemas.PackContent."""

    __table_args__ = (
        UniqueConstraint("unit_id", "year", "version"),
        Index(
            "uq_pack_current",
            "year",
            "unit_id",
            unique=True,
            postgresql_where=text("current"),
            postgresql_include=["facts"],
        ),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    unit_id: UUID = Field(foreign_key="unit.id")
    year: int
    version: int
    """Counts up from 1 with each publication of the unit's year, also after a withdrawal."""
    content: dict[str, Any] = Field(sa_type=JSONB)
    facts: int
    """How many facts it holds; 0 where it was published with standards alone."""
    current: bool = True
    """Whether it is the one that citizens are shown for the year; no version is, once the last was withdrawn."""
    published_at: datetime = Field(default=None, sa_type=DateTime(timezone=True), sa_column_kwargs=NOW)
    published_by: UUID
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text, sa_column_kwargs={"name": "withdraw_reason"})
    """Its column keeps the name it began with: renaming it would stop the version that runs during an upgrade."""

    def withdraw(self, reason: str, *, by: UUID) -> None:
        """Show it to nobody any more. Raises Conflict when that has been done."""
        if self.withdrawn_at is not None:
            raise Conflict(
                "pack_withdrawn",
                en="This version of the pack has been withdrawn already.",
                km="កញ្ចប់ព័ត៌មានកំណែនេះត្រូវបានដកវិញរួចហើយ។",
            )
        self.withdrawn_at, self.withdrawn_by, self.withdrawal_reason = datetime.now(UTC), by, reason
        self.current = False


class PackJob(Job, Table, table=True):
    """Packs of a year that are being published for all units of an area, some at a time."""

    SUBJECT: ClassVar[SubjectKind] = "pack_job"
    __tablename__ = "pack_job"
    __table_args__ = (
        Index("ix_pack_job_open", "id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_pack_job_area_code_id", "area_code", "id"),
    )

    after: str = Field(default="", sa_type=Text)
    """How far the version before had come, which did not list a job's units."""
    published: int = 0
    unchanged: int = 0
    empty: int = 0
    closed: int = 0
    failed: int = 0

    @classmethod
    def is_listed(cls) -> ColumnElement[bool]:
        """The jobs whose units are written down; the version before leaves that to us."""
        return col(cls.turn_at).is_not(None)

    @property
    def done(self) -> int:
        """Units that are through, whatever came of them."""
        return self.published + self.unchanged + self.empty + self.closed + self.failed


class PackJobItem(JobItem, Table, table=True):
    """A unit of a job, and what came of it; it is known by id, wherever it lies and whatever its code is by now."""

    __tablename__ = "pack_job_item"
    __table_args__ = (
        Index("ix_pack_job_item_waiting", "job_id", "unit_code", postgresql_where=text("outcome IS NULL")),
    )

    job_id: UUID = Field(primary_key=True, foreign_key="pack_job.id", ondelete="CASCADE")
    unit_id: UUID | None = Field(default=None, foreign_key="unit.id")
    """None of what the version before had done."""
    outcome: Outcome | None = Field(default=None, sa_type=Text)
    version: int | None = None
    """Of the pack that is current now."""
    facts: int = 0
    """How many facts the pack has; 0 where it holds standards alone."""
    error: str | None = Field(default=None, sa_type=Text)
    """The code of what stood against it."""

    @classmethod
    def of_job(cls, job_id: UUID) -> ColumnElement[bool]:
        """The items of a job."""
        return col(cls.job_id) == job_id

    @classmethod
    def waiting(cls) -> ColumnElement[bool]:
        """The units that are still to be done."""
        return col(cls.outcome).is_(None)
