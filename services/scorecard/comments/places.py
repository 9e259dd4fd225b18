"""Which of many places take comments, in two statements for all of them."""

from collections.abc import Iterable

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.following import Place
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.refusals import scoring_refusal
from shared.errors import Problem


async def find_cards(db: AsyncSession, places: Iterable[Place]) -> dict[Place, Scorecard]:
    """The scorecards of these places, kept from ending or being dropped until the comments are stored."""
    key = (col(Scorecard.round_id), col(Scorecard.unit_code))
    statement = select(Scorecard).where(tuple_(*key).in_(list(places))).order_by(*key).with_for_update(read=True)
    return {(card.round_id, card.unit_code): card for card in await db.scalars(statement)}


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
