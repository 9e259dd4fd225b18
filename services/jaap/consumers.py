"""What this service does when others tell something."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.jaap.areas import Unit
from services.jaap.funding.allocations import note_made, note_released
from services.jaap.plans.agenda import take_back_result, take_result
from shared.consumers import Consumers
from shared.events.budget import AllocationMade, AllocationReleased
from shared.events.scorecard import ResultPublished, ResultWithdrawn
from shared.registry_copy import keep_units

consumers = Consumers()
keep_units(consumers, Unit)


@consumers.on(ResultPublished)
async def open_plan(db: AsyncSession, event: ResultPublished) -> None:
    """A unit's result opens its area's plan and fills the agenda."""
    await take_result(db, event)


@consumers.on(ResultWithdrawn)
async def clear_agenda(db: AsyncSession, event: ResultWithdrawn) -> None:
    """A withdrawn result leaves the agenda; the plan stays open."""
    await take_back_result(db, event)


@consumers.on(AllocationMade)
async def add_funds(db: AsyncSession, event: AllocationMade) -> None:
    """Allocated money raises what the action has."""
    await note_made(db, event)


@consumers.on(AllocationReleased)
async def take_funds(db: AsyncSession, event: AllocationReleased) -> None:
    """Released money lowers it."""
    await note_released(db, event)
