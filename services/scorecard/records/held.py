"""Which records are stored, by their ids alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.records.schemas import HeldRecord

FIND = text(
    """
    WITH asked AS (SELECT DISTINCT unnest(CAST(:ids AS uuid[])) AS id)
    SELECT id, 'ballot' AS kind,
           CASE WHEN withdrawn AND channel = 'phone' THEN 'replaced' WHEN withdrawn THEN 'withdrawn'
                WHEN late THEN 'late' ELSE 'counted' END AS standing
    FROM ballot JOIN asked USING (id)
    UNION ALL
    SELECT id, 'tally', CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN late THEN 'late' ELSE 'counted' END
    FROM tally JOIN asked USING (id)
    UNION ALL
    SELECT id, 'meeting', CASE WHEN late THEN 'late' ELSE 'kept' END FROM meeting JOIN asked USING (id)
    UNION ALL
    SELECT id, 'proposal', 'kept' FROM proposal JOIN asked USING (id)
    UNION ALL
    SELECT id, 'comment', CASE WHEN late THEN 'late' ELSE 'kept' END FROM comment JOIN asked USING (id)
    """
)


async def find_held(db: AsyncSession, ids: Sequence[UUID]) -> list[HeldRecord]:
    """The stored ones, in the order of the ids asked for."""
    found = [HeldRecord.model_validate(dict(row)) for row in (await db.execute(FIND, {"ids": list(ids)})).mappings()]
    place = {one: position for position, one in enumerate(ids)}
    return sorted(found, key=lambda record: place[record.id])
