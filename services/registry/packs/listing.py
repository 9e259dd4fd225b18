"""What the page lists for who comes without a QR code: areas down to a commune, its units, or what a name finds."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.reported import REPORTED_LEVELS
from services.registry.packs.models import Pack
from services.registry.search.queries import Scope, find_hits
from services.registry.search.reading import readings
from services.registry.search.schemas import Hit
from services.registry.units.lists import named_like
from services.registry.units.models import Unit
from shared.registry_copy import under

MOST, MOST_AREAS = 100, 20
COMMUNE_LENGTH = 6
OF_UNIT = select(func.max(col(Pack.year))).where(col(Pack.unit_id) == col(Unit.id), col(Pack.current)).scalar_subquery()
"""The last year of which a unit has a pack."""


async def read_list(db: AsyncSession, q: str, area: str) -> dict[str, Any]:
    """What the template lists: place, above, areas, units and whether there are more."""
    if q.strip():
        found = await _units(db, named_like(q))
        areas = await _areas_named(db, q)
        return {"place": None, "above": [], "areas": areas, "units": found[:MOST], "more": len(found) > MOST}
    path = await _path(db, area)
    place = path[-1] if path else None
    code = place.code if place else ""
    if len(code) >= COMMUNE_LENGTH:
        areas, units = [], await _units(db, col(Unit.area_code) == code)
    else:
        below = select(Area).where(col(Area.status) == "open", func.length(col(Area.code)) == len(code) + 2)
        areas = list(await db.scalars(under(below, col(Area.code), code).order_by(col(Area.code))))
        units = await _units(db, col(Unit.area_code) == code) if code else []
    above = [{"code": ""}, *path[:-1]] if path else []
    return {"place": place, "above": above, "areas": areas, "units": units[:MOST], "more": len(units) > MOST}


async def _units(db: AsyncSession, condition: Any) -> list[Any]:
    statement: Select[Any] = select(col(Unit.code), col(Unit.name_km), col(Unit.name_en), OF_UNIT.label("year"))
    statement = statement.where(col(Unit.status) == "open", condition).order_by(col(Unit.code)).limit(MOST + 1)
    return list((await db.execute(statement)).all())


async def _areas_named(db: AsyncSession, q: str) -> list[Hit]:
    """Provinces, districts and communes as the search for areas finds them."""
    words = await db.scalar(select(func.place_words(q)))
    hits = await find_hits(db, readings(words or ""), Scope(level=None, area="", closed=False), MOST_AREAS)
    return [hit for hit in hits if hit.level in REPORTED_LEVELS]


async def _path(db: AsyncSession, area: str) -> list[Area]:
    """The open areas from the province down to the one named; none where there is no such area."""
    codes = [area[:length] for length in range(2, min(len(area), COMMUNE_LENGTH) + 1, 2)]
    if not area.isascii() or not area.isdecimal():
        return []
    found = select(Area).where(col(Area.code).in_(codes), col(Area.status) == "open").order_by(col(Area.code))
    return list(await db.scalars(found))
