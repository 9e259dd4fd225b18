"""Reads of actions that are used twice."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.jaap.actions.models import Action
from shared.errors import NotFound


async def find_action(db: AsyncSession, action_id: UUID) -> Action | None:
    """The action of an id that a client made."""
    action: Action | None = await db.scalar(select(Action).where(col(Action.id) == action_id))
    return action


async def get_action(db: AsyncSession, action_id: UUID, *, lock: bool = False) -> Action:
    """The action. Raises NotFound."""
    statement = select(Action).where(col(Action.id) == action_id)
    action = await db.scalar(statement.with_for_update() if lock else statement)
    if action is None:
        raise NotFound("action_not_found", en="There is no such action.", km="រកមិនឃើញសកម្មភាពនេះទេ។")
    return action
