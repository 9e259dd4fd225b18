"""Posters that were made, and the jobs that make those of an area."""

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, func, text
from sqlmodel import Field

from services.registry.posters.content import Size
from services.registry.tables import Table
from shared.errors import Conflict
from shared.language import Language

PosterJobStatus = Literal["queued", "running", "done", "cancelled"]
PosterItemStatus = Literal["waiting", "done", "failed"]


class Poster(Table, table=True):
    """A PDF that can be made again at any time.

    The table is not logged: it costs no write-ahead log, is in no base backup, and is empty after the server crashed.
    """

    __table_args__ = (Index("ix_poster_used_on", "used_on"), {"prefixes": ["UNLOGGED"]})

    pack_id: UUID = Field(primary_key=True, foreign_key="pack.id", ondelete="CASCADE")
    size: Size = Field(primary_key=True, sa_type=Text)
    lang: Language = Field(primary_key=True, sa_type=Text)
    edition: str = Field(sa_type=Text)
    """Of the template that it was made with (see compiling.edition)."""
    pdf: bytes
    used_on: date = Field(default=None, sa_column_kwargs={"server_default": text("CURRENT_DATE")})


class PosterJob(Table, table=True):
    """The posters of an area, which are being made some at a time."""

    __tablename__ = "poster_job"
    __table_args__ = (
        Index("ix_poster_job_open", "id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_poster_job_area_code_id", "area_code", "id"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    area_code: str = Field(sa_type=Text)
    year: int
    kind: str | None = Field(default=None, sa_type=Text)
    """Only of units of this kind; None: of every kind."""
    size: Size = Field(sa_type=Text)
    lang: Language = Field(sa_type=Text)
    status: PosterJobStatus = Field(default="queued", sa_type=Text)
    asked_by: UUID
    asked_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    total: int = 0
    done: int = 0
    failed: int = 0

    def finish(self, status: Literal["done", "cancelled"]) -> None:
        """End it. Raises Conflict when it has ended."""
        if self.status in ("done", "cancelled"):
            raise Conflict("job_over", en="This job has ended already.", km="កិច្ចការនេះបានបញ្ចប់រួចហើយ។")
        self.status, self.finished_at = status, datetime.now(UTC)


class PosterJobItem(Table, table=True):
    """One unit's poster in a job: the pack that citizens were shown when the job was asked for."""

    __tablename__ = "poster_job_item"
    __table_args__ = (
        Index(
            "ix_poster_job_item_waiting", "job_id", "unit_code", postgresql_where=text("status = 'waiting'")
        ),
    )  # fmt: skip

    job_id: UUID = Field(primary_key=True, foreign_key="poster_job.id", ondelete="CASCADE")
    unit_code: str = Field(primary_key=True, sa_type=Text)
    area_code: str = Field(sa_type=Text)
    pack_id: UUID = Field(foreign_key="pack.id")
    status: PosterItemStatus = Field(default="waiting", sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)
