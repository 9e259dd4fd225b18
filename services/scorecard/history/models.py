"""This service's copy of the crosswalk: how areas came from one another."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table
from shared.events import Envelope
from shared.events.registry import AreaSucceeded, SuccessionKind


class AreaSuccession(Table, table=True):
    """One line of the registry's crosswalk; never changed.

    `told_at` orders the lines: our copies of areas and units change when the registry tells, which may be long after
    the day from which a change is legally effective.
    """

    __tablename__: ClassVar[str] = "area_succession"

    id: UUID = Field(primary_key=True)
    kind: SuccessionKind = Field(sa_type=Text)
    old_area_id: UUID
    old_code: str = Field(sa_type=CODE)
    new_area_id: UUID
    new_code: str = Field(sa_type=CODE)
    effective_on: date
    told_at: datetime = Field(sa_type=INSTANT)


async def keep_succession(db: AsyncSession, envelope: Envelope) -> None:
    """Keep a line that the registry told; one that comes again changes nothing."""
    line = envelope.event
    assert isinstance(line, AreaSucceeded)
    values = line.model_dump(exclude={"version"}) | {"told_at": envelope.time}
    await db.execute(insert(AreaSuccession).values(values).on_conflict_do_nothing())
