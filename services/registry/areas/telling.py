"""Telling of changed areas: to the other services by event, to phones and partners by the change feed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import area_changed
from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes
from services.registry.participation.telling import follow_districts
from shared.outbox import emit_all

EVENTS_AT_ONCE = 2_000


async def tell_areas(db: AsyncSession, areas: Sequence[Any]) -> None:
    """Tell the state of areas (or of rows like them); every change of an area ends with this, last of all."""
    for start in range(0, len(areas), EVENTS_AT_ONCE):
        await emit_all(db, (area_changed(area) for area in areas[start : start + EVENTS_AT_ONCE]))
    await record_changes(
        db, [Changed("area", str(area.id), [place_of(area)], gone=area.status == "closed") for area in areas]
    )
    await follow_districts(db, [area.id for area in areas if area.level == "district"])


def place_of(area: Any) -> str:
    """The code under which readers find the area: its parent's where its own does not extend that."""
    code, parent = str(area.code), area.parent_code
    return code if parent is None or code.startswith(parent) else str(parent)
