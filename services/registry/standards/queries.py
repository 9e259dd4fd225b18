"""Reads of standards that routes, imports and packs share."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.standards.models import CitizenRights, Standard, UnitStandard


async def standards_of(db: AsyncSession, kinds: Sequence[str]) -> Sequence[Standard]:
    """All standards of kinds, retired ones among them, in their order."""
    statement = select(Standard).where(col(Standard.kind).in_(kinds))
    return (await db.scalars(statement.order_by(col(Standard.kind), col(Standard.position), col(Standard.code)))).all()


async def find_standard(db: AsyncSession, kind: str, code: str, *, lock: bool = False) -> Standard | None:
    """The standard of a kind by its code."""
    statement = select(Standard).where(col(Standard.kind) == kind, col(Standard.code) == code)
    found: Standard | None = await db.scalar(statement.with_for_update() if lock else statement)
    return found


async def overrides_of(db: AsyncSession, unit_ids: Sequence[UUID]) -> Sequence[UnitStandard]:
    """What units do otherwise."""
    return (await db.scalars(select(UnitStandard).where(col(UnitStandard.unit_id).in_(unit_ids)))).all()


async def rights_of(db: AsyncSession, kinds: Sequence[str]) -> dict[str, CitizenRights]:
    """Citizens' rights by kind."""
    found = await db.scalars(select(CitizenRights).where(col(CitizenRights.kind).in_(kinds)))
    return {rights.kind: rights for rights in found}
