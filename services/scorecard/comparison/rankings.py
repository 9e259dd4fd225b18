"""Orders of areas and units that were asked for lately: a nation's are worth keeping until the next publication."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.comparison.queries import Wanted, read_table
from services.scorecard.comparison.ranking import Measure, Order, Ranked, rank
from services.scorecard.history.succession import Origin
from services.scorecard.results.public import count_publications
from services.scorecard.rounds.models import Round
from shared.db import Database

MOST_PLACES = 200_000
"""Areas and units in all orders that are kept: some 40 MB, or those of a nation's units fifteen times."""
FRAME = 10
"""Places that an order without any would weigh: a nation has some thousand areas to ask for, in as many ways."""
EDITION_OF_ALL = text(
    """
    SELECT (SELECT sum(a.version) FROM round AS r JOIN area_result AS a ON a.round_id = r.id AND a.area_code = ''),
           (SELECT sum(version) FROM round),
           (SELECT count(*) FROM area_succession),
           (SELECT sum(version) FROM unit WHERE cardinality(aliases) > 0)
    """
)
"""Changes with all that a change since an earlier round is made of."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places in order, how many have none, and with which round each was compared where change is the measure."""

    places: Sequence[Ranked]
    below_minimum: int
    no_value: int
    origins: Mapping[str, tuple[Round, Origin]]

    @property
    def weight(self) -> int:
        """What it takes of MOST_PLACES; an order without any place has a key and a frame too."""
        return FRAME + len(self.places) + len(self.origins)


class Rankings:
    """The newest of each, up to MOST_PLACES; one is made at a time, so that many who ask at once wait for one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[Any, Ranking]] = OrderedDict()
        self._weight = 0
        self._turn = asyncio.Lock()

    async def read(self, db: AsyncSession, wanted: Wanted, measure: Measure, order: Order) -> Ranking:
        """The order, made anew when anything it is made of has changed. Raises Invalid as `read_table` does.

        How far scorecards are changes by the minute while a round runs: completeness and timeliness are not kept. What
        is kept waits for no other that is being made.
        """
        if measure in ("completeness", "timeliness"):
            return await _made(db, wanted, measure, order)
        asked = tuple((question.questions.id, question.position) for question in wanted.questions)
        key = (wanted.round.id, wanted.level, wanted.area, asked, measure, order)
        edition: Any = (await count_publications(db, wanted.round.id), wanted.round.version)
        if measure == "change":
            edition += tuple((await db.execute(EDITION_OF_ALL)).one())
        ranking = self._find(key, edition)
        if ranking is None:
            async with self._turn:
                ranking = self._find(key, edition)
                if ranking is None:
                    ranking = await _made(db, wanted, measure, order)
                    self._keep(key, edition, ranking)
        return ranking

    def _find(self, key: Any, edition: Any) -> Ranking | None:
        kept = self._kept.get(key)
        if kept is None or kept[0] != edition:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def _keep(self, key: Any, edition: Any, ranking: Ranking) -> None:
        if key in self._kept:
            self._weight -= self._kept.pop(key)[1].weight
        self._kept[key] = edition, ranking
        self._weight += ranking.weight
        while self._weight > MOST_PLACES and len(self._kept) > 1:
            self._weight -= self._kept.popitem(last=False)[1][1].weight


async def _made(db: AsyncSession, wanted: Wanted, measure: Measure, order: Order) -> Ranking:
    table = await read_table(db, wanted, measure)
    below = table.below_minimum
    places = rank({code: value for code, value in table.values.items() if code not in below}, order)
    return Ranking(places, len(below), len(table.values) - len(places) - len(below), table.origins)


_rankings: WeakKeyDictionary[Database, Rankings] = WeakKeyDictionary()


def rankings_in(database: Database) -> Rankings:
    """Those of a running service."""
    return _rankings.setdefault(database, Rankings())
