"""A facilitator's batch: every item is judged on its own, all that are good are stored together."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.ballots.models import Ballot
from services.scorecard.ballots.schemas import BallotIn, BatchItem
from services.scorecard.ballots.writes import is_same, other_content, stored_values
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.following import Place, find_present_to_score
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.refusals import no_answer, scoring_refusal, wrong_length
from shared.auth.user import User
from shared.error_handlers import field_error
from shared.errors import Invalid, Problem
from shared.language import Language

WRITE = text(
    """
    INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, channel, cast_on)
    SELECT id, round_id, unit_code, scores, sex, age_group, 'meeting', cast_on
    FROM jsonb_to_recordset(CAST(CAST(:ballots AS text) AS jsonb)) AS ballot(
        id uuid, round_id uuid, unit_code text, scores smallint[], sex text, age_group text, cast_on date)
    ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id
    """
)
"""In the order of ids, so that two phones sending the same ballots wait for each other and not in a circle."""


async def record_batch(db: AsyncSession, user: User, items: Sequence[Any], language: Language) -> list[BatchItem]:
    """What became of each item, in their order."""
    judged = await lead_to_present(db, [read_item(item) for item in items])
    ballots = {position: ballot for position, ballot in enumerate(judged) if isinstance(ballot, BallotIn)}
    refused = await refuse_items(db, user, ballots)
    wanted: dict[UUID, int] = {}
    for position, ballot in ballots.items():
        if position not in refused:
            wanted.setdefault(ballot.id, position)
    accepted = await store(db, [ballots[position] for position in wanted.values()])
    stored = await find_stored(db, {ballot.id for ballot in ballots.values()})
    outcomes = []
    for position, item in enumerate(judged):
        if isinstance(item, Problem):
            outcome = rejected(readable_id(items[position]), item, language)
        elif item.id in accepted and wanted[item.id] == position:
            outcome = BatchItem(id=item.id, status="accepted")
        elif item.id in stored and is_same(stored[item.id], item):
            outcome = BatchItem(id=item.id, status="duplicate")
        elif item.id in stored and position not in refused:
            outcome = rejected(item.id, other_content(), language, status="conflict")
        else:
            outcome = rejected(item.id, refused.get(position) or other_content(), language)
        outcomes.append(outcome)
    return outcomes


def read_item(item: Any) -> BallotIn | Problem:
    """One item of the body, or what is wrong with it."""
    try:
        ballot = BallotIn.model_validate(item)
    except ValidationError as error:
        first = field_error({**error.errors()[0], "loc": ("body", *error.errors()[0]["loc"])})
        return Invalid("invalid_request", en=first.en, km=first.km, errors=[first])
    return ballot if ballot.is_answered() else no_answer()


async def lead_to_present(db: AsyncSession, judged: list[BallotIn | Problem]) -> list[BallotIn | Problem]:
    """The same items, those under an old code of a unit under the code of today."""
    places = {(ballot.round_id, ballot.unit_code) for ballot in judged if isinstance(ballot, BallotIn)}
    present = await find_present_to_score(db, places)
    if not present:
        return judged
    return [
        item.model_copy(update={"unit_code": present.get((item.round_id, item.unit_code), item.unit_code)})
        if isinstance(item, BallotIn)
        else item
        for item in judged
    ]


def readable_id(item: Any) -> UUID | None:
    """The id of an item that could not be read as a whole."""
    try:
        return UUID(item["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def rejected(item_id: UUID | None, problem: Problem, language: Language, status: Any = "rejected") -> BatchItem:
    """An item that was not taken, with the reason in the reader's language."""
    return BatchItem(
        id=item_id,
        status=status,
        code=problem.code,
        pointer=problem.errors[0].pointer if problem.errors else None,
        detail=problem.km if language == "km" else problem.en,
    )


async def refuse_items(db: AsyncSession, user: User, ballots: dict[int, BallotIn]) -> dict[int, Problem]:
    """Lock the scorecards that are scored, in order, and say which items they do not take."""
    places = {(ballot.round_id, ballot.unit_code) for ballot in ballots.values()}
    cards = await lock_cards(db, places)
    problems = await refuse_places(db, places, cards)
    refused: dict[int, Problem] = {}
    for position, ballot in ballots.items():
        place = (ballot.round_id, ballot.unit_code)
        problem = problems.get(place) or refuse_ballot(cards[place], user, ballot)
        if problem is not None:
            refused[position] = problem
    return refused


def refuse_ballot(card: Scorecard, user: User, ballot: BallotIn) -> Problem | None:
    """Why this facilitator's ballot is not taken by a scorecard that is open."""
    try:
        user.must_cover(card.area_code)
    except Problem as problem:
        return problem
    if len(ballot.scores) != card.indicator_count:
        return wrong_length(card.indicator_count, len(ballot.scores))
    return None


async def lock_cards(db: AsyncSession, places: Iterable[Place]) -> dict[Place, Scorecard]:
    """The scorecards of these places, kept from ending until the batch is stored."""
    key = (col(Scorecard.round_id), col(Scorecard.unit_code))
    statement = select(Scorecard).where(tuple_(*key).in_(list(places))).order_by(*key).with_for_update(read=True)
    return {(card.round_id, card.unit_code): card for card in await db.scalars(statement)}


async def refuse_places(db: AsyncSession, places: set[Place], cards: dict[Place, Scorecard]) -> dict[Place, Problem]:
    """Why some of the places take no scores."""
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


async def store(db: AsyncSession, ballots: Sequence[BallotIn]) -> set[UUID]:
    """Store ballots in one statement; the ids that were new."""
    if not ballots:
        return set()
    rows = json.dumps([stored_values(ballot) for ballot in ballots], default=str)
    return set(await db.scalars(WRITE, {"ballots": rows}))


async def find_stored(db: AsyncSession, ids: set[UUID]) -> dict[UUID, Ballot]:
    """The ballots that stand under these ids now."""
    return {ballot.id: ballot for ballot in await db.scalars(select(Ballot).where(col(Ballot.id).in_(ids)))}
