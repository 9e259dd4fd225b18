"""Reads of packs that the API, the page and posters share."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.packs.models import Pack
from services.registry.packs.schemas import UnitPacks
from services.registry.units.models import Unit
from shared.errors import Gone, Invalid, NotFound


async def find_pack(db: AsyncSession, unit_id: UUID, year: int | None, version: int | None) -> Pack | None:
    """A unit's pack: without a version the current one, without a year that of the last year that has one.

    It may be withdrawn where a version is named.
    """
    statement = select(Pack).where(col(Pack.unit_id) == unit_id)
    if year is not None:
        statement = statement.where(col(Pack.year) == year)
    statement = statement.where(col(Pack.current) if version is None else col(Pack.version) == version)
    found: Pack | None = await db.scalar(statement.order_by(col(Pack.year).desc()).limit(1))
    return found


async def get_pack(db: AsyncSession, unit: Unit, year: int | None = None, version: int | None = None) -> Pack:
    """A unit's pack that citizens may read. Raises NotFound, Gone where it was withdrawn, Invalid without the year."""
    if version is not None and year is None:
        raise Invalid.field(
            "query/year",
            "year_required",
            en="Each year counts its versions from 1: say of which year.",
            km="លេខកំណែរាប់ពី ១ សម្រាប់ឆ្នាំនីមួយៗ៖ សូមបញ្ជាក់ឆ្នាំ។",
        )
    pack = await find_pack(db, unit.id, year, version)
    if pack is not None and pack.withdrawn_at is None:
        return pack
    if pack is not None or (version is None and await last_pack(db, unit.id, year)):
        raise Gone(
            "pack_withdrawn",
            en=f"The pack of {unit.code} was withdrawn; GET /units/{unit.code}/packs says why.",
            km=f"កញ្ចប់ព័ត៌មានរបស់ {unit.code} ត្រូវបានដកវិញ; សូមមើលមូលហេតុតាម GET /units/{unit.code}/packs។",
        )
    which_en, which_km = f" {version}" if version else "", f"កំណែទី {version}" if version else ""
    raise NotFound(
        "pack_not_found",
        en=f"No pack{which_en} of {unit.code} has been published{f' for {year}' if year else ''}.",
        km=f"មិនទាន់មានកញ្ចប់ព័ត៌មាន{which_km}របស់ {unit.code} ត្រូវបានផ្សព្វផ្សាយ{f'សម្រាប់ឆ្នាំ {year} ' if year else ''}ទេ។",
    )


async def last_pack(db: AsyncSession, unit_id: UUID, year: int | None) -> Pack | None:
    """The last version that was ever published of a unit's year, or of its last year."""
    statement = select(Pack).where(col(Pack.unit_id) == unit_id)
    if year is not None:
        statement = statement.where(col(Pack.year) == year)
    found: Pack | None = await db.scalar(statement.order_by(col(Pack.year).desc(), col(Pack.version).desc()).limit(1))
    return found


async def current_years(db: AsyncSession, unit_id: UUID) -> Sequence[int]:
    """The years of which citizens may read a pack, the newest first."""
    statement = select(col(Pack.year)).where(col(Pack.unit_id) == unit_id, col(Pack.current))
    return (await db.scalars(statement.order_by(col(Pack.year).desc()))).all()


async def shown_packs(db: AsyncSession, unit_ids: Sequence[UUID]) -> dict[UUID, UnitPacks]:
    """What the change feed tells of units: the packs that citizens are shown, without their content."""
    statement: Select[*tuple[Any, ...]] = (
        select(col(Unit.id), col(Unit.code), col(Pack.year), col(Pack.version), col(Pack.published_at), col(Pack.facts))
        .join(Pack, (col(Pack.unit_id) == col(Unit.id)) & col(Pack.current))
        .where(col(Unit.id).in_(unit_ids))
        .order_by(col(Unit.id), col(Pack.year).desc())
    )
    rows = groupby(await db.execute(statement), key=lambda row: (row.id, row.code))
    return {unit_id: UnitPacks.of(unit_id, code, packs) for (unit_id, code), packs in rows}
