"""Reads of self-assessments, and what makes one possible at all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.rounds.queries import get_round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.refusals import beyond_scale, no_answer, self_assessment_refusal, wrong_length
from services.scorecard.self_assessments.models import SAID, SelfAssessment, SelfAssessmentVersion
from services.scorecard.self_assessments.schemas import SelfAssessmentIn
from shared.errors import Conflict, NotFound


async def must_take_self_scores(db: AsyncSession, card: Scorecard, scores: Sequence[int | None], now: datetime) -> None:
    """Raise why the staff cannot score themselves now, or not so; the scorecard is share-locked."""
    problem = self_assessment_refusal(await get_round(db, card.round_id), card, now)
    if problem is not None:
        raise problem
    if len(scores) != card.indicator_count:
        raise wrong_length(card.indicator_count, len(scores))
    for position, score in enumerate(scores):
        if score is not None and score > card.steps:
            raise beyond_scale(card.steps, f"/scores/{position}")
    if all(score is None for score in scores):
        raise no_answer()


async def find_self_assessment(db: AsyncSession, body: SelfAssessmentIn) -> SelfAssessment | None:
    """What was stored before of what is sent: it says the same, or did before it was changed.

    Raises Conflict when the unit has another, or the id is another's.
    """
    row = SelfAssessment
    of_unit = (col(row.round_id) == body.round_id) & (col(row.unit_code) == body.unit_code)
    stored = await db.scalar(select(row).where(or_(col(row.id) == body.id, of_unit)).limit(1))
    if stored is None:
        return None
    if (stored.id, stored.round_id, stored.unit_code) == (body.id, body.round_id, body.unit_code):
        versions = [stored, *await earlier_versions(db, stored.id)]
        if any(version.model_dump(include=set(SAID)) == body.said() for version in versions):
            return stored
    raise Conflict(
        "already_self_assessed",
        en="This unit has assessed itself in this round already, or the id is in use; what was sent can be changed.",
        km="អង្គភាពនេះបានវាយតម្លៃខ្លួនឯងក្នុងជុំនេះរួចហើយ ឬលេខសម្គាល់នេះត្រូវបានប្រើរួចហើយ; អាចកែប្រែអ្វីដែលបានផ្ញើ។",
    )


async def get_self_assessment(db: AsyncSession, assessment_id: UUID, *, lock: bool = False) -> SelfAssessment:
    """The self-assessment of a path. Raises NotFound."""
    statement = select(SelfAssessment).where(col(SelfAssessment.id) == assessment_id)
    row: SelfAssessment | None = await db.scalar(
        statement.with_for_update().execution_options(populate_existing=True) if lock else statement
    )
    if row is None:
        raise NotFound(
            "self_assessment_not_found",
            en="There is no self-assessment with this id.",
            km="រកមិនឃើញការវាយតម្លៃខ្លួនឯងដែលមានលេខសម្គាល់នេះទេ។",
        )
    return row


async def earlier_versions(db: AsyncSession, assessment_id: UUID) -> Sequence[SelfAssessmentVersion]:
    """What it said before, the first version first."""
    kept = SelfAssessmentVersion
    statement = select(kept).where(col(kept.self_assessment_id) == assessment_id).order_by(col(kept.version))
    return (await db.scalars(statement)).all()
