"""How published results become a plan and its agenda."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.jaap.plans.models import AgendaItem, Plan, PublishedResult, plan_area
from shared.events.jaap import PlanOpened
from shared.events.scorecard import ResultPublished, ResultWithdrawn
from shared.outbox import emit


async def take_result(db: AsyncSession, result: ResultPublished) -> None:
    """Open the commune's plan if it is not open, and put the unit's weakest indicators on its agenda.

    A suppressed result opens the plan all the same, with nothing on the agenda for its unit: what the group was too
    small to publish must not be readable from the plan.
    """
    plan = await open_plan(db, plan_area(result.area_code), result.year)
    if await _is_newest(db, plan, result):
        await _replace_agenda(db, plan, result.round_id, result.unit_code, [] if result.suppressed else _items(result))


async def take_back_result(db: AsyncSession, result: ResultWithdrawn) -> None:
    """Clear the agenda of a unit whose result is public no longer, unless a later version is; the plan stays open.

    The version is kept in mind, so that what was published before and arrives after it stays off the agenda.
    """
    plan = await open_plan(db, plan_area(result.area_code), result.year)
    if await _is_newest(db, plan, result):
        await _replace_agenda(db, plan, result.round_id, result.unit_code, [])


async def open_plan(db: AsyncSession, area_code: str, year: int) -> Plan:
    """The plan of the area and year, locked; opened now, and told of once, when there was none."""
    opened = await db.scalar(
        insert(Plan).values(area_code=area_code, year=year).on_conflict_do_nothing().returning(col(Plan.id))
    )
    if opened is not None:
        await emit(db, PlanOpened(plan_id=opened, year=year, area_code=area_code))
    statement = select(Plan).where(col(Plan.area_code) == area_code, col(Plan.year) == year).with_for_update()
    return (await db.scalars(statement)).one()


async def _is_newest(db: AsyncSession, plan: Plan, result: ResultPublished | ResultWithdrawn) -> bool:
    """Whether nothing later was told; of the same version, its withdrawal is later."""
    statement = insert(PublishedResult).values(
        round_id=result.round_id, unit_code=result.unit_code, plan_id=plan.id, version=result.version
    )
    newest = statement.on_conflict_do_update(
        index_elements=["round_id", "unit_code"],
        set_={"version": statement.excluded.version, "plan_id": statement.excluded.plan_id},
        where=col(PublishedResult.version) <= statement.excluded.version
        if isinstance(result, ResultWithdrawn)
        else col(PublishedResult.version) < statement.excluded.version,
    )
    return await db.scalar(newest.returning(col(PublishedResult.version))) is not None


def _items(result: ResultPublished) -> list[dict[str, Any]]:
    """The weakest indicators, weakest first, each with the groups that are worse off than others."""
    by_code = {indicator.code: indicator for indicator in result.indicators}
    return [
        {
            "indicator_code": code,
            **by_code[code].model_dump(include={"label_km", "label_en", "median", "gap"}),
            "rank": rank,
            "worse_off": [
                group.model_dump(exclude={"indicator"}) for group in result.worse_off if group.indicator == code
            ],
        }
        for rank, code in enumerate(result.weakest)
    ]


async def _replace_agenda(
    db: AsyncSession, plan: Plan, round_id: UUID, unit_code: str, items: Sequence[dict[str, Any]]
) -> None:
    """Take the unit's items of the round off the agenda, then put these on; an item that stays keeps its id."""
    of_unit = (col(AgendaItem.round_id) == round_id, col(AgendaItem.unit_code) == unit_code)
    await db.execute(update(AgendaItem).where(*of_unit).values(on_agenda=False))
    plan.version += 1
    rows = [
        {"plan_id": plan.id, "round_id": round_id, "unit_code": unit_code, "on_agenda": True, **item} for item in items
    ]
    if not rows:
        return
    statement = insert(AgendaItem)
    changing = ("label_km", "label_en", "median", "gap", "rank", "worse_off", "on_agenda")
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["plan_id", "round_id", "unit_code", "indicator_code"],
            set_={name: statement.excluded[name] for name in changing},
        ),
        rows,
    )
