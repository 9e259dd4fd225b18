"""Reads of plans that are used twice or are long."""

from collections import defaultdict
from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.jaap.actions.models import Action
from services.jaap.plans.models import AgendaItem, Plan
from services.jaap.plans.schemas import PlanRead
from shared.errors import NotFound
from shared.events.jaap import ActionStatus


async def get_plan(db: AsyncSession, plan_id: UUID, *, lock: bool = False) -> Plan:
    """The plan. Raises NotFound."""
    statement = select(Plan).where(col(Plan.id) == plan_id)
    plan = await db.scalar(statement.with_for_update() if lock else statement)
    if plan is None:
        raise NotFound("plan_not_found", en="There is no such plan.", km="រកមិនឃើញផែនការសកម្មភាពរួមនេះទេ។")
    return plan


async def read_plans(db: AsyncSession, plans: Sequence[Plan]) -> list[PlanRead]:
    """The plans with their agendas and counts, in two queries however many they are."""
    ids = [plan.id for plan in plans]
    agendas: dict[UUID, list[AgendaItem]] = defaultdict(list)
    items = (
        select(AgendaItem)
        .where(col(AgendaItem.plan_id).in_(ids), col(AgendaItem.on_agenda))
        .order_by(col(AgendaItem.unit_code), col(AgendaItem.round_id), col(AgendaItem.rank))
    )
    for item in await db.scalars(items):
        agendas[item.plan_id].append(item)
    counts: dict[UUID, dict[ActionStatus, int]] = {plan_id: dict.fromkeys(get_args(ActionStatus), 0) for plan_id in ids}
    tally = (
        select(col(Action.plan_id), col(Action.status), func.count())
        .where(col(Action.plan_id).in_(ids))
        .group_by(col(Action.plan_id), col(Action.status))
    )
    for plan_id, status, count in await db.execute(tally):
        counts[plan_id][status] = count
    return [PlanRead.of(plan, agendas[plan.id], counts[plan.id]) for plan in plans]
