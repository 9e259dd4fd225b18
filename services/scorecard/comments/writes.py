"""Keeping comments: each is judged on its own, all that are good are stored in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit, must_serve, units_of
from services.scorecard.ballots.links import Scanned, token_replaced
from services.scorecard.comments.models import Comment
from services.scorecard.comments.places import refuse_places
from services.scorecard.comments.schemas import CommentIn
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.scorecards.following import Place, find_present_to_score
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import Shared, share_scorecards
from services.scorecard.scorecards.refusals import indicator_unknown
from shared.auth.user import User
from shared.errors import Conflict, Problem

WRITE = text(
    """
    INSERT INTO comment (id, round_id, unit_code, aspect, indicator_code, text, channel, late, written_on)
    SELECT id, round_id, unit_code, aspect, indicator_code, text, channel, late, written_on
    FROM jsonb_to_recordset(CAST(CAST(:comments AS text) AS jsonb)) AS comment(
        id uuid, round_id uuid, unit_code text, aspect text, indicator_code text, text text, channel text, late boolean,
        written_on date)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING id
    """
)
"""In the order of ids, so that two phones sending the same comments wait for each other and not in a circle."""
SAME = ("round_id", "unit_code", "aspect", "indicator_code", "text", "written_on")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a comment; with the reason where it was not taken, and its state where it is stored."""

    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    problem: Problem | None = None
    state: Literal["held", "approved", "rejected"] = "held"
    late: bool = False


async def record_comments(
    db: AsyncSession, sender: User | Scanned, sent: Sequence[CommentIn], shared: Shared | None = None
) -> list[Outcome]:
    """What became of each, in their order; they come from a facilitator, or from a phone that has shown its token."""
    comments, cards = await find_places(db, sent, shared)
    refused = await refuse_comments(db, sender, comments, cards)
    rows: dict[UUID, dict[str, Any]] = {}
    for one, problem in zip(comments, refused, strict=True):
        if problem is None and one.id not in rows:
            late = not cards[one.round_id, one.unit_code].accepts_scores
            rows[one.id] = kept_of(one) | {"channel": "meeting" if isinstance(sender, User) else "phone", "late": late}
    new = await store(db, list(rows.values()))
    stored = await find_stored(db, {one.id for one in comments})
    outcomes = []
    for one, problem in zip(comments, refused, strict=True):
        row = stored.get(one.id)
        same = row is not None and all(getattr(row, name) == value for name, value in values_of(one).items())
        if row is None or not (same or problem is None):
            outcomes.append(Outcome("rejected", problem))
        elif not same:
            outcomes.append(Outcome("conflict", other_content()))
        else:
            status: Literal["accepted", "duplicate"] = "accepted" if one.id in new else "duplicate"
            new.discard(one.id)
            outcomes.append(Outcome(status, state=row.state, late=row.late))  # type: ignore[arg-type]
    return outcomes


async def find_places(
    db: AsyncSession, sent: Sequence[CommentIn], shared: Shared | None
) -> tuple[list[CommentIn], dict[Place, Scorecard]]:
    """The same comments, those under an old code of a unit under the code of today, and the scorecards there are."""
    places = {(one.round_id, one.unit_code) for one in sent}
    if shared is None:
        present = await find_present_to_score(db, places)
        cards = await share_scorecards(db, {(place[0], present.get(place, place[1])) for place in places})
    else:
        present = {place: card.unit_code for place, card in shared.items()}
        cards = {(card.round_id, card.unit_code): card for card in shared.values()}
    comments = [
        one.model_copy(update={"unit_code": present.get((one.round_id, one.unit_code), one.unit_code)}) for one in sent
    ]
    return comments, cards


async def refuse_comments(
    db: AsyncSession, sender: User | Scanned, comments: Sequence[CommentIn], cards: dict[Place, Scorecard]
) -> list[Problem | None]:
    """Why a comment is not taken; None where it is. A facilitator's may come late."""
    places = {(one.round_id, one.unit_code) for one in comments}
    problems = await refuse_places(db, places, cards)
    codes = await indicator_codes(db, cards) if any(one.indicator_code for one in comments) else {}
    units = await units_of(db, {card.unit_code for card in cards.values()}) if isinstance(sender, User) else {}
    refused: list[Problem | None] = []
    for one in comments:
        place = (one.round_id, one.unit_code)
        card = cards.get(place)
        problem = problems.get(place)
        if card is not None and isinstance(sender, User):
            problem = _outside(sender, card, units[card.unit_code]) or (problem if card.state == "planned" else None)
        elif card is not None and isinstance(sender, Scanned) and sender.version < card.link_version:
            problem = token_replaced()
        if problem is None and one.indicator_code is not None and one.indicator_code not in codes.get(place, ()):
            problem = indicator_unknown()
        refused.append(problem)
    return refused


def _outside(facilitator: User, card: Scorecard, unit: Unit) -> Problem | None:
    try:
        must_serve(facilitator, card.area_code, unit)
    except Problem as problem:
        return problem
    return None


async def indicator_codes(db: AsyncSession, cards: dict[Place, Scorecard]) -> dict[Place, set[str]]:
    """The codes of the indicators that each unit is scored on, its citizens' own among them."""
    wanted = {card.indicator_set_id for card in cards.values()}
    sets = {row.id: row for row in await db.scalars(select(IndicatorSet).where(col(IndicatorSet.id).in_(wanted)))}
    return {
        place: {entry["code"] for entry in (*sets[card.indicator_set_id].indicators, *card.own_indicators)}
        for place, card in cards.items()
    }


def values_of(comment: CommentIn) -> dict[str, Any]:
    """What makes a comment the same when it is sent again."""
    values = comment.model_dump(include=set(SAME))
    return values | {"written_on": comment.written_on()}


def kept_of(comment: CommentIn) -> dict[str, Any]:
    """What is kept of a comment as it was sent."""
    return {"id": comment.id} | values_of(comment)


async def store(db: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Store comments in one statement; the ids that were new."""
    if not rows:
        return set()
    return set(await db.scalars(WRITE, {"comments": json.dumps(rows, default=str)}))


async def find_stored(db: AsyncSession, ids: set[UUID]) -> dict[UUID, Comment]:
    """The comments that stand under these ids now."""
    return {row.id: row for row in await db.scalars(select(Comment).where(col(Comment.id).in_(ids)))}


def other_content() -> Conflict:
    """The refusal of an id that is taken by a different comment."""
    return Conflict(
        "conflict",
        en="A different comment is stored under this id. A new comment needs a new id.",
        km="លេខសម្គាល់នេះមានមតិផ្សេងរួចហើយ។ មតិថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
    )
