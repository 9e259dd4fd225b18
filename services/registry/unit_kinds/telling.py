"""Telling of changed kinds by the change feed; everybody gets them."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes
from services.registry.unit_kinds.models import Kind

NATION = ""


async def tell_kind(db: AsyncSession, kind: Kind) -> None:
    """Put a kind at the feed's end, last in its transaction; an inactive one stays there, as its units do."""
    await db.flush()
    await record_changes(db, [Changed("unit_kind", kind.code, [NATION])])
