"""Reading the gazetteer's areas."""

from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy import select
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.queries import find_area
from services.registry.areas.schemas import AreaRead
from shared.areas import AreaCode, Level
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(prefix="/areas", tags=["areas"])


@router.get("")
async def list_areas(
    db: Transaction,
    page: Paging,
    level: Annotated[Level | None, Query(description="Only areas of this level")] = None,
    parent: Annotated[
        AreaCode | None, Query(description="Only areas directly below this one", examples=["0202"])
    ] = None,
) -> Page[AreaRead]:
    """The open areas by code. A village code can appear more than once: the `id` tells them apart."""
    statement = select(Area).where(col(Area.status) == "open")
    if level is not None:
        statement = statement.where(col(Area.level) == level)
    if parent is not None:
        statement = statement.where(col(Area.parent_code) == parent)
    return await paginate(db, statement, page, keys=[col(Area.code), col(Area.id)], read=AreaRead.of)


@router.get("/{code}")
async def read_area(
    code: Annotated[str, Path(min_length=2, max_length=8, examples=["020201"])], db: Transaction, response: Response
) -> AreaRead:
    """The area of a code; where villages share one, the one that was registered first."""
    area = await find_area(db, code)
    if area is None:
        raise NotFound(
            "area_not_found", en=f"There is no area with the code {code}.", km=f"រកមិនឃើញតំបន់ដែលមានលេខកូដ {code} ទេ។"
        )
    set_etag(response, area.version)
    return AreaRead.of(area)
