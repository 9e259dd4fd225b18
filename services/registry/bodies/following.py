"""What becomes of bodies when areas end. (They go where their area goes, see areas/records.py.)"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record_all
from services.registry.duties.keeping import keep_duties

END = text(
    """
    UPDATE body SET dissolved_on = greatest(area.valid_from, body.recognised_on), dissolution_reason = :reason,
                    version = body.version + 1
    FROM area
    WHERE area.id = ANY(CAST(:ids AS uuid[])) AND body.area_id = area.id AND body.dissolved_on IS NULL
    RETURNING body.id, area.code
    """
)
REASON = "តំបន់នេះលែងមានទៀតហើយ / The area ended."


async def end_with_areas(db: AsyncSession, areas: Sequence[Any], *, by: UUID | None) -> None:
    """Dissolve the bodies of areas that have ended, on that day.

    What comes in the place of an area has a council and committees of its own, which are recognised anew.
    """
    ended = [area.id for area in areas if area.status == "closed"]
    if ended:
        dissolved = (await db.execute(END, {"ids": ended, "reason": REASON})).all()
        if dissolved:
            await keep_duties(db, [body.id for body in dissolved])
            entries = [(str(body.id), "ended_with_area", {"area_code": body.code}) for body in dissolved]
            await record_all(db, "body", entries, by=by)
