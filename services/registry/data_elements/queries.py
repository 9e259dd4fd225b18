"""Reads of data elements that facts and packs share."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.data_elements.models import DataElement


async def elements_of(db: AsyncSession, kinds: Sequence[str]) -> Sequence[DataElement]:
    """The data elements that units of kinds are asked for: those of performance first, each group in its order."""
    statement = select(DataElement).where(col(DataElement.kind).in_(kinds), col(DataElement.active))
    order = (col(DataElement.kind), col(DataElement.group).desc(), col(DataElement.position), col(DataElement.code))
    return (await db.scalars(statement.order_by(*order))).all()


async def find_element(db: AsyncSession, kind: str, code: str, *, lock: bool = False) -> DataElement | None:
    """The data element of a kind by its code."""
    statement = select(DataElement).where(col(DataElement.kind) == kind, col(DataElement.code) == code)
    found: DataElement | None = await db.scalar(statement.with_for_update() if lock else statement)
    return found
