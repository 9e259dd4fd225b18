"""What jobs of every kind have in common, and their items: one for each unit."""

from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, func, text, true
from sqlmodel import Field, SQLModel

from services.registry.audit.models import SubjectKind
from shared.errors import Conflict

JobStatus = Literal["queued", "running", "done", "cancelled"]
OPEN: tuple[JobStatus, ...] = ("queued", "running")


class Job(SQLModel):
    """The columns of every kind of job; its table adds what it counts."""

    SUBJECT: ClassVar[SubjectKind]
    """What the trail calls it, and its table."""

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    area_code: str = Field(sa_type=Text)
    year: int
    kind: str | None = Field(default=None, sa_type=Text)
    """Only units of this kind; None: of every kind."""
    status: JobStatus = Field(default="queued", sa_type=Text)
    asked_by: UUID
    asked_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    turn_at: datetime | None = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))
    """When it was asked for, or last had its turn; None of a job that the version before was asked for."""
    total: int = 0

    @classmethod
    def is_listed(cls) -> ColumnElement[bool]:
        """The jobs whose items are written down."""
        return true()

    def finish(self, status: Literal["done", "cancelled"]) -> None:
        """End it. Raises Conflict when it has ended."""
        if self.status not in OPEN:
            raise Conflict("job_over", en="This job has ended already.", km="កិច្ចការនេះបានបញ្ចប់រួចហើយ។")
        self.status, self.finished_at = status, datetime.now(UTC)


class JobItem(SQLModel):
    """The columns of every kind of item; its table adds the job's id and what came of the unit."""

    unit_code: str = Field(primary_key=True, sa_type=Text)
    """As it was when the job was asked for."""

    @classmethod
    def of_job(cls, job_id: UUID) -> ColumnElement[bool]:
        """The items of a job."""
        raise NotImplementedError

    @classmethod
    def waiting(cls) -> ColumnElement[bool]:
        """The items that are still to be done."""
        raise NotImplementedError
