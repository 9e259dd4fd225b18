"""Reads of fiscal years that more than one place needs."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.fiscal_years.models import FiscalYear
from shared.errors import Invalid, NotFound


async def get_fiscal_year(db: AsyncSession, year: int, *, lock: bool = False) -> FiscalYear:
    """A fiscal year. Raises NotFound."""
    statement = select(FiscalYear).where(col(FiscalYear.year) == year)
    found: FiscalYear | None = await db.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(
            "fiscal_year_not_found",
            en=f"The fiscal year {year} has not been opened.",
            km=f"ឆ្នាំសារពើពន្ធ {year} មិនទាន់បានបើកទេ។",
        )
    return found


async def must_be_fiscal_year(db: AsyncSession, year: int) -> None:
    """Raise Invalid naming the field when a year has not been opened."""
    if await db.get(FiscalYear, year) is None:
        raise Invalid.field(
            "/year",
            "fiscal_year_unknown",
            en=f"The fiscal year {year} has not been opened.",
            km=f"ឆ្នាំសារពើពន្ធ {year} មិនទាន់បានបើកទេ។",
        )
