"""Reads of funding requests that more than one place needs."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.requests.models import Action, FundingRequest


async def lock_actions(db: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Action]:
    """The actions, made where they are new, locked in the order of their ids: the first rows that events lock."""
    wanted = sorted(set(ids))
    await db.execute(insert(Action).on_conflict_do_nothing(), [{"id": action_id} for action_id in wanted])
    statement = select(Action).where(col(Action.id).in_(wanted)).order_by(col(Action.id)).with_for_update()
    rows = await db.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def lock_requests(db: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, FundingRequest]:
    """The requests as they are now, locked in the order of their ids; lock them before envelopes."""
    wanted = col(FundingRequest.id).in_(set(ids))
    statement = select(FundingRequest).where(wanted).order_by(col(FundingRequest.id)).with_for_update()
    rows = await db.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def lock_requests_of_actions(db: AsyncSession, action_ids: Iterable[UUID]) -> dict[UUID, FundingRequest]:
    """All requests of some actions, locked in the order of their ids."""
    wanted = col(FundingRequest.action_id).in_(set(action_ids))
    statement = select(FundingRequest).where(wanted).order_by(col(FundingRequest.id)).with_for_update()
    rows = await db.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}
