"""Units with all that hangs on them: as the API shows them, and as they are told by event and by the change feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.codes import last_code
from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes
from services.registry.packs.telling import tell_packs
from services.registry.participation.telling import follow_units
from services.registry.units.models import Unit
from services.registry.units.schemas import UnitRead
from shared.events.registry import UnitChanged
from shared.outbox import emit_all

EVENTS_AT_ONCE = 2_000
BELONGINGS = text(
    """
    SELECT id,
           ARRAY(SELECT area_code FROM unit_catchment WHERE unit_id = id ORDER BY area_code) AS catchment,
           ARRAY(SELECT code FROM unit_alias WHERE unit_id = id ORDER BY code) AS aliases,
           (SELECT coalesce(jsonb_object_agg(system, value), '{}') FROM unit_external_id WHERE unit_id = id)
               AS external_ids
    FROM unnest(CAST(:ids AS uuid[])) AS id
    """
)


@dataclass(frozen=True, slots=True)
class Belongings:
    """What hangs on a unit in tables of its own."""

    catchment: tuple[str, ...]
    aliases: tuple[str, ...]
    external_ids: Mapping[str, str]


async def read_belongings(db: AsyncSession, units: Sequence[Unit]) -> dict[UUID, Belongings]:
    """The catchments, aliases and other systems' ids of units, as they are in this transaction."""
    rows = await db.execute(BELONGINGS, {"ids": [unit.id for unit in units]})
    return {row.id: Belongings(tuple(row.catchment), tuple(row.aliases), row.external_ids) for row in rows}


async def show_units(db: AsyncSession, units: Sequence[Unit]) -> list[UnitRead]:
    """Units as the API shows them, in the same order."""
    belongings = await read_belongings(db, units)
    return [
        UnitRead.of(unit, kept.catchment, kept.aliases, kept.external_ids)
        for unit, kept in ((unit, belongings[unit.id]) for unit in units)
    ]


async def tell_units(db: AsyncSession, units: Sequence[Unit]) -> None:
    """Tell the state of units; every change of units ends with this, last in its transaction.

    It reads what hangs on them anew, so statements of any form may have changed that.
    """
    if not units:
        return
    await db.flush()
    await follow_units(db, [unit.id for unit in units])
    belongings = await read_belongings(db, units)
    for start in range(0, len(units), EVENTS_AT_ONCE):
        some = units[start : start + EVENTS_AT_ONCE]
        await emit_all(db, (unit_changed(unit, belongings[unit.id]) for unit in some))
    await record_changes(
        db,
        [
            Changed(
                "unit",
                str(unit.id),
                [unit.area_code, *belongings[unit.id].catchment],
                gone=unit.status == "closed",
            )
            for unit in units
        ],
    )
    await tell_packs(db, [unit.id for unit in units])


def unit_changed(unit: Unit, belongings: Belongings) -> UnitChanged:
    """The event that tells a unit's state."""
    return UnitChanged(
        id=unit.id,
        code=unit.code,
        kind=unit.kind,
        area_code=last_code(unit.area_code),
        name_km=unit.name_km,
        name_en=unit.name_en,
        status=unit.status,
        version=unit.version,
        catchment=belongings.catchment,
        aliases=belongings.aliases,
        merged_into=unit.merged_into,
    )
