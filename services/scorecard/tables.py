"""The base of this service's tables and the column types they share."""

from sqlalchemy import DateTime, ForeignKeyConstraint, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db import new_metadata


class Table(SQLModel, registry=registry(metadata=new_metadata())):
    """The base of this service's tables."""


CODE = Text(collation="C")
"""Area and unit codes: in "C" collation a prefix is an index range."""
UUID_V7 = text("uuidv7()")
INSTANT = DateTime(timezone=True)
SCORES = ARRAY(SmallInteger)
"""Scores in the order of the indicator set; null where a question was left out."""


def of_scorecard() -> ForeignKeyConstraint:
    """Of rows that belong to a scorecard, and go and change their code with it."""
    place = ("round_id", "unit_code")
    return ForeignKeyConstraint(place, [f"scorecard.{name}" for name in place], ondelete="CASCADE", onupdate="CASCADE")
