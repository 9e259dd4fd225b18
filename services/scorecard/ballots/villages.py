"""Which villages may be named in ballots, remembered for a while: a meeting's ballots all name the same one."""

from collections.abc import Iterable
from time import monotonic

from services.scorecard.ballots.casts import Cast
from services.scorecard.scorecards.villages import find_foreign_villages
from shared.db import Database

KNOWN_SECONDS = 60.0
MOST_KNOWN = 20_000

Pair = tuple[str, str]


class KnownVillages:
    """Pairs of unit and village that were found right, each for a minute."""

    def __init__(self) -> None:
        self._until: dict[Pair, float] = {}

    async def doubtful(self, database: Database, casts: Iterable[Cast]) -> set[Pair]:
        """The pairs of these ballots that do not fit together, as far as the registry's copy knows."""
        now = monotonic()
        asked = {
            pair
            for cast in casts
            if cast.ballot.village_code is not None
            and self._until.get(pair := (cast.ballot.unit_code, cast.ballot.village_code), 0.0) < now
        }
        if not asked:
            return set()
        async with database.transaction() as db:
            foreign = await find_foreign_villages(db, asked)
        if len(self._until) > MOST_KNOWN:
            self._until.clear()
        self._until |= dict.fromkeys(asked - foreign, now + KNOWN_SECONDS)
        return foreign
