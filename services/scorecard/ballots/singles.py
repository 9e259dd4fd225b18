"""One ballot: in nearly all cases it is stored in one round trip, together with others that wait."""

from services.scorecard.ballots.box import box_of
from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.outcomes import ACCEPTED, LATE, Outcome
from services.scorecard.ballots.settling import settle
from shared.db import Database


async def record(database: Database, cast: Cast) -> Outcome:
    """What became of it; durable on return. The round trip is left out where more has to be known first."""
    if not await _needs_a_look(database, cast):
        stored = await box_of(database).put(database, cast)
        if stored is not None:
            return ACCEPTED if stored == "counted" else LATE
    async with database.transaction() as db:
        return (await settle(db, [cast]))[0]


async def _needs_a_look(database: Database, cast: Cast) -> bool:
    if cast.names_other_unit:
        return True
    return cast.ballot.village_code is not None and bool(await box_of(database).villages.doubtful(database, [cast]))
