"""Telling of changed units: to the other services by event, to phones and partners by the change feed."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes
from services.registry.units.models import Unit
from shared.outbox import emit_all


async def tell_units(db: AsyncSession, units: Sequence[Unit]) -> None:
    """Tell the state of units; every change of a unit ends with this, last in its transaction."""
    await emit_all(db, (unit.changed() for unit in units))
    await record_changes(
        db, [Changed("unit", str(unit.id), [unit.area_code], gone=unit.status == "closed") for unit in units]
    )
