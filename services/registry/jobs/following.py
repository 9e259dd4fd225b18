"""Jobs stay with their area: who covers it under its new code sees them, as grants go with it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.heirs import Codes

FOLLOW = """
    UPDATE {table} AS job SET area_code = heir.code
    FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS heir (before, code)
    WHERE job.area_code = heir.before
"""


async def follow_areas(db: AsyncSession, heirs: Codes) -> None:
    """Let jobs bear their areas' new codes, the first of several; their units are known by id and need nothing."""
    first = {before: after[0] for before, after in heirs.items() if after}
    for table in ("pack_job", "poster_job") if first else ():
        values = {"before": list(first), "after": list(first.values())}
        await db.execute(text(FOLLOW.format(table=table)), values)
