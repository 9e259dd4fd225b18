"""Reads of envelopes that more than one place needs."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.envelopes.models import Envelope
from shared.errors import NotFound


async def get_envelope(db: AsyncSession, envelope_id: UUID) -> Envelope:
    """An envelope. Raises NotFound."""
    envelope = await db.get(Envelope, envelope_id)
    if envelope is None:
        raise not_found()
    return envelope


async def lock_envelopes(db: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Envelope]:
    """The envelopes as they are now, locked in the order of their ids; lock requests before envelopes."""
    statement = select(Envelope).where(col(Envelope.id).in_(set(ids))).order_by(col(Envelope.id)).with_for_update()
    rows = await db.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


def not_found() -> NotFound:
    """The answer when there is no such envelope."""
    return NotFound("envelope_not_found", en="There is no such envelope.", km="រកមិនឃើញថវិកានេះទេ។")
