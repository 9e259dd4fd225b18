"""This service's copy of the registry's areas and units."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.scorecard.tables import Table
from shared.areas import prefix_range
from shared.auth.permissions import Role
from shared.auth.user import DISTRICT_LENGTH, User
from shared.registry_copy import CODES, AreaCopy, UnitCopy


class Area(AreaCopy, Table, table=True):
    """An area as the registry last told."""


class Unit(UnitCopy, Table, table=True):
    """A service unit as the registry last told."""

    catchment: list[str] = Field(default=[], sa_type=CODES)
    """The communes that it serves beside its own."""


def must_cover_unit(user: User, unit: Unit) -> None:
    """Raise Forbidden unless the caller's grants reach the unit; a provider's may still name an old code of it."""
    if not any(grant.unit_code in (unit.code, *unit.aliases) for grant in user.grants):
        user.must_cover(unit.area_code, unit.code)


def must_serve(user: User, area_code: str, unit: Unit) -> None:
    """Raise Forbidden unless a facilitator's grants reach the unit's area, or a commune that it serves beside it: the
    people of that commune are met by facilitators of their own.
    """
    if not any(user.covers(served) for served in unit.catchment):
        user.must_cover(area_code)


def within_reach(user: User, area_code: Any, unit_code: Any) -> ColumnElement[bool]:
    """The rows of units that the caller's grants reach, by their columns of area and unit code.

    As Grant.covers has it; a provider's grant may still name an old code of the unit.
    """
    reached: list[ColumnElement[bool]] = [false()]
    for grant in user.grants:
        low, high = prefix_range(grant.area_code)
        inside = and_(area_code >= low, area_code < high)
        if grant.role == Role.CAF and len(grant.area_code) == DISTRICT_LENGTH:
            inside = area_code == grant.area_code
        if grant.unit_code is not None:
            present = select(col(Unit.code)).where(col(Unit.aliases).contains([grant.unit_code]))
            inside = and_(inside, or_(unit_code == grant.unit_code, unit_code.in_(present)))
        reached.append(inside)
    return or_(*reached)


async def units_of(db: AsyncSession, codes: Iterable[str]) -> dict[str, Unit]:
    """The units by the codes that scorecards bear, also closed ones; an old code has the unit that bore it."""
    wanted = sorted(set(codes))
    statement = select(Unit).where(or_(col(Unit.code).in_(wanted), col(Unit.aliases).overlap(wanted)))  # type: ignore[attr-defined]
    found = (await db.scalars(statement)).all()
    by_alias = {alias: unit for unit in found for alias in unit.aliases}
    by_code = {unit.code: unit for unit in found}
    return {code: by_code.get(code) or by_alias[code] for code in wanted}


async def names_of(db: AsyncSession, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The Khmer and English names of areas; those of an area that is no more where the code has no other bearer."""
    statement = (
        select(col(Area.code), col(Area.name_km), col(Area.name_en))
        .where(col(Area.code).in_(sorted(set(codes))))
        .order_by(col(Area.status), col(Area.id).desc())
    )
    return {code: (name_km, name_en) for code, name_km, name_en in await db.execute(statement)}
