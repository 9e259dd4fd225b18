"""Registering and keeping service units."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlmodel import col

from services.registry.areas.queries import get_open_area
from services.registry.units.models import Unit
from services.registry.units.queries import free_code, get_unit
from services.registry.units.schemas import UnitClosing, UnitInput, UnitPatch, UnitRead
from services.registry.units.telling import tell_units
from shared.areas import AreaScope, UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import Matching, set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

UnitWriter = Annotated[User, Depends(Requires(Permission.UNIT_WRITE))]

router = Router(prefix="/units", tags=["units"])


@router.get("")
async def list_units(
    db: Transaction,
    page: Paging,
    area: Annotated[AreaScope, Query(description="Only units in this area and below", examples=["0202"])] = "",
    kind: Annotated[UnitKind | None, Query()] = None,
) -> Page[UnitRead]:
    """The service units of an area, closed ones among them, in the order of their codes."""
    statement = under(select(Unit), col(Unit.area_code), area) if area else select(Unit)
    if kind is not None:
        statement = statement.where(col(Unit.kind) == kind)
    return await paginate(db, statement, page, keys=[col(Unit.code)], read=UnitRead.of)


@router.post("", status_code=201)
async def create_unit(body: UnitInput, user: UnitWriter, db: Transaction, response: Response) -> UnitRead:
    """Register a service unit in a commune; without a code it gets the commune's next free one."""
    user.must_cover(body.area_code)
    area = await get_open_area(db, body.area_code, lock=True)
    code = await free_code(db, body.kind, area.code, body.code)
    unit = Unit(code=code, kind=body.kind, area_code=area.code, name_km=body.name_km, name_en=body.name_en)
    db.add(unit)
    await db.flush()
    await tell_units(db, [unit])
    set_etag(response, unit.version)
    return UnitRead.of(unit)


@router.get("/{code}")
async def read_unit(code: UnitCode, db: Transaction, response: Response) -> UnitRead:
    """One service unit."""
    unit = await get_unit(db, code)
    set_etag(response, unit.version)
    return UnitRead.of(unit)


@router.patch("/{code}")
async def update_unit(
    code: UnitCode, body: UnitPatch, user: UnitWriter, if_match: Matching, db: Transaction, response: Response
) -> UnitRead:
    """Rename a service unit."""
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    if_match.must_match(unit.version)
    unit.rename(name_km=body.name_km, name_en=body.name_en)
    await tell_units(db, [unit])
    set_etag(response, unit.version)
    return UnitRead.of(unit)


@router.post("/{code}:close")
async def close_unit(
    code: UnitCode, body: UnitClosing, user: UnitWriter, db: Transaction, response: Response
) -> UnitRead:
    """Take a service unit out of use; it stays readable, and its code is not given again."""
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    unit.close(body.reason)
    await tell_units(db, [unit])
    set_etag(response, unit.version)
    return UnitRead.of(unit)
