"""Signs of a facilitator's work elsewhere in the registry."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SEEN = text(
    """
    UPDATE caf SET last_seen_on = :day
    WHERE account_id = :account AND left_on IS NULL AND (last_seen_on IS NULL OR last_seen_on < :day)
    """
)


async def note_work(db: AsyncSession, account_id: UUID, day: date) -> None:
    """Let the record of whoever has the account say that the facilitator was at work on a day; of most nothing is."""
    await db.execute(SEEN, {"account": account_id, "day": day})
