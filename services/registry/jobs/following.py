"""Jobs stay with their area: who covers it under its new code sees them, as grants go with it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.former import Former
from services.registry.areas.heirs import Codes
from services.registry.areas.records import FOLLOW_ABOVE

FOLLOW = """
    UPDATE {table} AS job SET area_code = heir.code
    FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS heir (before, code)
    WHERE job.area_code = heir.before
"""


async def follow_areas(db: AsyncSession, heirs: Codes, former: Former) -> None:
    """Let jobs bear their areas' new codes, the first of several; their units are known by id and need nothing.

    Those of an area that has no successor are kept as other records are (see codes.former_code).
    """
    codes = {before: after[0] if after else former.codes[before] for before, after in heirs.items()}
    for table in ("pack_job", "poster_job") if codes else ():
        await db.execute(text(FOLLOW_ABOVE.format(table=table)), former.moves_above)
        await db.execute(text(FOLLOW.format(table=table)), {"before": list(codes), "after": list(codes.values())})
