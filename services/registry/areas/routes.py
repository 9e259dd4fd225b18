"""Reading the gazetteer's areas, as they are and as they were on any day."""

from datetime import date
from itertools import groupby
from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlalchemy import Select, select
from sqlmodel import col

from services.registry.areas.models import Area, AreaPeriod
from services.registry.areas.queries import (
    area_not_found,
    areas_by_id,
    change_references,
    find_area,
    periods_of_code,
    periods_on,
)
from services.registry.areas.schemas import AreaHistory, AreaRead, HistoryRead, PeriodRead
from shared.areas import AreaCode, Level
from shared.db import Transaction
from shared.etag import set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

Code = Annotated[str, Path(min_length=2, max_length=8, examples=["020201"])]
AsOf = Annotated[
    date | None, Query(description="As it was on this day (in Cambodia); left out, as it is", examples=["2025-06-30"])
]

router = Router(prefix="/areas", tags=["areas"])


@router.get("")
async def list_areas(
    db: Transaction,
    page: Paging,
    level: Annotated[Level | None, Query(description="Only areas of this level")] = None,
    parent: Annotated[
        AreaCode | None, Query(description="Only areas directly below this one", examples=["0202"])
    ] = None,
    as_of: AsOf = None,
) -> Page[AreaRead]:
    """The open areas by code. A village code can appear more than once: the `id` tells them apart.

    With `as_of`, the areas that were open on that day, as they were. A day to come shows them as they are now: what is
    ordered for it stands in /area-changes.
    """
    if as_of is not None:
        past = _narrowed(periods_on(as_of), AreaPeriod, level, parent)
        keys = [col(AreaPeriod.code), col(AreaPeriod.area_id)]
        return await paginate(db, past, page, keys=keys, read=AreaRead.of_period)
    statement = _narrowed(select(Area).where(col(Area.status) == "open"), Area, level, parent)
    return await paginate(db, statement, page, keys=[col(Area.code), col(Area.id)], read=AreaRead.of)


@router.get("/{code}")
async def read_area(code: Code, db: Transaction, response: Response, as_of: AsOf = None) -> AreaRead:
    """The area of a code, on a day or now; where villages share one, the one that was registered first.

    A code that nobody bears any more leads to the area that bore it last.
    """
    if as_of is not None:
        statement = periods_on(as_of).where(col(AreaPeriod.code) == code).order_by(col(AreaPeriod.area_id)).limit(1)
        period: AreaPeriod | None = await db.scalar(statement)
        if period is None:
            raise area_not_found(code, as_of)
        return AreaRead.of_period(period)
    area = await find_area(db, code)
    if area is None:
        raise area_not_found(code)
    set_etag(response, area.version)
    return AreaRead.of(area)


@router.get("/{code}/history")
async def read_area_history(code: Code, db: Transaction) -> HistoryRead:
    """Every area that ever bore a code, with all its states and the changes that made and ended them.

    A period whose two days are the same was overtaken on its first day.
    """
    periods = await periods_of_code(db, code)
    if not periods:
        raise area_not_found(code)
    changes = await change_references(db, periods)
    now = {area.id: area for area in await areas_by_id(db, list({period.area_id for period in periods}))}
    areas = [
        AreaHistory(area=AreaRead.of(now[area_id]), periods=[PeriodRead.of(period, changes) for period in some])
        for area_id, some in groupby(periods, key=lambda period: period.area_id)
    ]
    return HistoryRead(code=code, areas=areas)


def _narrowed(statement: Select[Any], table: Any, level: Level | None, parent: str | None) -> Select[Any]:
    if level is not None:
        statement = statement.where(col(table.level) == level)
    if parent is not None:
        statement = statement.where(col(table.parent_code) == parent)
    return statement
