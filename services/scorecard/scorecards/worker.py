"""The worker that completes reviews which nobody has ended in the days that a round gives them."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.steps import ScorecardStep, record_steps, step_of
from shared.runtime import Runtime

EVERY_SECONDS = 600.0
AT_ONCE = 200


async def complete_idle_reviews(runtime: Runtime) -> None:
    """Do so every ten minutes; the result is not published by that."""
    while True:
        completed = AT_ONCE
        while completed == AT_ONCE:
            async with runtime.database.transaction() as db:
                completed = await complete_idle(db, datetime.now(UTC))
        await asyncio.sleep(EVERY_SECONDS)


async def complete_idle(db: AsyncSession, now: datetime) -> int:
    """Complete reviews of which no step was taken for as many days as their round gives; how many that were."""
    last_step = (
        select(func.max(col(ScorecardStep.at)))
        .where(col(ScorecardStep.round_id) == Scorecard.round_id, col(ScorecardStep.unit_code) == Scorecard.unit_code)
        .correlate(Scorecard)
        .scalar_subquery()
    )
    idle = (
        select(Scorecard)
        .join(Round, col(Round.id) == col(Scorecard.round_id))
        .where(
            col(Scorecard.state) == "in_review",
            func.coalesce(last_step, col(Scorecard.submitted_at))
            < now - func.make_interval(0, 0, 0, Round.review_days),
        )
        .order_by(col(Scorecard.round_id), col(Scorecard.unit_code))
        .limit(AT_ONCE)
        .with_for_update(of=Scorecard, skip_locked=True)
    )
    cards = (await db.scalars(idle)).all()
    steps = []
    for card in cards:
        card.complete(None, now)
        steps.append(step_of(card, "completed", by=None, before="in_review", at=now))
    await record_steps(db, steps)
    return len(cards)
