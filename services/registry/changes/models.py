"""Where each entity stands in the feed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from services.registry.tables import Table


class Change(Table, table=True):
    """The last change of an entity, once for each area whose readers it concerns.

    An entity that leaves an area is `gone` there and present where it went, so that both copies become right.
    """

    __table_args__ = (
        Index("ix_change_seq", "seq"),
        Index("ix_change_area_code_seq", "area_code", "seq"),
    )

    kind: str = Field(primary_key=True, sa_type=Text)
    entity_id: str = Field(primary_key=True, sa_type=Text)
    area_code: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    gone: bool


class Feed(Table, table=True):
    """The feed's own identity: a reader's position holds only within it."""

    epoch: str = Field(primary_key=True, sa_type=Text)


@dataclass(frozen=True, slots=True)
class Changed:
    """An entity that was changed in this transaction, and the areas it concerns; gone when it is closed."""

    kind: str
    entity_id: str
    area_codes: Sequence[str]
    gone: bool = False
