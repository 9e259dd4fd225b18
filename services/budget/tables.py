"""The base of this service's tables."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db import new_metadata


class Table(SQLModel, registry=registry(metadata=new_metadata())):
    """The base of this service's tables."""


def code_column() -> Column[str]:
    """A column of area codes: in "C" collation, so that the areas below one are an index range."""
    return Column(Text(collation="C"), nullable=False)


def time_column(*, nullable: bool = False) -> Column[datetime]:
    """A column for a point in time."""
    return Column(DateTime(timezone=True), nullable=nullable)


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
