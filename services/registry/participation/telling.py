"""Telling phones and partners which units take part in a year; no other service asks for it yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes

PLACES = text(
    """
    SELECT id, area_code, NOT (supply_side OR demand_side) AS gone FROM participation
    WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY area_code, id
    """
)
FOLLOW = text(
    """
    WITH units AS (
        UPDATE participation p SET area_code = unit.area_code FROM unit
        WHERE unit.id = ANY(CAST(:ids AS uuid[])) AND p.unit_id = unit.id
          AND p.year >= :year AND p.area_code <> unit.area_code
        RETURNING p.id
    ), districts AS (
        UPDATE participation p SET area_code = area.code FROM area
        WHERE area.id = ANY(CAST(:ids AS uuid[])) AND p.area_id = area.id
          AND p.year >= :year AND p.area_code <> area.code
        RETURNING p.id
    )
    SELECT id FROM units UNION ALL SELECT id FROM districts
    """
)


async def tell_participations(db: AsyncSession, ids: Sequence[UUID]) -> None:
    """Put participations at the feed's end; every change of one ends with this, last in its transaction."""
    if not ids:
        return
    rows = (await db.execute(PLACES, {"ids": list(ids)})).all()
    await record_changes(db, [Changed("participation", str(row.id), [row.area_code], gone=row.gone) for row in rows])


async def follow(db: AsyncSession, ids: Sequence[UUID]) -> None:
    """Let this year's participation lie where its units and districts (by id) lie now; past years stay as they were."""
    if ids:
        values = {"ids": list(ids), "year": today_in_cambodia().year}
        await tell_participations(db, (await db.scalars(FOLLOW, values)).all())
