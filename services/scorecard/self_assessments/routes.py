"""Taking self-assessments, letting them be changed while the unit is scored, and showing them to reviewers."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import must_cover_unit, units_of, within_reach
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard, share_scorecard
from services.scorecard.scorecards.reach import with_scorecards
from services.scorecard.self_assessments.models import SelfAssessment
from services.scorecard.self_assessments.queries import (
    earlier_versions,
    find_self_assessment,
    get_self_assessment,
    must_take_self_scores,
)
from services.scorecard.self_assessments.schemas import (
    SelfAssessmentChangeIn,
    SelfAssessmentDetail,
    SelfAssessmentIn,
    SelfAssessmentRead,
    SelfAssessmentVersionRead,
)
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

Provider = Annotated[User, Depends(Requires(Permission.SELF_ASSESSMENT_WRITE))]
SelfAssessmentReader = Annotated[User, Depends(Requires(Permission.SELF_ASSESSMENT_READ))]

router = Router(tags=["self-assessments"])


@router.post(
    "/self-assessments",
    status_code=201,
    responses={200: {"model": SelfAssessmentRead, "description": "This self-assessment was stored before"}},
)
async def record_self_assessment(
    body: SelfAssessmentIn, user: Provider, db: Transaction, response: Response
) -> SelfAssessmentRead:
    """Take the staff's scores of their own unit, once per round, in the hours that the round gives them.

    A repeat answers 200 with what is stored now.
    """
    card = await share_scorecard(db, body.round_id, body.unit_code)
    await _must_cover(db, user, card)
    body = body.model_copy(update={"unit_code": card.unit_code})
    stored = await find_self_assessment(db, body)
    if stored is None:
        now = datetime.now(UTC)
        await must_take_self_scores(db, card, body.scores, now)
        row = SelfAssessment(**body.model_dump(), recorded_by=user.id, recorded_at=now)
        statement = insert(SelfAssessment).values(row.model_dump()).on_conflict_do_nothing()
        if await db.scalar(statement.returning(col(SelfAssessment.id))) is not None:
            set_etag(response, row.version)
            return SelfAssessmentRead.of(row)
        stored = await find_self_assessment(db, body)
        assert stored is not None
    response.status_code = 200
    set_etag(response, stored.version)
    return SelfAssessmentRead.of(stored)


@router.put("/self-assessments/{assessment_id}")
async def change_self_assessment(
    assessment_id: UUID,
    body: SelfAssessmentChangeIn,
    user: Provider,
    db: Transaction,
    if_match: Matching,
    response: Response,
) -> SelfAssessmentRead:
    """Say something else in place of what the staff said before, which is kept; until the unit's scoring ends."""
    row = await get_self_assessment(db, assessment_id)
    card = await share_scorecard(db, row.round_id, row.unit_code)
    await _must_cover(db, user, card)
    row = await get_self_assessment(db, assessment_id, lock=True)
    if_match.must_match(row.version)
    now = datetime.now(UTC)
    await must_take_self_scores(db, card, body.scores, now)
    if row.model_dump(include=set(body.said())) != body.said():
        db.add(row.change(body.said(), user.id, now))
        await db.flush()
    set_etag(response, row.version)
    return SelfAssessmentRead.of(row)


@router.get("/self-assessments/{assessment_id}")
async def read_self_assessment(
    assessment_id: UUID, user: SelfAssessmentReader, db: Transaction, response: Response
) -> SelfAssessmentDetail:
    """One self-assessment with what it said before; for the unit itself and those who review it."""
    row = await get_self_assessment(db, assessment_id)
    await _must_cover(db, user, await get_scorecard(db, row.round_id, row.unit_code))
    set_etag(response, row.version)
    earlier = [SelfAssessmentVersionRead.of(version) for version in await earlier_versions(db, row.id)]
    return SelfAssessmentDetail.model_validate(row.model_dump() | {"earlier": earlier})


@router.get("/rounds/{round_id}/self-assessments")
async def list_self_assessments(
    round_id: UUID, user: SelfAssessmentReader, db: Transaction, page: Paging, area: RoundArea | None = None
) -> Page[SelfAssessmentRead]:
    """The round's self-assessments in an area, by default in all that the caller's roles reach: a unit's own, or those
    that a reviewer has to look at.
    """
    await get_round(db, round_id)
    card, row = Scorecard, SelfAssessment
    statement = with_scorecards(row).where(col(row.round_id) == round_id)
    statement = statement.where(within_reach(user, col(card.area_code), col(card.unit_code)))
    if area is not None:
        statement = under(statement, col(card.area_code), area)
    return await paginate(db, statement, page, keys=[col(row.unit_code)], read=SelfAssessmentRead.of)


async def _must_cover(db: AsyncSession, user: User, card: Scorecard) -> None:
    """Raise Forbidden unless the caller reaches the unit, whose old codes may stand in a provider's grant."""
    if not user.covers(card.area_code, card.unit_code):
        must_cover_unit(user, (await units_of(db, [card.unit_code]))[card.unit_code])
