"""Carrying out a change of areas, with all that follows from it, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import refusals
from services.registry.areas.country import Country, Place
from services.registry.areas.following import move_grants, move_units
from services.registry.areas.former import Former, former_of
from services.registry.areas.heirs import Heirs, heirs_of
from services.registry.areas.models import AreaChange, areas_succeeded, today_in_cambodia
from services.registry.areas.naming import codes_in, ids_in
from services.registry.areas.operations import Applied, ChangeHeader, Merge, Open, Operation, Refusal, Split
from services.registry.areas.planning import Plan, plan_change
from services.registry.areas.records import move_records
from services.registry.areas.standing import UnitMoves, borne_codes, find_unit_moves, refuse_by_the_past
from services.registry.areas.telling import tell_areas
from services.registry.areas.writing import write_areas, write_lines
from services.registry.audit.queries import record_all
from services.registry.bodies.following import end_with_areas
from services.registry.jobs import following as jobs
from services.registry.units.telling import tell_units
from shared.outbox import emit_all

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('registry.areas'))")
"""One change of areas at a time; units are registered meanwhile, save in the areas that a change locks."""
LOCK_AREAS = text("SELECT id FROM area WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
OPEN_AREAS = text(
    """
    SELECT id, code, level, parent_code, name_km, name_en, valid_from FROM area
    WHERE status = 'open' AND (
        CAST(:provinces AS text[]) IS NULL OR left(code, 2) = ANY(:provinces) OR left(parent_code, 2) = ANY(:provinces))
    ORDER BY code, id
    """
)
PROVINCES = text(
    """
    SELECT left(code, 2) FROM area WHERE id = ANY(CAST(:ids AS uuid[]))
    UNION SELECT left(parent_code, 2) FROM area WHERE id = ANY(CAST(:ids AS uuid[])) AND parent_code IS NOT NULL
    """
)
NEW_IDS = text("SELECT uuidv7() FROM generate_series(1, :number)")
OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Annotated[Operation, Field(discriminator="op")]])
"""The stored form of operations."""


async def examine_operations(
    db: AsyncSession, operations: Sequence[Operation], *, change: ChangeHeader
) -> Sequence[Refusal]:
    """Everything that stands against a change, without making it: for dry runs."""
    operations = await with_ids(db, operations)
    country = await read_country(db, operations)
    plan, *_, units = await _think(db, country, operations, change, lock=False)
    return [*plan.refusals, *units.refusals]


async def apply_operations(db: AsyncSession, operations: Sequence[Operation], *, change: ChangeHeader) -> Applied:
    """Make a change that is effective today or earlier, with all that follows from it; raise Invalid or Conflict.

    Others who change areas wait until the commit; call it last in the transaction, as it writes the feed.
    """
    if change.effective_on > today_in_cambodia():
        raise refusals.problem_of([refusals.too_late(change.effective_on)])
    operations = await with_ids(db, operations)
    recorded = recorded_change(change, operations)
    recorded.settle("applied", datetime.now(UTC))
    return await carry_out(db, recorded, operations)


def recorded_change(change: ChangeHeader, operations: Sequence[Operation]) -> AreaChange:
    """The row that keeps what was ordered."""
    return AreaChange(
        kind=change.kind,
        effective_on=change.effective_on,
        legal_reference=change.legal_reference,
        note=change.note,
        by_account_id=change.by,
        state="scheduled",
        operations=OPERATIONS.dump_python(list(operations), mode="json"),
    )


def header_of(recorded: AreaChange) -> ChangeHeader:
    """What was said of a recorded change."""
    return ChangeHeader(
        recorded.kind, recorded.effective_on, recorded.legal_reference, recorded.note, recorded.by_account_id
    )


async def carry_out(db: AsyncSession, recorded: AreaChange, operations: Sequence[Operation]) -> Applied:
    """Apply a recorded change. Raises Invalid or Conflict."""
    change = header_of(recorded)
    await db.execute(LOCK)
    country = await read_country(db, operations)
    plan, heirs, former, units = await _think(db, country, operations, change, lock=True)
    if plan.refusals or units.refusals:
        raise refusals.problem_of([*plan.refusals, *units.refusals])
    db.add(recorded)
    await db.flush()
    areas = await write_areas(db, plan, recorded.id, change.effective_on)
    lines = await write_lines(db, plan, recorded.id, change.effective_on)
    moved = await move_units(db, units.codes, heirs.of_territory)
    await move_grants(db, heirs.of_area, moved, by=change.by)
    await move_records(db, recorded.id, areas, former, by=change.by)
    await end_with_areas(db, areas, by=change.by)
    await jobs.follow_areas(db, heirs.of_area, former)
    await _write_trail(db, recorded, operations, country)
    await emit_all(db, areas_succeeded(lines))
    await tell_units(db, moved)
    await tell_areas(db, areas)
    return Applied(
        change_id=recorded.id,
        opened=tuple(place.id for place in plan.opened),
        closed=sum(not place.open for place in plan.changed),
        renamed=sum(_renamed(place) for place in plan.changed),
        recoded=sum(place.recoded for place in plan.changed),
        units=len(moved),
    )


async def read_country(db: AsyncSession, operations: Sequence[Operation] | None = None) -> Country:
    """The open areas as they are now; of those provinces alone that the operations name, as no change goes beyond."""
    provinces = None
    if operations is not None:
        ids = [area_id for operation in operations for area_id in ids_in(operation)]
        codes = {code[:2] for operation in operations for code in codes_in(operation)}
        provinces = sorted({*codes, *await db.scalars(PROVINCES, {"ids": ids})})
    return Country.of((await db.execute(OPEN_AREAS, {"provinces": provinces})).all())


async def with_ids(db: AsyncSession, operations: Sequence[Operation]) -> list[Operation]:
    """The operations with an id for each area that they open, so that later changes can name it."""
    number = sum(_opens(operation) for operation in operations)
    ids = iter((await db.scalars(NEW_IDS, {"number": number})).all() if number else [])

    def named(opened: Open) -> Open:
        return opened if opened.area_id else replace(opened, area_id=next(ids))

    def complete(operation: Operation) -> Operation:
        match operation:
            case Open():
                return named(operation)
            case Split():
                return replace(operation, into=tuple(named(part) for part in operation.into))
            case Merge(into=Open() as opened):
                return replace(operation, into=named(opened))
        return operation

    return [complete(operation) for operation in operations]


def _opens(operation: Operation) -> int:
    match operation:
        case Open():
            return 1
        case Split(into=parts):
            return len(parts)
        case Merge(into=Open()):
            return 1
    return 0


async def _think(
    db: AsyncSession, country: Country, operations: Sequence[Operation], change: ChangeHeader, *, lock: bool
) -> tuple[Plan, Heirs, Former, UnitMoves]:
    """The plan with everything that stands against it; with `lock`, nobody puts a unit into what it touches."""
    borne = await borne_codes(db, operations)
    official = change.kind == "import"
    plan = plan_change(country, operations, change.effective_on, official=official, borne=borne)
    if plan.refusals:
        return plan, Heirs({}, {}, frozenset()), Former({}, {}, {}), UnitMoves({}, [])
    if lock:
        await db.execute(LOCK_AREAS, {"ids": [place.id for place in plan.changed]})
    plan.refusals.extend(await refuse_by_the_past(db, plan, change.effective_on, official=official))
    heirs = heirs_of(plan, country)
    former = former_of(plan, heirs.still_borne)
    return plan, heirs, former, await find_unit_moves(db, plan, heirs, former, lock=lock)


def _renamed(place: Place) -> bool:
    was = place.was
    return place.open and was is not None and (was.name_km, was.name_en) != (place.name_km, place.name_en)


async def _write_trail(
    db: AsyncSession, recorded: AreaChange, operations: Sequence[Operation], country: Country
) -> None:
    """One entry for each operation, under the code of the area that it is about."""
    detail = {"change": str(recorded.id), "effective_on": str(recorded.effective_on)}
    entries = [(country.places[_about(operation)].old_code, operation.op, detail) for operation in operations]
    await record_all(db, "area", entries, by=recorded.by_account_id)


def _about(operation: Operation) -> UUID:
    area_id = operation.area_ids[0] if isinstance(operation, Merge) else operation.area_id
    assert area_id is not None
    return area_id
