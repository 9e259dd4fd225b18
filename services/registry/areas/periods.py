"""The history of areas: how it begins."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BEGIN = text(
    """
    INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, version)
    SELECT id, code, level, parent_code, name_km, name_en, valid_from, version FROM area
    WHERE NOT EXISTS (SELECT FROM area_period WHERE area_id = area.id)
    ORDER BY code, id
    """
)


async def begin_periods(db: AsyncSession) -> None:
    """Begin the history of areas that were written without a change: those of the first load."""
    await db.execute(BEGIN)
