"""The coverage report."""

from typing import Annotated

from fastapi import Query

from services.registry.participation.coverage import read_coverage
from services.registry.participation.coverage_schemas import CoverageRead
from shared.areas import AreaScope, Level
from shared.db import Transaction
from shared.routing import Router
from shared.schemas import Year

CoverageArea = Annotated[AreaScope, Query(description="Left out, the nation", examples=["02"])]
CoverageLevel = Annotated[Level | None, Query(description="Of which areas the rows are; left out, the level below")]

router = Router(prefix="/coverage", tags=["participation"])


@router.get("")
async def show_coverage(
    year: Year, db: Transaction, area: CoverageArea = "", level: CoverageLevel = None
) -> CoverageRead:
    """How many communes, districts and units of each kind take part in a year, of how many, and from which side.

    A commune is covered when a unit in it takes part, a district or province when one of its communes is. Counted among
    the areas and units there were on the year's last day; while it is not over, among those there are today.
    """
    return await read_coverage(db, year, area, level)
