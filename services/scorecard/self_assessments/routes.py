"""Taking self-assessments."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Response
from pydantic import BaseModel, Field
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import must_cover_unit, units_of
from services.scorecard.ballots.schemas import Scores
from services.scorecard.scorecards.queries import must_accept_scores, share_scorecard
from services.scorecard.scorecards.refusals import no_answer, wrong_length
from services.scorecard.self_assessments.models import SelfAssessment
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict
from shared.routing import Router
from shared.schemas import Input, LongText

Provider = Annotated[User, Depends(Requires(Permission.SELF_ASSESSMENT_WRITE))]

router = Router(prefix="/self-assessments", tags=["self-assessments"])


class SelfAssessmentIn(Input):
    """A unit's scores of itself; the id is made by the client."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    scores: Scores
    note: LongText | None = None


class SelfAssessmentRead(BaseModel):
    """A stored self-assessment."""

    id: UUID
    round_id: UUID
    unit_code: str
    scores: list[int | None]
    note: str | None
    recorded_at: datetime

    @classmethod
    def of(cls, row: SelfAssessment) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())


@router.post(
    "",
    status_code=201,
    responses={200: {"model": SelfAssessmentRead, "description": "This self-assessment was stored before"}},
)
async def record_self_assessment(
    body: SelfAssessmentIn, user: Provider, db: Transaction, response: Response
) -> SelfAssessmentRead:
    """Take the staff's scores of their own unit, once per round, before its scoring ends; a repeat answers 200."""
    card = await share_scorecard(db, body.round_id, body.unit_code)
    if not user.covers(card.area_code, card.unit_code):
        must_cover_unit(user, (await units_of(db, [card.unit_code]))[card.unit_code])
    body = body.model_copy(update={"unit_code": card.unit_code})
    before = await find_self_assessment(db, body)
    if before is None:
        await must_accept_scores(db, card)
        if len(body.scores) != card.indicator_count:
            raise wrong_length(card.indicator_count, len(body.scores))
        if all(score is None for score in body.scores):
            raise no_answer()
        row = SelfAssessment(**body.model_dump(), recorded_by=user.id, recorded_at=datetime.now(UTC))
        statement = insert(SelfAssessment).values(row.model_dump()).on_conflict_do_nothing()
        if await db.scalar(statement.returning(col(SelfAssessment.id))) is not None:
            return SelfAssessmentRead.of(row)
        before = await find_self_assessment(db, body)
        assert before is not None
    response.status_code = 200
    return before


async def find_self_assessment(db: AsyncSession, body: SelfAssessmentIn) -> SelfAssessmentRead | None:
    """The same self-assessment stored before. Raises Conflict when the unit has another, or the id is another's."""
    of_unit = (col(SelfAssessment.round_id) == body.round_id) & (col(SelfAssessment.unit_code) == body.unit_code)
    stored = await db.scalar(select(SelfAssessment).where(or_(col(SelfAssessment.id) == body.id, of_unit)).limit(1))
    if stored is None:
        return None
    if stored.model_dump(include=set(SelfAssessmentIn.model_fields)) == body.model_dump():
        return SelfAssessmentRead.of(stored)
    raise Conflict(
        "already_self_assessed",
        en="This unit has assessed itself in this round already, or the id is in use.",
        km="អង្គភាពនេះបានវាយតម្លៃខ្លួនឯងក្នុងជុំនេះរួចហើយ ឬលេខសម្គាល់នេះត្រូវបានប្រើរួចហើយ។",
    )
