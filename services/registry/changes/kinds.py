"""What the feed carries: for each kind, how its entities are read as the API shows them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.schemas import AreaRead
from services.registry.packs.queries import shown_packs
from services.registry.participation.queries import participations_by_id
from services.registry.participation.schemas import ParticipationRead
from services.registry.unit_kinds.models import Kind
from services.registry.unit_kinds.schemas import KindRead
from services.registry.units.models import Unit
from services.registry.units.telling import show_units

FeedKind = Literal["area", "unit", "unit_kind", "participation", "pack"]
Reader = Callable[[AsyncSession, Sequence[str]], Awaitable[dict[str, BaseModel]]]


async def read_areas(db: AsyncSession, ids: Sequence[str]) -> dict[str, BaseModel]:
    """Areas by id."""
    found = await db.scalars(select(Area).where(col(Area.id).in_([UUID(one) for one in ids])))
    return {str(area.id): AreaRead.of(area) for area in found}


async def read_units(db: AsyncSession, ids: Sequence[str]) -> dict[str, BaseModel]:
    """Units by id."""
    found = (await db.scalars(select(Unit).where(col(Unit.id).in_([UUID(one) for one in ids])))).all()
    return {str(unit.id): unit for unit in await show_units(db, found)}


async def read_unit_kinds(db: AsyncSession, ids: Sequence[str]) -> dict[str, BaseModel]:
    """Kinds of units by code."""
    found = await db.scalars(select(Kind).where(col(Kind.code).in_(ids)))
    return {kind.code: KindRead.of(kind) for kind in found}


async def read_participations(db: AsyncSession, ids: Sequence[str]) -> dict[str, BaseModel]:
    """Participations by id."""
    found = await participations_by_id(db, [UUID(one) for one in ids])
    return {str(row.id): ParticipationRead.of(row) for row in found}


async def read_packs(db: AsyncSession, ids: Sequence[str]) -> dict[str, BaseModel]:
    """The packs of a unit that citizens are shown, by the unit's id."""
    found = await shown_packs(db, [UUID(one) for one in ids])
    return {str(unit_id): packs for unit_id, packs in found.items()}


READERS: dict[FeedKind, Reader] = {
    "area": read_areas,
    "unit": read_units,
    "unit_kind": read_unit_kinds,
    "participation": read_participations,
    "pack": read_packs,
}
