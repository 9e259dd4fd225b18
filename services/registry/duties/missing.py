"""Which bodies missed which windows, body by body in the order of their areas."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.duties.queries import WindowsByKind, find_kept, find_names
from services.registry.duties.schemas import MissedWindow
from services.registry.duties.windows import Window, within

AT_ONCE = 250
"""Bodies that are looked through before asking for more."""


class Place(NamedTuple):
    """Where in the list a missed window stands."""

    area_code: str
    body_id: UUID
    window_end: date


BEGINNING = Place("", UUID(int=0), date.min)


async def find_missed(
    db: AsyncSession, due: WindowsByKind, asked: tuple[date, date], area: str, limit: int, after: Place = BEGINNING
) -> list[tuple[Place, MissedWindow]]:
    """So many missed windows of a period after one of them, each with its place in the list."""
    today = today_in_cambodia()
    over = {place: [window for window in listed if window.grace_until < today] for place, listed in due.items()}
    found: list[tuple[Any, Window]] = []
    begin = after
    while len(found) < limit:
        bodies = await find_kept(db, over, asked, area, (begin.area_code, begin.body_id), AT_ONCE)
        for body in bodies:
            mine = within(over.get((body.kind, body.level), ()), body.recognised_on, body.dissolved_on)
            missed = (window for window in mine if window.end not in body.kept)
            found += [(body, window) for window in missed if Place(body.area_code, body.id, window.end) > begin]
        if len(bodies) < AT_ONCE:
            break
        begin = Place(bodies[-1].area_code, bodies[-1].id, date.max)
    return await _shown(db, found[:limit])


async def _shown(db: AsyncSession, found: Sequence[tuple[Any, Window]]) -> list[tuple[Place, MissedWindow]]:
    names = await find_names(db, (body.id for body, _ in found))
    shown = (
        MissedWindow(
            body_id=body.id,
            kind=body.kind,
            level=body.level,
            area_code=body.area_code,
            name_km=names[body.id].name_km,
            name_en=names[body.id].name_en,
            window_start=window.start,
            window_end=window.end,
            last_met_on=names[body.id].last_met_on,
        )
        for body, window in found
    )
    places = (Place(body.area_code, body.id, window.end) for body, window in found)
    return list(zip(places, shown, strict=True))
