"""Asked, allocated, unfunded, and who pays."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.budget.areas import Area
from services.budget.summary.queries import (
    allocations_by_source,
    by_source,
    children,
    envelopes_by_source,
    requests_by_child,
)
from services.budget.summary.schemas import Summary
from shared.areas import AreaScope
from shared.db import Transaction
from shared.registry_copy import area_unknown, find_area
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/summary", tags=["summary"])


@router.get("")
async def read_summary(db: Transaction, year: Year, area: AreaScope = "") -> Summary:
    """An area's money in a year: what its actions asked for and were given, what bodies set aside, who pays."""
    await must_be_known(db, area)
    sums = await requests_by_child(db, year, area)
    asked = sum(asked for asked, _ in sums.values())
    allocated = sum(allocated for _, allocated in sums.values())
    held = await envelopes_by_source(db, year, area)
    given = await allocations_by_source(db, year, area)
    return Summary(
        year=year,
        area_code=area,
        asked=asked,
        allocated=allocated,
        unfunded=asked - allocated,
        envelopes_total=sum(amount for amount, _ in held.values()),
        envelopes_available=sum(amount - used for amount, used in held.values()),
        by_source=await by_source(db, held, given),
        by_child=await children(db, area, sums),
    )


async def must_be_known(db: AsyncSession, area: str) -> None:
    """Raise Invalid when the gazetteer, past or present, has no such area."""
    if area and await find_area(db, Area, area) is None:
        raise area_unknown(area, "query/area")
