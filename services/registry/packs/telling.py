"""Telling phones and partners, in the change feed, which packs of a unit citizens are shown."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes

PLACES = text(
    """
    SELECT unit.id,
           unit.area_code || ARRAY(SELECT area_code FROM unit_catchment WHERE unit_id = unit.id ORDER BY 1) AS codes,
           unit.status = 'closed' OR NOT EXISTS (
               SELECT FROM pack WHERE pack.unit_id = unit.id AND pack.current) AS gone
    FROM unit
    WHERE unit.id = ANY(CAST(:ids AS uuid[])) AND (
        EXISTS (SELECT FROM pack WHERE pack.unit_id = unit.id)
        OR EXISTS (SELECT FROM change WHERE kind = 'pack' AND entity_id = unit.id::text AND NOT gone))
    ORDER BY unit.area_code, unit.id
    """
)
"""Where phones have a unit, they have its packs. One whose packs went to another unit with a merger is gone."""


async def tell_packs(db: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Put the packs of units at the feed's end, after each change of a pack and of what a unit is called and where.

    Call it last in a transaction, as it writes the feed.
    """
    if not unit_ids:
        return
    await db.flush()
    rows = (await db.execute(PLACES, {"ids": list(unit_ids)})).all()
    await record_changes(db, [Changed("pack", str(row.id), row.codes, gone=row.gone) for row in rows])
