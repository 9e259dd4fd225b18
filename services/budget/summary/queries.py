"""The sums, each one range scan over an area's codes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.allocations.models import Allocation
from services.budget.areas import Area
from services.budget.envelopes.models import Envelope
from services.budget.fund_sources.models import FundSource
from services.budget.requests.models import FundingRequest
from services.budget.summary.schemas import ChildTotals, SourceTotals
from shared.areas import LEVELS
from shared.registry_copy import under


def total(column: Any) -> ColumnElement[Any]:
    """The sum of a column of riel, 0 for no rows; wide enough for any number of them."""
    return func.coalesce(func.sum(column), 0)


async def requests_by_child(db: AsyncSession, year: int, area: str) -> dict[str, tuple[int, int]]:
    """What was asked and allocated, by the area one level below (the area itself where there is none)."""
    child = func.left(col(FundingRequest.area_code), len(area) + 2).label("child")
    statement = (
        select(child, total(col(FundingRequest.amount)), total(col(FundingRequest.allocated)))
        .where(col(FundingRequest.year) == year, col(FundingRequest.status) != "withdrawn")
        .group_by(child)
    )
    rows = await _rows(db, under(statement, col(FundingRequest.area_code), area))
    return {code: (int(asked), int(allocated)) for code, asked, allocated in rows}


async def envelopes_by_source(db: AsyncSession, year: int, area: str) -> dict[str, tuple[int, int]]:
    """What bodies in an area set aside, and how much of it is allocated, by source of funds."""
    statement = (
        select(col(Envelope.fund_source), total(col(Envelope.amount)), total(col(Envelope.allocated)))
        .where(col(Envelope.year) == year)
        .group_by(col(Envelope.fund_source))
    )
    rows = await _rows(db, under(statement, col(Envelope.area_code), area))
    return {source: (int(amount), int(allocated)) for source, amount, allocated in rows}


async def allocations_by_source(db: AsyncSession, year: int, area: str) -> dict[str, int]:
    """What actions in an area were given, by source of funds."""
    statement = (
        select(col(Allocation.fund_source), total(col(Allocation.amount)))
        .where(col(Allocation.year) == year, col(Allocation.released_at).is_(None))
        .group_by(col(Allocation.fund_source))
    )
    rows = await _rows(db, under(statement, col(Allocation.area_code), area))
    return {source: int(amount) for source, amount in rows}


async def by_source(db: AsyncSession, held: dict[str, tuple[int, int]], given: dict[str, int]) -> list[SourceTotals]:
    """The sources that hold or gave something, in the order of the strategy."""
    codes = await db.scalars(select(col(FundSource.code)).order_by(col(FundSource.position)))
    return [
        SourceTotals(fund_source=code, envelopes=held.get(code, (0, 0))[0], allocated=given.get(code, 0))
        for code in codes
        if code in held or code in given
    ]


async def _rows(db: AsyncSession, statement: Any) -> Sequence[Any]:
    return (await db.execute(statement)).all()


async def children(db: AsyncSession, area: str, sums: dict[str, tuple[int, int]]) -> list[ChildTotals]:
    """The areas one level below with their sums, down to communes; those without a request too."""
    depth = len(area) // 2
    if depth >= LEVELS.index("commune") + 1:
        return []
    statement = under(select(Area), col(Area.code), area).where(
        col(Area.level) == LEVELS[depth], col(Area.status) == "open"
    )
    names = {row.code: row for row in await db.scalars(statement)}
    return [
        ChildTotals(
            area_code=code,
            name_km=names[code].name_km if code in names else code,
            name_en=names[code].name_en if code in names else code,
            asked=sums.get(code, (0, 0))[0],
            allocated=sums.get(code, (0, 0))[1],
            unfunded=sums[code][0] - sums[code][1] if code in sums else 0,
        )
        for code in sorted(names.keys() | sums.keys())
    ]
