"""Finding areas as one types."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import func, select

from services.registry.search.queries import Scope, find_hits
from services.registry.search.reading import readings
from services.registry.search.schemas import SearchRead
from shared.areas import AreaScope, Level
from shared.db import Transaction
from shared.routing import Router

router = Router(prefix="/areas", tags=["areas"])


@router.get("/search")
async def search_areas(
    db: Transaction,
    q: Annotated[
        str,
        Query(max_length=100, description="A code or a name, or the beginning of one", examples=["ta pung thma koul"]),
    ],
    level: Annotated[Level | None, Query(description="Only areas of this level")] = None,
    area: Annotated[AreaScope, Query(description="Only in this area and below", examples=["02"])] = "",
    include_closed: Annotated[bool, Query(description="Also areas that are no more")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SearchRead:
    """The areas that best fit what was typed, by code or name, in Khmer or Latin letters.

    Spaces, dashes, case, accents, Khmer or Latin digits, invisible characters and the order in which a Khmer syllable
    was typed make no difference. Administrative words (ឃុំ, sangkat, district …) narrow the search to their level;
    further words tell what the place lies in: `phum thmei srok thma koul`. First come whole codes and names, then
    beginnings, beginnings of words, parts, and former names; among equals the larger area, then the smaller code.
    """
    words = await db.scalar(select(func.place_words(q.replace("\0", " "))))
    hits = await find_hits(db, readings(words or ""), Scope(level, area, include_closed), limit + 1)
    return SearchRead(items=hits[:limit], more=len(hits) > limit)
