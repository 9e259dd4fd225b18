"""Telling phones and partners which units take part in a year; no other service asks for it yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import TextClause, text
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
FOLLOW_UNITS = text(
    """
    UPDATE participation p SET area_code = unit.area_code FROM unit
    WHERE unit.id = ANY(CAST(:ids AS uuid[])) AND p.unit_id = unit.id
      AND p.year >= :year AND p.area_code <> unit.area_code
    """
)
FOLLOW_DISTRICTS = text(
    """
    UPDATE participation p SET area_code = area.code FROM area
    WHERE area.id = ANY(CAST(:ids AS uuid[])) AND p.area_id = area.id
      AND p.year >= :year AND p.area_code <> area.code
    """
)
"""Of years that are over, where it lay then stays."""
OF_UNITS = text(
    "SELECT id FROM participation WHERE unit_id = ANY(CAST(:ids AS uuid[])) AND (supply_side OR demand_side)"
)
OF_DISTRICTS = text(
    "SELECT id FROM participation WHERE area_id = ANY(CAST(:ids AS uuid[])) AND (supply_side OR demand_side)"
)


async def tell_participations(db: AsyncSession, ids: Sequence[UUID]) -> None:
    """Put participations at the feed's end; every change of one ends with this, last in its transaction."""
    if not ids:
        return
    rows = (await db.execute(PLACES, {"ids": list(ids)})).all()
    await record_changes(db, [Changed("participation", str(row.id), [row.area_code], gone=row.gone) for row in rows])


async def follow_units(db: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Let the participation of units lie where these lie now, from this year on, and show their names of today."""
    await _follow(db, FOLLOW_UNITS, OF_UNITS, unit_ids)


async def follow_districts(db: AsyncSession, area_ids: Sequence[UUID]) -> None:
    """Let that of districts' administrations bear the codes that these bear now, from this year on, and their names."""
    await _follow(db, FOLLOW_DISTRICTS, OF_DISTRICTS, area_ids)


async def _follow(db: AsyncSession, move: TextClause, shown: TextClause, ids: Sequence[UUID]) -> None:
    """Every year's is told again, as it shows its unit's or district's name, code and kind."""
    if ids:
        await db.execute(move, {"ids": list(ids), "year": today_in_cambodia().year})
        await tell_participations(db, (await db.scalars(shown, {"ids": list(ids)})).all())
