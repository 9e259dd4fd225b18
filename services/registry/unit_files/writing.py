"""Writing a planned import, set by set: ten thousand units are a handful of statements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record_all
from services.registry.units.telling import tell_units
from shared.imports import Plan

VALUES = ("name_km", "name_en", "opened_on", "latitude", "longitude", "note")
ARRAYS = """
    CAST(:name_km AS text[]), CAST(:name_en AS text[]), CAST(:opened_on AS date[]), CAST(:latitude AS float8[]),
    CAST(:longitude AS float8[]), CAST(:note AS text[])
"""
NEW = text(
    f"""
    INSERT INTO unit (code, kind, area_code, name_km, name_en, opened_on, latitude, longitude, note, status, version)
    SELECT *, 'open', 1
    FROM unnest(CAST(:code AS text[]), CAST(:kind AS text[]), CAST(:area_code AS text[]), {ARRAYS})
    RETURNING *
    """  # noqa: S608 - our own text
)
CHANGED = text(
    f"""
    UPDATE unit
    SET name_km = new.name_km, name_en = new.name_en, opened_on = new.opened_on, latitude = new.latitude,
        longitude = new.longitude, note = new.note, version = version + 1
    FROM unnest(CAST(:id AS uuid[]), {ARRAYS}) AS new (id, name_km, name_en, opened_on, latitude, longitude, note)
    WHERE unit.id = new.id
    RETURNING unit.*
    """  # noqa: S608 - our own text
)
MANY_ROWS = 1_000
COUNT_ANEW = text("ANALYZE unit")
"""PostgreSQL does so itself within a minute or two; until then it would plan every list for an empty table."""
SERVE_NO_MORE = text("DELETE FROM unit_catchment WHERE unit_id = ANY(CAST(:ids AS uuid[]))")
SERVE = text(
    "INSERT INTO unit_catchment (unit_id, area_code) SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]))"
)
FORGET_IDS = text("DELETE FROM unit_external_id WHERE unit_id = ANY(CAST(:ids AS uuid[]))")
KEEP_IDS = text(
    "INSERT INTO unit_external_id (unit_id, system, value)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:systems AS text[]), CAST(:values AS text[]))"
)


async def write_plan(db: AsyncSession, plan: Plan, *, by: UUID, digest: str) -> None:
    """Write units with all that hangs on them, their trail, events and feed; the last in the transaction."""
    told = await _write(db, NEW, ("code", "kind", "area_code", *VALUES), plan.new)
    told += await _write(db, CHANGED, ("id", *VALUES), plan.changed)
    ids = {unit.code: unit.id for unit in told}
    changed = [row for row in plan.changed if {"catchment", "external_ids"} & row["changes"].keys()]
    if len(told) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
    await _hang_on(db, ids, [*plan.new, *changed], again=[ids[row["code"]] for row in changed])
    entries = [(row["code"], "created", _detail(row, digest)) for row in plan.new]
    entries += [(row["code"], "changed", row["changes"] | {"file": digest[:12]}) for row in plan.changed]
    if entries:
        await record_all(db, "unit", entries, by=by)
    await tell_units(db, told)


async def _write(db: AsyncSession, statement: Any, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Any]:
    if not rows:
        return []
    return list(await db.execute(statement, {name: [row[name] for row in rows] for name in names}))


async def _hang_on(
    db: AsyncSession, ids: dict[str, UUID], rows: Sequence[dict[str, Any]], *, again: Sequence[UUID]
) -> None:
    """Catchments and ids in other systems; `again` those that had some before."""
    served = [(ids[row["code"]], code) for row in rows for code in row["catchment"]]
    known_as = [(ids[row["code"]], *pair) for row in rows for pair in row["external_ids"].items()]
    if again:
        await db.execute(SERVE_NO_MORE, {"ids": again})
        await db.execute(FORGET_IDS, {"ids": again})
    if served:
        of, codes = zip(*served, strict=True)
        await db.execute(SERVE, {"ids": list(of), "codes": list(codes)})
    if known_as:
        of, systems, values = zip(*known_as, strict=True)
        await db.execute(KEEP_IDS, {"ids": list(of), "systems": list(systems), "values": list(values)})


def _detail(row: dict[str, Any], digest: str) -> dict[str, Any]:
    """The values of a new unit that say something."""
    return {name: value for name, value in row.items() if value and name != "code"} | {"file": digest[:12]}
