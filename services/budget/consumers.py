"""What budget does when other services tell something."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.budget.allocations.queries import withdraw_actions
from services.budget.areas import Area
from services.budget.requests.models import FundingRequest
from services.budget.requests.queries import lock_actions
from shared.consumers import Consumers
from shared.events.jaap import ActionChanged, FundingRequested
from shared.registry_copy import keep_areas

consumers = Consumers()
keep_areas(consumers, Area)


@consumers.on_batch(FundingRequested)
async def receive_requests(db: AsyncSession, events: Sequence[FundingRequested]) -> None:
    """Keep what actions ask for; a request that comes after its action was dropped arrives withdrawn."""
    actions = await lock_actions(db, [event.action_id for event in events])
    rows = [
        FundingRequest(
            id=event.request_id,
            **event.model_dump(exclude={"request_id"}),
            status="withdrawn" if actions[event.action_id].dropped_at else "open",
        ).model_dump()
        for event in events
    ]
    await db.execute(insert(FundingRequest).on_conflict_do_nothing(), rows)


@consumers.on_batch(ActionChanged)
async def follow_actions(db: AsyncSession, events: Sequence[ActionChanged]) -> None:
    """A dropped action gets no money: its requests are withdrawn and what it was given goes back."""
    dropped = {event.action_id: event.drop_reason or "dropped" for event in events if event.status == "dropped"}
    if dropped:
        await withdraw_actions(db, dropped)
