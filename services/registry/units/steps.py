"""What happens to a unit in its life: it closes, moves, becomes another kind, or turns out to be one with another."""

from fastapi import Response

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.participation.queries import ONE
from services.registry.participation.telling import tell_participations
from services.registry.unit_kinds.queries import get_kind
from services.registry.units.belongings import add_alias, leave_catchment, must_keep_catchment
from services.registry.units.followers import move_grants, participations_of
from services.registry.units.merging import merge, redirect_merged
from services.registry.units.queries import (
    RECODING,
    free_code,
    get_place,
    get_unit,
    lock_units,
    must_have_room,
    must_stand_in,
)
from services.registry.units.routes import UnitWriter, answer
from services.registry.units.schemas import (
    UnitClosing,
    UnitKindChange,
    UnitMerged,
    UnitMerger,
    UnitMove,
    UnitRead,
    UnitReopening,
)
from shared.areas import UnitCode
from shared.db import Transaction
from shared.etag import set_etag
from shared.routing import Router

router = Router(prefix="/units", tags=["units"])


@router.post("/{code}:close")
async def close_unit(
    code: UnitCode, body: UnitClosing, user: UnitWriter, db: Transaction, response: Response
) -> UnitRead:
    """Take a service unit out of use; it stays readable, and its code is not given again."""
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    unit.close(body.reason, body.on or today_in_cambodia())
    record(db, "unit", code, "closed", by=user.id, on=str(unit.closed_on), reason=body.reason)
    return await answer(db, unit, response)


@router.post("/{code}:reopen")
async def reopen_unit(
    code: UnitCode, body: UnitReopening, user: UnitWriter, db: Transaction, response: Response
) -> UnitRead:
    """Undo a wrong closing; not of a unit that was merged into another."""
    seen = await get_unit(db, code)
    user.must_cover(seen.area_code)
    kind = await get_kind(db, seen.kind)
    area = await get_place(db, kind, seen.area_code)
    unit = await get_unit(db, code, lock=True)
    must_stand_in(unit, area)
    undone = {"closed_on": str(unit.closed_on), "close_reason": unit.close_reason}
    unit.reopen()
    await must_have_room(db, kind, area.code, besides=unit.id)
    record(db, "unit", code, "reopened", by=user.id, reason=body.reason, **undone)
    return await answer(db, unit, response)


@router.post("/{code}:move")
async def move_unit(code: UnitCode, body: UnitMove, user: UnitWriter, db: Transaction, response: Response) -> UnitRead:
    """Move a service unit to another area of its level.

    It keeps its code, which tells where it was founded; the accounts of its providers follow.
    """
    seen = await get_unit(db, code)
    user.must_cover(seen.area_code)
    user.must_cover(body.area_code)
    kind = await get_kind(db, seen.kind)
    area = await get_place(db, kind, body.area_code)
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    left = unit.area_code
    unit.move(area.code, body.on or today_in_cambodia())
    await must_have_room(db, kind, area.code, besides=unit.id)
    await leave_catchment(db, unit)
    grants = await move_grants(db, unit.code, unit, by=user.id)
    record(
        db, "unit", code, "moved", by=user.id, **{"from": left}, to=area.code, on=str(body.on or today_in_cambodia()),
        reason=body.reason, grants=grants,
    )  # fmt: skip
    return await answer(db, unit, response)


@router.post("/{code}:change-kind")
async def change_unit_kind(
    code: UnitCode, body: UnitKindChange, user: UnitWriter, db: Transaction, response: Response
) -> UnitRead:
    """Make a service unit one of another kind, as when a health post becomes a health centre.

    It gets a code of the new kind; the old one stays as an alias by which cards and posters still find it.
    """
    await db.execute(RECODING)
    seen = await get_unit(db, code)
    user.must_cover(seen.area_code)
    kind = await get_kind(db, body.kind)
    kind.must_be_active()
    area = await get_place(db, kind, seen.area_code, pointer="/kind")
    unit = await get_unit(db, code, lock=True)
    must_stand_in(unit, area)
    await must_have_room(db, kind, area.code, besides=unit.id)
    await must_keep_catchment(db, unit, kind)
    old_kind = unit.kind
    unit.become(kind.code, await free_code(db, kind, area.code, body.code), body.on or today_in_cambodia())
    add_alias(db, unit, code, body.reason)
    earlier = await redirect_merged(db, code, unit.code)
    grants = await move_grants(db, code, unit, by=user.id)
    record(
        db, "unit", unit.code, "kind_changed", by=user.id, **{"from": code}, kind=kind.code, kind_before=old_kind,
        on=str(body.on or today_in_cambodia()), reason=body.reason, grants=grants,
    )  # fmt: skip
    shown = await answer(db, unit, response, *earlier)
    await tell_participations(db, await participations_of(db, unit.id))
    return shown


@router.post("/{code}:merge")
async def merge_unit(
    code: UnitCode, body: UnitMerger, user: UnitWriter, db: Transaction, response: Response
) -> UnitMerged:
    """Merge a duplicate into the unit that stays: everything that hangs on it follows, and its code becomes an alias.

    What the unit that stays has of its own (an id in a system, the participation of a year) is kept, and the
    duplicate's is listed in `left`. There is no way back.
    """
    await db.execute(RECODING)
    await db.execute(ONE)
    duplicate, survivor = await lock_units(db, [code, body.into])
    user.must_cover(duplicate.area_code)
    user.must_cover(survivor.area_code)
    outcome = await merge(db, duplicate, survivor, body.reason, by=user.id)
    set_etag(response, survivor.version)
    return outcome
