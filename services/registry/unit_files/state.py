"""What the registry knows of the units that a file speaks of, read at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.unit_files.columns import UnitLine
from services.registry.unit_kinds.models import Kind
from services.registry.unit_kinds.queries import get_kinds

LOCK_AREAS = text(
    "SELECT id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id FOR UPDATE"
)
LOCK_UNITS = text("SELECT id FROM unit WHERE code = ANY(CAST(:codes AS text[])) ORDER BY id FOR UPDATE")
AREAS = text("SELECT code, level FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open'")
UNITS = text(
    """
    SELECT u.*, ARRAY(SELECT area_code FROM unit_catchment WHERE unit_id = u.id ORDER BY 1) AS catchment,
           (SELECT coalesce(jsonb_object_agg(system, value), '{}') FROM unit_external_id WHERE unit_id = u.id)
               AS external_ids
    FROM unit u WHERE code = ANY(CAST(:codes AS text[]))
    """
)
ALIASES = text(
    "SELECT a.code, u.code AS present FROM unit_alias a JOIN unit u ON u.id = a.unit_id"
    " WHERE a.code = ANY(CAST(:codes AS text[]))"
)
NEIGHBOURS = text(
    "SELECT code, kind, area_code, name_km, name_en FROM unit"
    " WHERE area_code = ANY(CAST(:areas AS text[])) AND status = 'open'"
)
TAKEN = text(
    """
    SELECT code FROM unit WHERE split_part(code, '-', 2) = ANY(CAST(:areas AS text[]))
    UNION ALL
    SELECT code FROM unit_alias WHERE split_part(code, '-', 2) = ANY(CAST(:areas AS text[]))
    """
)
EXTERNAL = text(
    """
    SELECT e.system, e.value, u.code FROM unnest(CAST(:systems AS text[]), CAST(:values AS text[])) AS w (system, value)
    JOIN unit_external_id e USING (system, value) JOIN unit u ON u.id = e.unit_id
    """
)


@dataclass(frozen=True, slots=True)
class State:
    """The registry as far as a file touches it."""

    kinds: Mapping[str, Kind]
    levels: Mapping[str, str]
    """Open areas by code, with their levels."""
    units: Mapping[str, RowMapping]
    """Units by code, with catchment and external ids."""
    aliases: Mapping[str, str]
    """Codes that units bore, with those they bear now."""
    neighbours: Sequence[RowMapping]
    """The open units in the areas that the file speaks of."""
    taken: frozenset[str]
    """Codes ever given in these areas."""
    external: Mapping[tuple[str, str], str]
    """Ids in other systems that the file names, with the unit that has each."""


async def read_state(db: AsyncSession, lines: Iterable[UnitLine], *, lock: bool) -> State:
    """The state, locked until the commit so that it still holds when the plan is written: kinds, areas, units."""
    lines = list(lines)
    codes = {line.code for line in lines if line.code}
    places = {line.area_code for line in lines if line.area_code}
    served = {code for line in lines for code in line.catchment or ()}
    named = {pair for line in lines for pair in (line.external_ids or {}).items()}
    kinds = await get_kinds(db)
    if lock:
        await db.execute(LOCK_AREAS, {"codes": sorted(places | served)})
        await db.execute(LOCK_UNITS, {"codes": sorted(codes)})
    units = await _all(db, UNITS, codes=sorted(codes))
    areas = {"areas": sorted(places)}
    wanted = {"systems": [system for system, _ in named], "values": [value for _, value in named]}
    return State(
        kinds=kinds,
        levels={row["code"]: row["level"] for row in await _all(db, AREAS, codes=sorted(places | served))},
        units={row["code"]: row for row in units},
        aliases={row["code"]: row["present"] for row in await _all(db, ALIASES, codes=sorted(codes))},
        neighbours=await _all(db, NEIGHBOURS, **areas),
        taken=frozenset(row["code"] for row in await _all(db, TAKEN, **areas)),
        external={(row["system"], row["value"]): row["code"] for row in await _all(db, EXTERNAL, **wanted)},
    )


async def _all(db: AsyncSession, statement: Any, **values: Any) -> Sequence[RowMapping]:
    return (await db.execute(statement, values)).mappings().all()
