"""Telling phones and partners which units take part in a year; no other service asks for it yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes

PLACES = text(
    """
    SELECT p.id, coalesce(u.area_code, a.code) AS place, NOT (p.supply_side OR p.demand_side) AS gone
    FROM participation p LEFT JOIN unit u ON u.id = p.unit_id LEFT JOIN area a ON a.id = p.area_id
    WHERE p.id = ANY(CAST(:ids AS uuid[]))
    ORDER BY place, p.id
    """
)
MOVED = text(
    """
    SELECT p.id FROM participation p JOIN unit u ON u.id = p.unit_id
    WHERE u.id = ANY(CAST(:units AS uuid[])) AND (p.supply_side OR p.demand_side) AND NOT EXISTS (
        SELECT FROM change c
        WHERE c.kind = 'participation' AND c.entity_id = p.id::text AND c.area_code = u.area_code AND NOT c.gone)
    """
)


async def tell_participations(db: AsyncSession, ids: Sequence[UUID]) -> None:
    """Put participations at the feed's end; every change of one ends with this, last in its transaction."""
    if not ids:
        return
    rows = (await db.execute(PLACES, {"ids": list(ids)})).all()
    await record_changes(db, [Changed("participation", str(row.id), [row.place], gone=row.gone) for row in rows])


async def follow_units(db: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Let the participation of units that have moved be found where they are now."""
    if unit_ids:
        await tell_participations(db, (await db.scalars(MOVED, {"units": list(unit_ids)})).all())
