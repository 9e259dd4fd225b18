"""Posters that were made, and the jobs that make those of an area."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Text, text
from sqlmodel import Field, col

from services.registry.audit.models import SubjectKind
from services.registry.jobs.models import Job, JobItem
from services.registry.posters.content import Size
from services.registry.tables import Table
from shared.language import Language

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


class PosterJob(Job, Table, table=True):
    """The posters of an area, which are being made some at a time."""

    SUBJECT: ClassVar[SubjectKind] = "poster_job"
    __tablename__ = "poster_job"
    __table_args__ = (
        Index("ix_poster_job_open", "id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_poster_job_area_code_id", "area_code", "id"),
    )

    size: Size = Field(sa_type=Text)
    lang: Language = Field(sa_type=Text)
    done: int = 0
    failed: int = 0


class PosterJobItem(JobItem, Table, table=True):
    """One unit's poster in a job: the pack that citizens were shown when the job was asked for."""

    __tablename__ = "poster_job_item"
    __table_args__ = (
        Index(
            "ix_poster_job_item_waiting", "job_id", "unit_code", postgresql_where=text("status = 'waiting'")
        ),
    )  # fmt: skip

    job_id: UUID = Field(primary_key=True, foreign_key="poster_job.id", ondelete="CASCADE")
    area_code: str = Field(sa_type=Text)
    pack_id: UUID = Field(foreign_key="pack.id")
    status: PosterItemStatus = Field(default="waiting", sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of_job(cls, job_id: UUID) -> ColumnElement[bool]:
        """The items of a job."""
        return col(cls.job_id) == job_id

    @classmethod
    def waiting(cls) -> ColumnElement[bool]:
        """The posters that are still to be made."""
        return col(cls.status) == "waiting"
