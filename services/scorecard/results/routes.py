"""Publishing results and taking them back, and reading them by unit and by area."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area, units_of
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.area_schemas import AreaResults
from services.scorecard.results.compiling import compile_round
from services.scorecard.results.making import make_result
from services.scorecard.results.models import Result
from services.scorecard.results.public import is_shown, must_be_shown, version_not_found
from services.scorecard.results.publishing import Outcome, Publisher, must_publish_in, publish_cards, withdraw_card
from services.scorecard.results.queries import (
    count_running,
    find_result,
    histories,
    public_versions,
    read_area,
    read_children,
    read_progress,
    share_round,
)
from services.scorecard.results.schemas import (
    Compiled,
    PublishedMany,
    PublishIn,
    PublishManyIn,
    PublishOutcome,
    ResultRead,
    WithdrawIn,
    WithGroups,
)
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard
from services.scorecard.scorecards.schemas import ScorecardRead
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.paging import decode_cursor, encode_cursor, invalid_cursor
from shared.registry_copy import must_be_areas, under
from shared.routing import Router

Publishing = Annotated[User, Depends(Requires(Permission.RESULT_PUBLISH))]
RoundManager = Annotated[User, Depends(Requires(Permission.ROUND_MANAGE))]
Version = Annotated[
    int | None,
    Query(
        ge=0, description="An older public version; 0 is the result as it stands now, for facilitators and reviewers"
    ),
]
AS_USUAL = PublishIn()

router = Router(prefix="/rounds/{round_id}", tags=["results"])


@router.post("/units/{unit_code}:publish")
async def publish_result(
    round_id: UUID,
    unit_code: UnitCode,
    user: Publishing,
    db: Transaction,
    response: Response,
    body: PublishIn = AS_USUAL,
) -> ResultRead:
    """Freeze a unit's result as its next version; citizens see it and its area's action plan opens.

    From review or completed, by one of the roles that the round names, never by the one who submitted it. A version
    that differs from an earlier one by fewer people than the round's threshold is refused: the two could be compared.
    """
    scored_round = await share_round(db, round_id)
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    publisher = Publisher(user, datetime.now(UTC), body.despite_low_participation)
    (outcome,) = await publish_cards(db, scored_round, [card], publisher)
    if outcome.made is None:
        raise outcome.problem or AssertionError("neither published nor refused")
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    set_etag(response, outcome.made.result.version)
    return ResultRead.of(outcome.made.result, questions, card.state)


@router.post("/units/{unit_code}:withdraw")
async def withdraw_result(
    round_id: UUID, unit_code: UnitCode, body: WithdrawIn, user: Publishing, db: Transaction, response: Response
) -> ScorecardRead:
    """Take a unit's published result back, with its older versions; it can be published again, as the next version."""
    scored_round = await share_round(db, round_id)
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    must_publish_in(user, scored_round, card)
    await withdraw_card(db, scored_round, card, user.id, datetime.now(UTC), body.reason)
    units = await units_of(db, [card.unit_code])
    set_etag(response, card.version)
    return ScorecardRead.of(card, units[card.unit_code])


@router.post(":publish-completed")
async def publish_completed(round_id: UUID, body: PublishManyIn, user: Publishing, db: Transaction) -> PublishedMany:
    """Publish the completed scorecards of an area that are not public, `limit` at a time; each with its outcome.

    Those that the caller submitted, or that too few took part in, are refused one by one and stay as they were.
    """
    user.must_cover(body.area)
    scored_round = await share_round(db, round_id)
    statement = select(Scorecard).where(
        col(Scorecard.round_id) == round_id,
        col(Scorecard.state) == "completed",
        col(Scorecard.published_at).is_(None) | (col(Scorecard.published_at) < col(Scorecard.submitted_at)),
        col(Scorecard.unit_code) > _after(body.cursor),
    )
    statement = under(statement, col(Scorecard.area_code), body.area).order_by(col(Scorecard.unit_code))
    cards = (await db.scalars(statement.limit(body.limit).with_for_update())).all()
    publisher = Publisher(user, datetime.now(UTC))
    outcomes = await publish_cards(db, scored_round, cards, publisher, dry_run=body.dry_run)
    items = [_outcome(outcome) for outcome in outcomes]
    return PublishedMany(
        dry_run=body.dry_run,
        published=sum(item.status == "published" for item in items),
        refused=sum(item.status == "refused" for item in items),
        items=items,
        next_cursor=encode_cursor([cards[-1].unit_code]) if len(cards) == body.limit else None,
    )


def _after(cursor: str | None) -> str:
    """The last unit of the answer before. Raises Invalid."""
    if cursor is None:
        return ""
    key = decode_cursor(cursor, "/cursor")
    if len(key) != 1 or not isinstance(key[0], str):
        raise invalid_cursor("/cursor")
    return key[0]


def _outcome(outcome: Outcome) -> PublishOutcome:
    if outcome.made is not None:
        version = outcome.made.result.version
        return PublishOutcome(unit_code=outcome.card.unit_code, status="published", version=version)
    problem = outcome.problem
    return PublishOutcome(
        unit_code=outcome.card.unit_code,
        status="refused",
        code=problem and problem.code,
        detail_en=problem and problem.en,
        detail_km=problem and problem.km,
    )


@router.post(":compile")
async def compile_results(round_id: UUID, user: RoundManager, db: Transaction) -> Compiled:
    """Add up published units that show nothing by themselves, as far below as enough people come together.

    Best done when the round's results are published, as what is pooled once stays so. It can be repeated; a closed
    round is compiled by itself after a week without news.
    """
    scored_round = await get_round(db, round_id)
    for area in scored_round.area_codes:
        user.must_cover(area)
    return await compile_round(db, scored_round, datetime.now(UTC))


@router.get("/units/{unit_code}/result")
async def read_result(
    round_id: UUID,
    unit_code: UnitCode,
    user: MaybeUser,
    db: Transaction,
    response: Response,
    version: Version = None,
    groups: WithGroups = False,
) -> ResultRead:
    """A unit's published result, for everybody; before that, as it stands now, for its facilitators and reviewers.

    The suppression of small groups holds for them too.
    """
    card = await get_scorecard(db, round_id, unit_code)
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    result = None if version == 0 else await find_result(db, round_id, card.unit_code, version)
    is_asked_for_now = not version and not is_shown(result)
    if is_asked_for_now and user and user.with_permission(Permission.SCORECARD_READ).covers(card.area_code):
        return ResultRead.of(await _running(db, card, user), questions, card.state, groups=groups)
    if version and result is None:
        must_be_shown(await find_result(db, round_id, card.unit_code))
        raise version_not_found(version, await public_versions(db, round_id, card.unit_code))
    result = must_be_shown(result)
    set_etag(response, result.version)
    return ResultRead.of(result, questions, card.state, groups=groups)


async def _running(db: AsyncSession, card: Scorecard, user: User) -> Result:
    """The result of all scores that are counted now; what staff gave themselves for those alone who may read that."""
    units = await units_of(db, [card.unit_code])
    history = (await histories(db, card.round_id, [card.unit_code], lock=False))[card.unit_code]
    scored_round, counted = await get_round(db, card.round_id), await count_running(db, card)
    if counted.self_scores and not user.with_permission(Permission.SELF_ASSESSMENT_READ).covers(card.area_code):
        counted = replace(counted, self_scores=[])
    return make_result(card, units[card.unit_code], scored_round, counted, history).result


@router.get("/results")
async def read_area_results(
    round_id: UUID, db: Transaction, area: RoundArea = "", groups: WithGroups = False
) -> AreaResults:
    """The published results of a commune, district, province or the nation (area empty), and how its parts stand."""
    scored_round = await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    return AreaResults.of(
        scored_round,
        area,
        await read_area(db, round_id, area),
        await read_progress(db, round_id, area),
        await read_children(db, round_id, area),
        groups=groups,
    )
