"""Plans, which everybody may read."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlmodel import col

from services.jaap.plans.models import Plan
from services.jaap.plans.queries import get_plan, read_plans
from services.jaap.plans.schemas import PlanRead
from shared.areas import AreaScope
from shared.db import Transaction
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/plans", tags=["plans"])


@router.get("")
async def list_plans(
    db: Transaction,
    page: Paging,
    year: Annotated[Year | None, Query(description="The plan's year", examples=[2026])] = None,
    area: Annotated[AreaScope, Query(description="Plans of this area and below", examples=["0201"])] = "",
) -> Page[PlanRead]:
    """The communes' action plans, by area code and year. A plan opens by itself with its first published result."""
    statement = under(select(Plan), col(Plan.area_code), area)
    if year is not None:
        statement = statement.where(col(Plan.year) == year)
    found: Page[Plan] = await paginate(
        db, statement, page, keys=[col(Plan.area_code), col(Plan.year)], read=lambda plan: plan
    )
    return Page(items=await read_plans(db, found.items), next_cursor=found.next_cursor)


@router.get("/{plan_id}")
async def read_plan(plan_id: UUID, db: Transaction) -> PlanRead:
    """One plan with its agenda and how many actions stand at each step."""
    return (await read_plans(db, [await get_plan(db, plan_id)]))[0]
