"""Registering and keeping service units."""

from typing import Annotated, Any

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.unit_kinds.queries import get_kind, must_know_kind
from services.registry.units.belongings import set_catchment, set_external_ids
from services.registry.units.lists import UnitFilters
from services.registry.units.models import Unit
from services.registry.units.queries import (
    free_code,
    get_by_any_code,
    get_place,
    get_unit,
    hold_areas,
    must_have_room,
)
from services.registry.units.schemas import UnitInput, UnitPatch, UnitRead
from services.registry.units.telling import show_units, tell_units
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

UnitWriter = Annotated[User, Depends(Requires(Permission.UNIT_WRITE))]
NEVER_EMPTY = ("name_km", "name_en")

router = Router(prefix="/units", tags=["units"])


@router.get("")
async def list_units(db: Transaction, page: Paging, wanted: Annotated[UnitFilters, Depends()]) -> Page[UnitRead]:
    """The service units of an area, closed ones among them, in the order of their codes."""
    await must_know_kind(db, wanted.kind)
    found = await paginate(db, wanted.statement(), page, keys=[col(Unit.code)], read=lambda unit: unit)
    return Page(items=await show_units(db, found.items), next_cursor=found.next_cursor)


@router.post("", status_code=201)
async def create_unit(body: UnitInput, user: UnitWriter, db: Transaction, response: Response) -> UnitRead:
    """Register a service unit in an area; without a code it gets the area's next free one."""
    user.must_cover(body.area_code)
    kind = await get_kind(db, body.kind)
    kind.must_be_active()
    await hold_areas(db, [body.area_code, *body.catchment])
    area = await get_place(db, kind, body.area_code)
    await must_have_room(db, kind, area.code)
    unit = Unit(
        code=await free_code(db, kind, area.code, body.code),
        kind=kind.code,
        area_code=area.code,
        **body.model_dump(include={"name_km", "name_en", "note"}),
        **_point(body),
    )
    unit.open_since(body.opened_on)
    db.add(unit)
    await db.flush()
    await set_catchment(db, unit, kind, body.catchment)
    await set_external_ids(db, unit, body.external_ids)
    record(db, "unit", unit.code, "created", by=user.id, **body.model_dump(mode="json", exclude_defaults=True))
    return await answer(db, unit, response)


@router.get("/{code}")
async def read_unit(code: UnitCode, db: Transaction, response: Response) -> UnitRead:
    """One service unit; an old code, and that of a merged duplicate, answer the unit that bears another one now."""
    unit = await get_by_any_code(db, code)
    set_etag(response, unit.version)
    return (await show_units(db, [unit]))[0]


@router.patch("/{code}")
async def update_unit(
    code: UnitCode, body: UnitPatch, user: UnitWriter, if_match: Matching, db: Transaction, response: Response
) -> UnitRead:
    """Change a service unit's names, catchment, place on the map, ids in other systems, note or opening day."""
    await hold_areas(db, body.catchment or [])
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    if_match.must_match(unit.version)
    unit.must_be_open()
    sent = body.model_dump(exclude_unset=True)
    for name in NEVER_EMPTY:
        if sent.get(name):
            setattr(unit, name, sent[name])
    if "opened_on" in sent:
        unit.open_since(body.opened_on)
    if "note" in sent:
        unit.note = body.note
    if "location" in sent:
        for name, value in _point(body).items():
            setattr(unit, name, value)
    if "catchment" in sent:
        await set_catchment(db, unit, await get_kind(db, unit.kind), body.catchment or [])
    if "external_ids" in sent:
        await set_external_ids(db, unit, body.external_ids or {})
    unit.version += 1
    record(db, "unit", unit.code, "changed", by=user.id, **body.model_dump(mode="json", exclude_unset=True))
    return await answer(db, unit, response)


async def answer(db: AsyncSession, unit: Unit, response: Response, *beside: Unit) -> UnitRead:
    """Tell a changed unit, with others that changed beside it, and show it; the end of every change."""
    await tell_units(db, [unit, *beside])
    set_etag(response, unit.version)
    return (await show_units(db, [unit]))[0]


def _point(body: UnitInput | UnitPatch) -> dict[str, Any]:
    place = body.location
    return {"latitude": place.latitude if place else None, "longitude": place.longitude if place else None}
