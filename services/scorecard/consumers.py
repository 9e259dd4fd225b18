"""What this service takes from others' events: the registry's areas and units."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.areas import Area, Unit
from services.scorecard.rounds.queries import PLANNING, plan_units
from shared.consumers import Consumers
from shared.events.registry import UnitChanged
from shared.registry_copy import apply_changes, keep_areas

consumers = Consumers()
keep_areas(consumers, Area)


@consumers.on_batch(UnitChanged)
async def copy_units(db: AsyncSession, events: Sequence[UnitChanged]) -> None:
    """Keep the units current; one that appears while a round is open takes part in it."""
    await db.execute(PLANNING)
    await apply_changes(db, Unit, events)
    await plan_units(db, [event.id for event in events])
