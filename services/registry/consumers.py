"""What the registry takes from the other services: on which day an API key was last used."""

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.api_keys.models import ApiKey
from shared.consumers import Consumers
from shared.events import Envelope, KeyUsed
from shared.events.budget import BudgetKeyUsed
from shared.events.jaap import JaapKeyUsed
from shared.events.registry import RegistryKeyUsed
from shared.events.scorecard import ScorecardKeyUsed

consumers = Consumers()


@consumers.on_envelope(RegistryKeyUsed, ScorecardKeyUsed, JaapKeyUsed, BudgetKeyUsed)
async def note_use(db: AsyncSession, envelope: Envelope) -> None:
    """Keep the latest day, in whichever order they come."""
    event = envelope.event
    assert isinstance(event, KeyUsed)
    latest = func.greatest(col(ApiKey.last_used_on), event.used_on)
    await db.execute(update(ApiKey).where(col(ApiKey.id) == event.key_id).values(last_used_on=latest))
