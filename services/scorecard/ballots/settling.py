"""Looking into ballots that the first statement left: they are held, can be stored after all, or are refused."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit, must_serve, units_of
from services.scorecard.ballots.casts import CONTENT, Cast
from services.scorecard.ballots.links import token_invalid, token_replaced
from services.scorecard.ballots.outcomes import ACCEPTED, LATE, Kept, Outcome, other_content, rejected
from services.scorecard.ballots.repeats import judge_repeat
from services.scorecard.ballots.writes import session_of, store
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.windows import scoring_closed
from services.scorecard.scorecards.following import Place, find_present_to_score, is_old_code
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import changed_meanwhile, share_scorecards
from services.scorecard.scorecards.refusals import beyond_scale, scoring_refusal, wrong_length
from services.scorecard.scorecards.villages import find_foreign_villages, village_not_in_commune
from shared.errors import Problem

FIND = f"SELECT id, channel, late, withdrawn, {', '.join(CONTENT)} FROM ballot WHERE id = ANY ($1::uuid[])"  # noqa: S608


async def settle(db: AsyncSession, casts: Sequence[Cast]) -> list[Outcome]:
    """What becomes of each; one that names an old code goes to the unit of today.

    The scorecards are kept from changing meanwhile, so that what is said of them holds.
    """
    casts = await _under_present_codes(db, casts)
    cards = await share_scorecards(db, {place_of(cast) for cast in casts})
    session = await session_of(db)
    held = await find_held(session, casts)
    doubtful = {at: cast for at, cast in enumerate(casts) if not is_same(held.get(cast.ballot.id), cast)}
    problems = await _find_problems(db, doubtful, cards) if doubtful else {}
    wanted: dict[UUID, int] = {}
    for position, cast in enumerate(casts):
        if cast.ballot.id not in held and position not in problems:
            wanted.setdefault(cast.ballot.id, position)
    stored = await store(session, [casts[position] for position in wanted.values()], wait=True) if wanted else {}
    if wanted and len(stored) < len(casts):
        held = await find_held(session, casts)
    outcomes = []
    for position, cast in enumerate(casts):
        if cast.ballot.id in stored and wanted[cast.ballot.id] == position:
            outcomes.append(LATE if stored[cast.ballot.id] else ACCEPTED)
        else:
            outcomes.append(await _judge(db, cast, held.get(cast.ballot.id), problems.get(position)))
    return outcomes


def place_of(cast: Cast) -> Place:
    """The round and unit that a ballot is for."""
    return (cast.ballot.round_id, cast.ballot.unit_code)


async def find_held(session: asyncpg.Connection, casts: Iterable[Cast]) -> dict[UUID, asyncpg.Record]:
    """The ballots that stand under these ids now."""
    return {row["id"]: row for row in await session.fetch(FIND, [cast.ballot.id for cast in casts])}


def is_same(held: asyncpg.Record | None, cast: Cast) -> bool:
    """Whether a ballot that is held says the same."""
    return held is not None and tuple(held)[4:] == cast.content


async def _judge(db: AsyncSession, cast: Cast, held: asyncpg.Record | None, problem: Problem | None) -> Outcome:
    if held is not None:
        if is_same(held, cast):
            return Outcome("duplicate", _standing(held))
        return rejected(problem) if problem else other_content()
    if cast.scanned is not None:
        return await judge_repeat(db, cast, problem)
    return rejected(problem or changed_meanwhile())


def _standing(held: asyncpg.Record) -> Kept | None:
    """Why a held ballot is not counted; None where it is."""
    if held["withdrawn"]:
        return "replaced" if held["channel"] == "phone" else "withdrawn"
    return "late" if held["late"] else None


async def _under_present_codes(db: AsyncSession, casts: Sequence[Cast]) -> list[Cast]:
    present = await find_present_to_score(db, {place_of(cast) for cast in casts})
    return [cast.at(present[place_of(cast)]) if place_of(cast) in present else cast for cast in casts]


async def _find_problems(
    db: AsyncSession, casts: Mapping[int, Cast], cards: Mapping[Place, Scorecard]
) -> dict[int, Problem]:
    """Why some of them are not taken, by their position."""
    places = {place_of(cast) for cast in casts.values()}
    rounds = {
        row.id: row for row in await db.scalars(select(Round).where(col(Round.id).in_({place[0] for place in places})))
    }
    missing = {unit_code for round_id, unit_code in places if (round_id, unit_code) not in cards}
    units = set(await db.scalars(select(col(Unit.code)).where(col(Unit.code).in_(missing)))) if missing else set()
    villages = [
        (cast.ballot.unit_code, cast.ballot.village_code) for cast in casts.values() if cast.ballot.village_code
    ]
    foreign = await find_foreign_villages(db, villages)
    scored_units = await units_of(db, {card.unit_code for card in cards.values()})
    problems: dict[int, Problem] = {}
    for position, cast in casts.items():
        scored_round, card = rounds.get(cast.ballot.round_id), cards.get(place_of(cast))
        problem = _place_problem(scored_round, card, cast, unit_known=cast.ballot.unit_code in units)
        if problem is None and card is not None:
            problem = await _sender_problem(db, cast, card, scored_units[card.unit_code])
            problem = problem or _content_problem(cast, card, foreign)
        if problem is not None:
            problems[position] = problem
    return problems


def _place_problem(
    scored_round: Round | None, card: Scorecard | None, cast: Cast, *, unit_known: bool
) -> Problem | None:
    by_phone = cast.facilitator is None
    if not by_phone and card is not None and card.state != "planned":
        return None
    problem = scoring_refusal(scored_round, card, unit_known=unit_known or card is not None, by_phone=by_phone)
    if problem is None and by_phone and card is not None and card.unlocked and scored_round is not None:
        return scoring_closed(scored_round) if scored_round.scoring(datetime.now(UTC)) == "over" else None
    return problem


async def _sender_problem(db: AsyncSession, cast: Cast, card: Scorecard, unit: Unit) -> Problem | None:
    if cast.facilitator is not None:
        try:
            must_serve(cast.facilitator, card.area_code, unit)
        except Problem as problem:
            return problem
    elif cast.scanned is not None:
        other = cast.scanned.unit_code != card.unit_code
        if other and not await is_old_code(db, cast.scanned.unit_code, card.unit_code):
            return token_invalid()
        if cast.scanned.version < card.link_version:
            return token_replaced()
    return None


def _content_problem(cast: Cast, card: Scorecard, foreign: set[tuple[str, str]]) -> Problem | None:
    scores = cast.ballot.scores
    if len(scores) != card.indicator_count:
        return wrong_length(card.indicator_count, len(scores))
    for position, score in enumerate(scores):
        if score is not None and score > card.steps:
            return beyond_scale(card.steps, f"/scores/{position}")
    if cast.ballot.village_code and (cast.ballot.unit_code, cast.ballot.village_code) in foreign:
        return village_not_in_commune()
    return None
