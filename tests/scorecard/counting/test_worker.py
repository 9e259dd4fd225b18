"""Whatever is scored, taken back and moved, and whenever the worker counts: the histograms are what is stored."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scorecard.counting import batches, worker
from services.scorecard.counting.groups import DIMENSIONS, GROUPS, PEOPLE_SLOTS, slots_of, split
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.queries import count_unit, unit_histogram
from services.scorecard.counting.rounds import refresh_rounds
from services.scorecard.scorecards.models import Scorecard as Card
from tests.scorecard.conftest import Scorecard
from tests.scorecard.counting.giving import add_scores

STEPS, ASKED, THRESHOLD = 3, 2, 5
UNITS = ["HC-020301-1", "HC-020302-1", "HC-020301-2", "OW-0203", "PS-020301-1"]
HAS_OWN = "HC-020301-2"
"""Its citizens added an indicator of their own."""
AREAS = ["020301", "020302", "020401"]
VILLAGES = ["", "02030101"]
PEOPLE = [
    ("female", "adult", None, None, None),
    ("male", "elder", True, False, None),
    ("male", "adult", None, True, True),
]

choices = st.integers(0, 1_000)
steps = st.one_of(
    st.tuples(st.just("cast"), choices, st.integers(1, 7)),
    st.tuples(st.just("replace"), choices),
    st.tuples(st.just("tally"), choices, st.integers(1, 9)),
    st.tuples(st.just("take_back"), choices),
    st.tuples(st.just("move"), choices),
    st.tuples(st.just("count"), st.integers(1, 9)),
    st.tuples(st.just("crash"), st.integers(1, 9)),
    st.tuples(st.just("count_again")),
)

NEW_ROUND = """
INSERT INTO round (id, year, title_km, title_en, area_codes, state, suppression_threshold, version)
VALUES ($1, 2026, 'ជុំ', 'Round', '{02}', 'open', $2, 1)
"""
NEW_CARD = """
INSERT INTO scorecard
    (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, own_indicators, steps)
SELECT $1, $2, $3, $4, (SELECT id FROM indicator_set LIMIT 1), $5, $6, $7
"""
CAST = """
WITH queued AS (
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, scores) VALUES ($2, $3, $4, $5, $6))
INSERT INTO ballot (id, round_id, unit_code, village_code, scores, sex, age_group, disability, ethnic_minority, id_poor,
                    channel)
VALUES ($1, $2, $3, nullif($4, ''), $6, $7, $8, $9, $10, $11, 'meeting')
"""
REPLACE = """
WITH queued AS (
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, scores)
    VALUES ($2, $3, $4, $5, -1, $6), ($2, $3, $4, $5, 1, $7))
UPDATE ballot SET scores = $7 WHERE id = $1
"""
TALLY = """
WITH queued AS (
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, counts)
    VALUES ($2, $3, $4, ARRAY[$5::smallint], $6, $7)
), meeting AS (
    INSERT INTO tally (id, round_id, unit_code, village_code, held_on, recorded_by)
    VALUES ($1, $2, $3, nullif($4, ''), '2026-03-02', $1))
INSERT INTO tally_group (tally_id, slot, participants, counts) VALUES ($1, $5, $6, $7)
"""
TAKE_BACK = """
WITH queued AS (
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, counts)
    VALUES ($2, $3, $4, ARRAY[$5::smallint], -$6::int, $7)
), groups AS (DELETE FROM tally_group WHERE tally_id = $1)
UPDATE tally SET late = true WHERE id = $1
"""


@dataclass
class Play:
    """A round of its own, what was stored in it, and a worker that is moved by hand."""

    session: asyncpg.Connection
    round_id: UUID = field(default_factory=uuid4)
    areas: dict[str, str] = field(default_factory=dict)
    ballots: list[list[Any]] = field(default_factory=list)
    tallies: list[list[Any]] = field(default_factory=list)

    async def begin(self) -> None:
        """Open the round, with a scorecard for each unit."""
        await self.session.execute(NEW_ROUND, self.round_id, THRESHOLD)
        for code in UNITS:
            self.areas[code] = code.split("-")[1]
            own = '[{"code": "own"}]' if code == HAS_OWN else "[]"
            width = self.indicators(code)
            values = (self.round_id, code, code[:2], self.areas[code], width, own, STEPS)
            await self.session.execute(NEW_CARD, *values)

    @staticmethod
    def indicators(unit: str) -> int:
        return ASKED + (unit == HAS_OWN)

    def scores(self, unit: str, chance: random.Random) -> list[int | None]:
        return [chance.choice([None, *range(1, STEPS + 1)]) for _ in range(self.indicators(unit))]

    async def cast(self, choice: int, number: int) -> None:
        """So many people of one kind score a unit, each in their way."""
        chance = random.Random(choice)
        unit, village, person = chance.choice(UNITS), chance.choice(VILLAGES), chance.choice(PEOPLE)
        for _ in range(number):
            ballot = [uuid4(), self.round_id, unit, village, slots_of(*person), self.scores(unit, chance)]  # type: ignore[arg-type]
            await self.session.execute(CAST, *ballot, *person)
            self.ballots.append(ballot)

    async def replace(self, choice: int) -> None:
        """A phone scores again."""
        if self.ballots:
            chance = random.Random(choice)
            ballot = chance.choice(self.ballots)
            scores = self.scores(ballot[2], chance)
            await self.session.execute(REPLACE, *ballot, scores)
            ballot[5] = scores

    async def tally(self, choice: int, people: int) -> None:
        """A meeting, one group."""
        chance = random.Random(choice)
        unit, slot = chance.choice(UNITS), chance.randrange(PEOPLE_SLOTS)
        counts = [chance.randrange(people + 1) for _ in range(self.indicators(unit) * STEPS)]
        tally = [uuid4(), self.round_id, unit, chance.choice(VILLAGES), slot, people, counts]
        await self.session.execute(TALLY, *tally)
        self.tallies.append(tally)

    async def take_back(self, choice: int) -> None:
        """A tally was wrong."""
        if self.tallies:
            *tally, counts = self.tallies.pop(choice % len(self.tallies))
            await self.session.execute(TAKE_BACK, *tally, [-count for count in counts])

    async def move(self, choice: int) -> None:
        """A unit is in another area now."""
        chance = random.Random(choice)
        unit, area = chance.choice(UNITS[:3]), chance.choice(AREAS)
        await self.session.execute(
            "UPDATE scorecard SET area_code = $3 WHERE round_id = $1 AND unit_code = $2", self.round_id, unit, area
        )
        await self.session.execute("INSERT INTO round_change (round_id, recount) VALUES ($1, true)", self.round_id)
        self.areas[unit] = area

    async def count(self, most: int) -> None:
        """The worker counts some, and looks after rounds."""
        await batches.count_batch(self.session, most)
        if most % 2:
            await refresh_rounds(self.session)

    async def crash(self, most: int) -> None:
        """The worker dies before it commits."""
        attempt = self.session.transaction()
        await attempt.start()
        await batches.count_batch(self.session, most)
        await attempt.rollback()

    async def count_again(self) -> None:
        """An administrator has all counted again."""
        await self.session.execute("INSERT INTO round_change (round_id, from_ballots) VALUES ($1, true)", self.round_id)

    def expected(self) -> dict[tuple[str, str], Histogram]:
        """By unit and village, from what was stored."""
        found: dict[tuple[str, str], Histogram] = {}
        for _, _, unit, village, slots, scores in self.ballots:
            add_scores(found.setdefault((unit, village), Histogram(self.indicators(unit), STEPS)), slots, scores)
        for _, _, unit, village, slot, people, counts in self.tallies:
            found.setdefault((unit, village), Histogram(self.indicators(unit), STEPS)).add_counts(
                [slot], people, counts
            )
        return found

    def expected_areas(self) -> dict[tuple[str, str], list[Any]]:
        """Per area and kind of unit, the plain numbers and the sums of what each unit may show."""
        found: dict[tuple[str, str], list[Any]] = {}
        expected = self.expected()
        for unit in {unit for unit, _ in expected}:
            parts = [histogram for (code, _), histogram in expected.items() if code == unit]
            whole = Histogram.total(self.indicators(unit), STEPS, parts)
            counts, people = may_show(whole)
            for length in range(0, len(self.areas[unit]) + 1, 2):
                entry = found.setdefault((self.areas[unit][:length], unit[:2]), [0, 0, Counter(), Counter()])
                entry[0] += 1
                entry[1] += whole.participants
                entry[2].update(counts)
                entry[3].update(people)
        return found


def may_show(whole: Histogram) -> tuple[dict[int, int], dict[int, int]]:
    """The rule, said in another way than the worker says it."""
    counts: dict[int, int] = {}
    for indicator in range(ASKED):
        answers = whole.distribution(indicator)
        if whole.participants >= THRESHOLD and (sum(answers) == 0 or sum(answers) >= THRESHOLD):
            counts |= {indicator * STEPS + step: count for step, count in enumerate(answers)}
    people: dict[int, int] = {}
    for dimension in DIMENSIONS:
        parts = split(dimension, whole.people, whole.participants)
        if all(part == 0 or part >= THRESHOLD for part in parts):
            first = GROUPS.index((dimension, next(name for kind, name in GROUPS if kind == dimension)))
            people |= {first + at: part for at, part in enumerate(parts)}
    return counts, people


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sequence=st.lists(steps, min_size=2, max_size=25))
async def test_histograms_are_what_is_stored(scorecard: Scorecard, sequence: list[tuple[Any, ...]]) -> None:
    session = await worker.connect(scorecard.client.runtime.settings.database_url)
    try:
        play = Play(session)
        await play.begin()
        for name, *arguments in sequence:
            await getattr(play, name)(*arguments)
        await scorecard.count_all()
        expected = play.expected()
        async with scorecard.client.runtime.database.transaction() as db:
            for code in UNITS:
                of_unit = {village: found for (unit, village), found in expected.items() if unit == code}
                assert await unit_histogram(db, play.round_id, code) == of_unit
                assert await count_unit(db, await db.get_one(Card, (play.round_id, code))) == of_unit
        assert await areas_of(session, play.round_id) == {
            key: [units, people, +counts, +groups]
            for key, (units, people, counts, groups) in play.expected_areas().items()
        }
    finally:
        await session.close()


async def areas_of(session: asyncpg.Connection, round_id: UUID) -> dict[tuple[str, str], list[Any]]:
    """What the worker has summed up, where anybody has scored."""
    rows = await session.fetch("SELECT * FROM area_histogram WHERE round_id = $1", round_id)
    return {
        (row["area_code"], row["unit_kind"]): [
            row["units_scored"],
            row["ballots"] + row["tallied"],
            +Counter(dict(enumerate(row["counts"]))),
            +Counter(dict(enumerate(row["people"]))),
        ]
        for row in rows
        if row["ballots"] + row["tallied"] or row["units_scored"]
    }
