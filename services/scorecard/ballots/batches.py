"""A facilitator's batch: every item is judged on its own, all that are good are stored together."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.scorecard.ballots.box import box_of
from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.outcomes import ACCEPTED, LATE, Outcome, rejected
from services.scorecard.ballots.schemas import BallotIn
from services.scorecard.ballots.settling import settle
from services.scorecard.ballots.writes import session_of, store_batch
from services.scorecard.counting.pace import pace_of
from services.scorecard.scorecards.refusals import no_answer
from shared.auth.user import User
from shared.db import Database
from shared.errors import Invalid, Problem
from shared.field_errors import field_error

BALLOTS = TypeAdapter(list[BallotIn])


async def record_batch(database: Database, user: User, items: Sequence[Any]) -> list[Outcome]:
    """What became of each item, in their order; what was stored is durable on return, and when this fails half-way."""
    await pace_of(database).wait()
    casts, outcomes = _read(user, items)
    outcomes |= await _store_at_once(database, casts)
    left = {at: cast for at, cast in casts.items() if at not in outcomes}
    if left:
        async with database.transaction() as db:
            outcomes |= zip(left, await settle(db, list(left.values())), strict=True)
    return [outcomes[at] for at in range(len(items))]


def _read(user: User, items: Sequence[Any]) -> tuple[dict[int, Cast], dict[int, Outcome]]:
    """The ballots by their places, and what is said of items that are none."""
    reach = user.reach()
    read = read_items(items)
    casts = {at: Cast(item, user, reach) for at, item in enumerate(read) if isinstance(item, BallotIn)}
    return casts, {at: rejected(item) for at, item in enumerate(read) if isinstance(item, Problem)}


async def _store_at_once(database: Database, casts: dict[int, Cast]) -> dict[int, Outcome]:
    """Those that are new and in order, which are nearly all; of one id the first."""
    doubtful = await box_of(database).villages.doubtful(database, casts.values())
    firsts: dict[UUID, int] = {}
    for at, cast in casts.items():
        if not doubtful or (cast.ballot.unit_code, cast.ballot.village_code) not in doubtful:
            firsts.setdefault(cast.ballot.id, at)
    if not firsts:
        return {}
    places = list(firsts.values())
    async with database.engine.connect() as connection:
        late = await store_batch(await session_of(connection), [casts[at] for at in places])
    return {places[at]: LATE if came_late else ACCEPTED for at, came_late in late.items()}


def read_items(items: Sequence[Any]) -> list[BallotIn | Problem]:
    """The ballots, each in its place, or what is wrong with it: all in one go, and one by one only where some are."""
    try:
        ballots = BALLOTS.validate_python(items)
    except ValidationError:
        return [_read_item(item) for item in items]
    return [ballot if ballot.is_answered() else no_answer() for ballot in ballots]


def _read_item(item: Any) -> BallotIn | Problem:
    try:
        ballot = BallotIn.model_validate(item)
    except ValidationError as error:
        return unreadable(error)
    return ballot if ballot.is_answered() else no_answer()


def unreadable(error: ValidationError) -> Invalid:
    """The refusal of an item whose first wrong field is named."""
    first = field_error({**error.errors()[0], "loc": ("body", *error.errors()[0]["loc"])})
    return Invalid("invalid_request", en=first.en, km=first.km, errors=[first])


def readable_id(item: Any) -> UUID | None:
    """The id of an item, also of one that could not be read as a whole."""
    if isinstance(item, BallotIn):
        return item.id
    try:
        return UUID(item["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
