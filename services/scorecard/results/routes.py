"""Publishing results, and reading them by unit and by area."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area, units_of
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import Result
from services.scorecard.results.queries import (
    PARTICIPATION,
    ROLL_UP,
    area_bounds,
    count_scores,
    find_self_scores,
)
from services.scorecard.results.schemas import AreaResults, Participation, ResultRead, area_kind
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard
from shared.areas import UnitCode, level_of
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import set_etag
from shared.events.scorecard import IndicatorResult, ResultPublished
from shared.outbox import emit
from shared.registry_copy import must_be_areas
from shared.routing import Router

Reviewer = Annotated[User, Depends(Requires(Permission.RESULT_PUBLISH))]

router = Router(prefix="/rounds/{round_id}", tags=["results"])


@router.post("/units/{unit_code}:publish")
async def publish_result(
    round_id: UUID, unit_code: UnitCode, user: Reviewer, db: Transaction, response: Response
) -> ResultRead:
    """Freeze a unit's result; citizens see it and its area's action plan opens. Not by the one who submitted it."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    card.publish(user.id, datetime.now(UTC))
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    result = await make_result(db, card, questions)
    db.add(result)
    await db.flush()
    read = ResultRead.of(result, questions, card.state)
    await emit(db, published(result, read))
    set_etag(response, read.version)
    return read


@router.get("/units/{unit_code}/result")
async def read_result(
    round_id: UUID, unit_code: UnitCode, user: MaybeUser, db: Transaction, response: Response
) -> ResultRead:
    """A unit's published result, for everybody; before that, as it stands now, for its facilitators and reviewers.

    The suppression of small groups holds for them too.
    """
    card = await get_scorecard(db, round_id, unit_code)
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    if card.published_at is not None:
        statement = select(Result).where(col(Result.round_id) == round_id, col(Result.unit_code) == card.unit_code)
        result = (await db.scalars(statement)).one()
        set_etag(response, result.version)
        return ResultRead.of(result, questions, card.state)
    if user is None or not user.with_permission(Permission.SCORECARD_READ).covers(card.area_code):
        raise NotFound(
            "result_not_published",
            en="This unit's result is not published yet.",
            km="លទ្ធផលរបស់អង្គភាពនេះមិនទាន់ត្រូវបានផ្សព្វផ្សាយនៅឡើយទេ។",
        )
    return ResultRead.of(await make_result(db, card, questions), questions, card.state)


@router.get("/results")
async def read_area_results(round_id: UUID, db: Transaction, area: RoundArea = "") -> AreaResults:
    """The published results of a commune, district, province or the nation (area empty), and how its parts stand."""
    scored_round = await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    row = (await db.execute(ROLL_UP, area_bounds(round_id, area) | {"child_length": len(area) + 2})).mappings().one()
    kinds = [
        area_kind(kind, questions)
        for kind in row["kinds"]
        if (questions := scored_round.set_for(kind["unit_kind"])) is not None
    ]
    level = level_of(area) if area else "nation"
    return AreaResults.model_validate({**row, "round_id": round_id, "area_code": area, "level": level, "kinds": kinds})


@router.get("/participation")
async def read_participation(round_id: UUID, db: Transaction, area: RoundArea = "") -> Participation:
    """How many have taken part in an area so far, also while the round is open; never what they scored."""
    scored_round = await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    bounds = area_bounds(round_id, area) | {"threshold": scored_round.suppression_threshold}
    row = (await db.execute(PARTICIPATION, bounds)).mappings().one()
    return Participation.model_validate({**row, "round_id": round_id, "area_code": area})


async def make_result(db: AsyncSession, card: Scorecard, questions: IndicatorSet) -> Result:
    """The result of all scores that are stored now."""
    counted = await count_scores(db, card, len(questions.indicators))
    self_scores = await find_self_scores(db, card)
    units = await units_of(db, [card.unit_code])
    return Result.of(card, units[card.unit_code], await get_round(db, card.round_id), counted, self_scores)


def published(result: Result, read: ResultRead) -> ResultPublished:
    """The event: the result as everybody may read it."""
    return ResultPublished(
        result_id=result.id,
        **read.model_dump(include=set(ResultPublished.model_fields) - {"indicators", "result_id"}),
        indicators=[IndicatorResult.model_validate(indicator.model_dump()) for indicator in read.indicators],
    )
