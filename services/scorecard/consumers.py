"""What this service takes from others' events: the registry's areas, what became of them, and units."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.areas import Area, Unit
from services.scorecard.history.models import keep_succession
from services.scorecard.rounds.queries import PLANNING, plan_units
from services.scorecard.scorecards.following import follow_units
from shared.consumers import Consumers
from shared.events.registry import AreaSucceeded, UnitChanged
from shared.registry_copy import apply_changes, keep_areas

consumers = Consumers()
keep_areas(consumers, Area)
consumers.on_envelope(AreaSucceeded)(keep_succession)


@consumers.on_batch(UnitChanged)
async def copy_units(db: AsyncSession, events: Sequence[UnitChanged]) -> None:
    """Keep the units current; one that appears while a round is open takes part in it, one that moves is followed."""
    await db.execute(PLANNING)
    await apply_changes(db, Unit, events)
    unit_ids = [event.id for event in events]
    await follow_units(db, unit_ids)
    await plan_units(db, unit_ids)
