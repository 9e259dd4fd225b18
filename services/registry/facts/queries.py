"""Reads of facts that routes, imports and packs share, and the locks under which they are written."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.facts.models import FactSheet, SheetStatus
from services.registry.units.models import Unit
from shared.errors import NotFound
from shared.registry_copy import under

ONE = text("SELECT pg_advisory_xact_lock_shared(hashtext('registry.facts'))")
MANY = text("SELECT pg_advisory_xact_lock(hashtext('registry.facts'))")
"""Whoever writes many waits for those who write one, and they for it: it reads first what it will write."""
LOCK_UNITS = text("SELECT id FROM unit WHERE code = ANY(CAST(:codes AS text[])) ORDER BY id FOR UPDATE")
"""In one order, so that those who lock several wait for each other in a line and not in a circle."""
COUNT: ColumnElement[int] = literal_column("(SELECT count(*) FROM jsonb_object_keys(fact_sheet.facts))").label("facts")


async def find_sheet(db: AsyncSession, unit_id: UUID, year: int) -> FactSheet | None:
    """The facts of a unit's year; whoever changes them holds the unit's lock."""
    statement = select(FactSheet).where(col(FactSheet.unit_id) == unit_id, col(FactSheet.year) == year)
    found: FactSheet | None = await db.scalar(statement.execution_options(populate_existing=True))
    return found


async def get_sheet(db: AsyncSession, unit: Unit, year: int) -> FactSheet:
    """The facts of a unit's year. Raises NotFound."""
    sheet = await find_sheet(db, unit.id, year)
    if sheet is None:
        raise NotFound(
            "facts_not_found",
            en=f"Nothing was entered of {unit.code} in {year}.",
            km=f"មិនទាន់មានការបញ្ចូលទិន្នន័យរបស់ {unit.code} សម្រាប់ឆ្នាំ {year} ទេ។",
        )
    return sheet


async def approved_facts(
    db: AsyncSession, unit_ids: Sequence[UUID], years: Sequence[int]
) -> dict[tuple[UUID, int], dict[str, dict[str, Any]]]:
    """Facts by data element that were approved, by unit and year."""
    statement = select(col(FactSheet.unit_id), col(FactSheet.year), col(FactSheet.facts)).where(
        col(FactSheet.unit_id).in_(unit_ids), col(FactSheet.year).in_(years), col(FactSheet.status) == "approved"
    )
    return {(row.unit_id, row.year): row.facts for row in await db.execute(statement)}


def sheets_of(year: int, area: str, kind: str | None, status: SheetStatus | None) -> Select[*tuple[Any, ...]]:
    """The units of an area of which something was entered for a year, as FactSheetItem shows them."""
    statement: Select[*tuple[Any, ...]] = (
        select(
            col(Unit.code).label("unit_code"), col(Unit.kind), col(Unit.area_code), col(Unit.name_km),
            col(Unit.name_en), col(FactSheet.year), col(FactSheet.status), COUNT,
            col(FactSheet.submitted_by), col(FactSheet.submitted_at), col(FactSheet.version),
        )
        .join(Unit, col(Unit.id) == col(FactSheet.unit_id))
        .where(col(FactSheet.year) == year)
    )  # fmt: skip
    if kind is not None:
        statement = statement.where(col(Unit.kind) == kind)
    if status is not None:
        statement = statement.where(col(FactSheet.status) == status)
    return under(statement, col(Unit.area_code), area)
