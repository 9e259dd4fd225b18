"""How budget's allocations reach an action."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.jaap.actions.models import Action
from services.jaap.actions.queries import get_action
from services.jaap.funding.models import Allocation, AllocationState
from shared.events.budget import AllocationMade, AllocationReleased
from shared.outbox import emit


async def note_made(db: AsyncSession, event: AllocationMade) -> None:
    """Count the allocation, unless its release was heard before."""
    action = await get_action(db, event.action_id, lock=True)
    await db.execute(_row(event, "made").on_conflict_do_nothing())
    await _sum_up(db, action)


async def note_released(db: AsyncSession, event: AllocationReleased) -> None:
    """Count the allocation no more, and never again."""
    action = await get_action(db, event.action_id, lock=True)
    row = _row(event, "released")
    await db.execute(row.on_conflict_do_update(index_elements=["id"], set_={"state": row.excluded.state}))
    await _sum_up(db, action)


def _row(event: AllocationMade | AllocationReleased, state: AllocationState) -> Insert:
    return insert(Allocation).values(
        id=event.allocation_id,
        action_id=event.action_id,
        request_id=event.request_id,
        amount=event.amount,
        state=state,
    )


async def _sum_up(db: AsyncSession, action: Action) -> None:
    """Set what the action has to the sum of the allocations that stand, so that no order or repeat can bend it."""
    standing = select(func.coalesce(func.sum(col(Allocation.amount)), 0)).where(
        col(Allocation.action_id) == action.id, col(Allocation.state) == "made"
    )
    changed = action.set_funds(int(await db.scalar(standing) or 0))
    if changed is not None:
        await emit(db, changed)
