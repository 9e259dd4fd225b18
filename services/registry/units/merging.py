"""Two units that turn out to be one: what hangs on the duplicate follows to the unit that stays."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.codes import MARK
from services.registry.audit.queries import record
from services.registry.participation.telling import tell_participations
from services.registry.unit_kinds.queries import get_kind
from services.registry.units.belongings import add_alias
from services.registry.units.followers import move_grants
from services.registry.units.models import Unit
from services.registry.units.schemas import Kept, KeptBack, UnitMerged
from services.registry.units.telling import show_units, tell_units

SERVE_TOO = text(
    """
    INSERT INTO unit_catchment (unit_id, area_code)
    SELECT :survivor, area_code
    FROM (SELECT area_code FROM unit_catchment WHERE unit_id = :duplicate UNION SELECT :duplicates_area) AS served
    WHERE area_code <> :survivors_area
    ON CONFLICT DO NOTHING RETURNING area_code
    """
)
SERVE_NO_MORE = text("DELETE FROM unit_catchment WHERE unit_id = :duplicate")
ALIASES = text("UPDATE unit_alias SET unit_id = :survivor WHERE unit_id = :duplicate RETURNING code")
EXTERNAL_IDS = text(
    """
    UPDATE unit_external_id AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM unit_external_id AS other WHERE other.unit_id = :survivor AND other.system = own.system)
    RETURNING system
    """
)
EXTERNAL_IDS_LEFT = text(
    """
    SELECT own.system AS key, other.value AS kept, own.value AS left
    FROM unit_external_id AS own JOIN unit_external_id AS other ON other.system = own.system
    WHERE own.unit_id = :duplicate AND other.unit_id = :survivor ORDER BY 1
    """
)
PARTICIPATION = text(
    """
    UPDATE participation AS own SET unit_id = :survivor, version = version + 1
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM participation AS other WHERE other.unit_id = :survivor AND other.year = own.year)
    RETURNING id
    """
)
PARTICIPATION_LEFT = text("SELECT year::text AS key FROM participation WHERE unit_id = :duplicate ORDER BY 1")
FOCAL_PERSONS = text(
    """
    UPDATE focal_person AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND (until IS NOT NULL OR NOT EXISTS (
        SELECT FROM focal_person AS other
        WHERE other.unit_id = :survivor AND other.role = own.role AND other.until IS NULL))
    RETURNING id
    """
)
FOCAL_PERSONS_LEFT = text("SELECT role AS key FROM focal_person WHERE unit_id = :duplicate ORDER BY 1")

UNIT_STANDARDS = text(
    """
    UPDATE unit_standard AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM unit_standard AS other WHERE other.unit_id = :survivor AND other.code = own.code)
    RETURNING code
    """
)
UNIT_STANDARDS_LEFT = text("SELECT code AS key FROM unit_standard WHERE unit_id = :duplicate ORDER BY 1")
FACT_SHEETS = text(
    """
    UPDATE fact_sheet AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM fact_sheet AS other WHERE other.unit_id = :survivor AND other.year = own.year)
    RETURNING id
    """
)
FACT_SHEETS_LEFT = text("SELECT year::text AS key FROM fact_sheet WHERE unit_id = :duplicate ORDER BY 1")
PACKS = text(
    """
    UPDATE pack AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM pack AS other WHERE other.unit_id = :survivor AND other.year = own.year)
    RETURNING id
    """
)
PACKS_LEFT = text("SELECT DISTINCT year::text AS key FROM pack WHERE unit_id = :duplicate ORDER BY 1")
"""A pack says what it said when it was published: it keeps the duplicate's code and name."""
POSTINGS = text(
    """
    UPDATE posting AS own SET unit_id = :survivor
    WHERE unit_id = :duplicate AND NOT EXISTS (
        SELECT FROM pack WHERE pack.unit_id = :duplicate AND pack.year = own.year)
    RETURNING id
    """
)
"""Where the posters of packs that followed hang."""
POSTINGS_LEFT = text("SELECT DISTINCT year::text AS key FROM posting WHERE unit_id = :duplicate ORDER BY 1")

LEFT: dict[Kept, TextClause] = {
    "participation": PARTICIPATION_LEFT,
    "focal_person": FOCAL_PERSONS_LEFT,
    "unit_standard": UNIT_STANDARDS_LEFT,
    "fact_sheet": FACT_SHEETS_LEFT,
    "pack": PACKS_LEFT,
    "posting": POSTINGS_LEFT,
}


async def merge(db: AsyncSession, duplicate: Unit, survivor: Unit, reason: str, *, by: UUID) -> UnitMerged:
    """Close the duplicate for good and let everything follow that the survivor does not have of its own."""
    duplicate.merge_into(survivor, reason)
    survivor.version += 1
    await db.flush()
    both: dict[str, Any] = {"duplicate": duplicate.id, "survivor": survivor.id}
    followed = {
        "catchment": await _serve(db, duplicate, survivor),
        "aliases": len(await _all(db, ALIASES, both)) + 1,
        "external_ids": len(await _all(db, EXTERNAL_IDS, both)),
    }
    add_alias(db, survivor, duplicate.code, reason)
    participations = await _all(db, PARTICIPATION, both)
    followed["participation"] = len(participations)
    followed["focal_persons"] = len(await _all(db, FOCAL_PERSONS, both))
    followed["unit_standards"] = len(await _all(db, UNIT_STANDARDS, both))
    followed["fact_sheets"] = len(await _all(db, FACT_SHEETS, both))
    followed["packs"] = len(await _all(db, PACKS, both))
    followed["postings"] = len(await _all(db, POSTINGS, both))
    followed["grants"] = await move_grants(db, duplicate.code, survivor, by=by)
    record(db, "unit", duplicate.code, "merged", by=by, into=survivor.code, reason=reason)
    record(db, "unit", survivor.code, "took_in", by=by, code=duplicate.code, reason=reason, followed=followed)
    earlier = await redirect_merged(db, duplicate.code, survivor.code)
    await tell_units(db, [duplicate, survivor, *earlier])
    await tell_participations(db, participations)
    shown = (await show_units(db, [survivor]))[0]
    return UnitMerged(unit=shown, merged=duplicate.code, followed=followed, left=await _left(db, both))


async def redirect_merged(db: AsyncSession, old_code: str, code: str) -> list[Unit]:
    """Let duplicates that were merged into a unit say by which code it is found from now on; the caller tells them."""
    statement = select(Unit).where(col(Unit.merged_into) == old_code).order_by(col(Unit.id)).with_for_update()
    earlier = list(await db.scalars(statement.execution_options(populate_existing=True)))
    for unit in earlier:
        unit.merged_into = code
        unit.version += 1
    return earlier


async def _serve(db: AsyncSession, duplicate: Unit, survivor: Unit) -> int:
    """The survivor serves what the duplicate did, the duplicate's own area too where that stands and is another one."""
    if not (await get_kind(db, survivor.kind)).has_catchment:
        return 0
    home = survivor.area_code if MARK in duplicate.area_code else duplicate.area_code
    areas = {"duplicates_area": home, "survivors_area": survivor.area_code}
    added = await _all(db, SERVE_TOO, areas | {"duplicate": duplicate.id, "survivor": survivor.id})
    await db.execute(SERVE_NO_MORE, {"duplicate": duplicate.id})
    return len(added)


async def _left(db: AsyncSession, both: dict[str, Any]) -> list[KeptBack]:
    left = [
        KeptBack(what="external_id", key=row.key, kept=row.kept, left=row.left)
        for row in await db.execute(EXTERNAL_IDS_LEFT, both)
    ]
    duplicate = {"duplicate": both["duplicate"]}
    for what, statement in LEFT.items():
        left += [KeptBack(what=what, key=key) for key in await _all(db, statement, duplicate)]
    return left


async def _all(db: AsyncSession, statement: TextClause, values: dict[str, Any]) -> Sequence[Any]:
    found: Sequence[Any] = (await db.scalars(statement, values)).all()
    return found
