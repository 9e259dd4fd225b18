"""Which of many places take comments, in two statements for all of them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.following import Place
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.refusals import scoring_refusal
from shared.errors import Problem


async def refuse_places(db: AsyncSession, places: set[Place], cards: dict[Place, Scorecard]) -> dict[Place, Problem]:
    """Why some of the places take no scores now; a phone's comments go the way of its ballot."""
    doubtful = [place for place in places if place not in cards or not cards[place].accepts_scores]
    if not doubtful:
        return {}
    round_ids, unit_codes = {place[0] for place in doubtful}, {place[1] for place in doubtful}
    rounds = {row.id: row for row in await db.scalars(select(Round).where(col(Round.id).in_(round_ids)))}
    units = set(await db.scalars(select(col(Unit.code)).where(col(Unit.code).in_(unit_codes))))
    problems = {
        place: scoring_refusal(rounds.get(place[0]), cards.get(place), unit_known=place[1] in units)
        for place in doubtful
    }
    return {place: problem for place, problem in problems.items() if problem is not None}
