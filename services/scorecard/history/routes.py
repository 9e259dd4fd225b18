"""A unit's and an area's change since the round before, and their trend over the years."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area
from services.scorecard.history.queries import WITHOUT_GROUPS, Past, past_of_area, past_of_unit, standings_in
from services.scorecard.history.schemas import AreaChange, ComparedWith, KindChange, Trend, UnitChange
from services.scorecard.history.standings import Standing, standing_of_unit
from services.scorecard.history.succession import Origin
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.public import get_public_result
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from shared.areas import UnitCode
from shared.db import Transaction
from shared.registry_copy import must_be_areas
from shared.routing import Router

Rounds = Annotated[int, Query(ge=2, le=20, description="How many rounds at most, this one among them")]
YEARS = 5

router = Router(prefix="/rounds/{round_id}", tags=["history"])


@router.get("/units/{unit_code}/change")
async def read_unit_change(round_id: UUID, unit_code: UnitCode, db: Transaction) -> UnitChange:
    """A unit's public result beside that of the newest earlier round, also under a code that it bore then."""
    this = await get_round(db, round_id)
    result = await get_public_result(db, this, unit_code)
    now = await _standing(db, result)
    past = next(iter(await past_of_unit(db, this, result, 1)), None)
    before = None if past is None else past.standings[result.unit_kind]
    return UnitChange(
        **KindChange.of(result.unit_kind, now, before).model_dump(),
        round_id=round_id,
        unit_code=result.unit_code,
        compared_with=None if past is None else ComparedWith.of(past),
    )


@router.get("/change")
async def read_area_change(round_id: UUID, db: Transaction, area: RoundArea = "") -> AreaChange:
    """An area's published results beside those of the newest earlier round of what the area was then.

    Areas that were merged are compared with the sum of what they were; one that was split off with the whole, which
    `same_territory` tells.
    """
    this = await get_round(db, round_id)
    now = await _standings(db, this, area)
    past = next(iter(await past_of_area(db, this, area, 1)), None) if now else None
    before = {} if past is None else past.standings
    return AreaChange(
        round_id=round_id,
        area_code=area,
        compared_with=None if past is None else ComparedWith.of(past),
        kinds=[KindChange.of(kind, standing, before.get(kind)) for kind, standing in now.items()],
    )


@router.get("/units/{unit_code}/trend")
async def read_unit_trend(round_id: UUID, unit_code: UnitCode, db: Transaction, rounds: Rounds = YEARS) -> Trend:
    """A unit's public results of this round and those before it, the oldest first."""
    this = await get_round(db, round_id)
    result = await get_public_result(db, this, unit_code)
    here = Past(this, Origin((result.unit_code,)), {result.unit_kind: await _standing(db, result)})
    return Trend.of(this, result.unit_code, [here, *await past_of_unit(db, this, result, rounds - 1)])


@router.get("/trend")
async def read_area_trend(round_id: UUID, db: Transaction, area: RoundArea = "", rounds: Rounds = YEARS) -> Trend:
    """An area's published results of this round and those before it, under whatever codes, the oldest first."""
    this = await get_round(db, round_id)
    here = Past(this, Origin((area,)), await _standings(db, this, area))
    pasts = await past_of_area(db, this, area, rounds - 1) if here.standings else []
    return Trend.of(this, area, [here, *pasts])


async def _standing(db: AsyncSession, result: Result) -> Standing:
    return standing_of_unit(result, await db.get_one(IndicatorSet, result.indicator_set_id))


async def _standings(db: AsyncSession, this: Round, area: str) -> dict[str, Standing]:
    """By kind of unit; an area that is no longer is known as long as it has results. Raises Invalid."""
    here = (col(AreaResult.round_id) == this.id) & (col(AreaResult.area_code) == area)
    rows = (await db.scalars(select(AreaResult).where(here).options(*WITHOUT_GROUPS))).all()
    if not rows:
        await must_be_areas(db, Area, [area], pointer="query/area")
    return standings_in(this, rows)
