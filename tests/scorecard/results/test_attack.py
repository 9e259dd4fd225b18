"""Whatever is published, withdrawn, published again and compiled, in whatever order: nothing hidden can be computed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scorecard.areas import Unit
from services.scorecard.counting.groups import AgeGroup, Sex, slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.shown import levels_of
from services.scorecard.results.differing import find_small_change
from services.scorecard.results.making import Counted, History, Made, make_result, waiting_count
from services.scorecard.results.models import ResultCount
from services.scorecard.results.pooling import Waiting, numbers_of, pool
from services.scorecard.results.sums import Changes, Sums
from services.scorecard.results.suppression import COLUMNS, SPANS, SPLITS
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from tests.scorecard.counting.giving import add_scores
from tests.scorecard.results.attack import Attacker, Vector, plus
from tests.scorecard.results.public import INDICATORS, STEPS, State, categories, numbers_in, shown_by

THRESHOLD = 5
ROUND, SET = UUID(int=1), UUID(int=2)
PLACES = ("010101", "010101", "010102", "010102", "010201", "0102", "020101")
MEASURES = ("people", "0", "1")


@dataclass
class Play:
    """A round of few units, and its attacker."""

    rng: Random
    units: dict[str, str] = field(default_factory=dict)
    data: dict[str, State] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    versions: dict[str, list[tuple[Made, State]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, ResultCount] = field(default_factory=dict)
    frozen: dict[str, State] = field(default_factory=dict)
    areas: dict[str, Sums] = field(default_factory=dict)
    contents: dict[tuple[str, str, str], list[State]] = field(default_factory=lambda: defaultdict(list))
    """What an area's number of a measure and dimension is made of."""
    attackers: dict[str, Attacker] = field(default_factory=lambda: {measure: Attacker() for measure in MEASURES})
    """One who is after group sizes and knows that equally many participants and answers mean that nobody left the
    question out; and one per indicator who is after its scores, of which each step of the scale has the same equations.
    """

    def score(self, unit: str, people: int, skip: float) -> None:
        """So many more citizens score a unit."""
        before = self.data.get(unit)
        histogram = Histogram(INDICATORS, STEPS)
        if before is not None:
            histogram.add(before.histogram)
        for _ in range(people):
            disabled = self.rng.choice([None, True, False, False])
            sex: Sex = self.rng.choice(("female", "male"))
            age: AgeGroup = self.rng.choice(("youth", "adult"))
            slots = slots_of(sex, age, disabled, None, None)
            scores = [None if self.rng.random() < skip else self.rng.randint(1, STEPS) for _ in range(INDICATORS)]
            add_scores(histogram, slots, scores)
        self.data[unit] = State(f"{unit}.{len(self.states)}", self.units[unit], histogram)
        self.states.append(self.data[unit])

    def publish(self, unit: str) -> None:
        """Freeze the next version, unless it differs too little from an earlier one."""
        state, made_before = self.data[unit], self.versions[unit]
        round_ = Round(
            id=ROUND, year=2026, title_km="", title_en="", area_codes=["01"], suppression_threshold=THRESHOLD
        )
        card = Scorecard(
            round_id=ROUND,
            unit_code=unit,
            unit_kind="health_centre",
            area_code=state.area_code,
            indicator_set_id=SET,
            indicator_count=INDICATORS,
            steps=STEPS,
            own_indicators=[],
        )
        names = Unit(id=uuid4(), code=unit, kind="", area_code="", name_km="", name_en="", status="open", version=1)
        history = History([made.result for made, _ in made_before], self.counts.get(unit))
        counted = Counted({"": state.histogram}, 0, None)
        made = make_result(card, names, round_, counted, history, version=len(made_before) + 1)
        if find_small_change(history.earlier, made.result, THRESHOLD) is not None:
            return
        waiting = waiting_count(made, history.count)
        if waiting is not None:
            self.counts[unit], self.frozen[unit] = waiting, state
        changes = Changes()
        for old, old_state in made_before[-1:]:
            if old.result.withdrawn_at is None:
                changes.take_result(old.result)
                self.move(old, old_state, add=False)
        changes.add_result(made.result)
        self.move(made, state, add=True)
        self.change(changes)
        made_before.append((made, state))

    def withdraw(self, unit: str) -> None:
        """Take it back."""
        made, state = self.versions[unit][-1]
        if made.result.withdrawn_at is None:
            for old, _ in self.versions[unit]:
                old.result.withdraw(UUID(int=0), NOW, "")
            if unit in self.counts:
                self.counts[unit].stop_waiting()
            changes = Changes()
            changes.take_result(made.result)
            self.move(made, state, add=False)
            self.change(changes)

    def compile(self) -> None:
        """Pool what waits."""
        units = [
            Waiting(
                code,
                row.area_code,
                set(row.waiting),
                dict(row.atoms),
                {} if row.people is None or row.answers is None else numbers_of(row.people, row.answers, COLUMNS),
            )
            for code, row in self.counts.items()
        ]
        changes = Changes()
        for made in pool(units, THRESHOLD):
            span, width = SPANS[made.split], INDICATORS * STEPS
            people, cells = [0] * (span.stop - span.start), [0] * (width * (span.stop - span.start))
            for code in made.unit_codes:
                row = self.counts[code]
                assert row.people is not None
                assert row.cells is not None
                people = [a + b for a, b in zip(people, row.people[span], strict=True)]
                flat = row.cells[span.start * width : span.stop * width]
                cells = [a + b for a, b in zip(cells, flat, strict=True)]
                for area in levels_of(made.area_code):
                    for measure in MEASURES:
                        self.contents[area, measure, made.split].append(self.frozen[code])
            sums = Sums.of_pool(made.split, people, cells, indicators=INDICATORS, steps=STEPS)
            changes.add(sums, area_code=made.area_code, unit_kind="", year=2026, indicator_set_id=SET, steps=STEPS)
        for unit in units:
            self.counts[unit.unit_code].waiting = sorted(unit.waiting)
            self.counts[unit.unit_code].atoms = unit.atoms
        self.change(changes)

    def change(self, changes: Changes) -> None:
        """Add to the areas."""
        for (area, _), (sums, *_) in changes.by_row.items():
            self.areas.setdefault(area, Sums.empty(INDICATORS, STEPS)).add(sums)

    def move(self, made: Made, state: State, *, add: bool) -> None:
        """Note what areas' numbers are made of: what a unit shows by itself."""
        for measure, dimension, _ in shown_by(made):
            for area in levels_of(state.area_code):
                content = self.contents[area, measure, dimension]
                if add:
                    content.append(state)
                else:
                    content.remove(state)

    def look(self) -> None:
        """The attacker reads everything that is public now."""
        for versions in self.versions.values():
            for made, state in versions:
                if made.result.withdrawn_at is None:
                    for measure, dimension, numbers in shown_by(made):
                        self.tell([state], measure, dimension, numbers)
        for (area, measure, dimension), content in self.contents.items():
            self.tell(content, measure, dimension, numbers_in(self.areas[area], measure, dimension))

    def tell(self, content: list[State], measure: str, dimension: str, numbers: list[int]) -> None:
        """Public numbers, one per category."""
        for category, number in zip(categories(dimension), numbers, strict=True):
            total: Vector = {}
            people: Vector = {}
            for state in content:
                total = plus(total, state.vector(measure, dimension, category))
                people = plus(people, state.vector("people", dimension, category))
            self.attackers[measure].learn(total, number)
            if measure != "people":
                counter = self.attackers["people"]
                counter.learn(total, number)
                if counter.told.get(tuple(sorted(people.items()))) == number:
                    counter.learn(plus(people, total, -1), 0)

    def exposed(self) -> Iterator[str]:
        """Hidden numbers of a few people that the attacker knows, and sums of such.

        Participants of an area are public at all times; a group that all of a unit's participants are in is as large.
        """
        for place in {state.area_code for state in self.states}:
            inside = [state for state in self.data.values() if state.area_code == place]
            total: Vector = {}
            for state in inside:
                total = plus(total, state.vector("people", "all", ""))
            self.attackers["people"].learn(total, sum(state.histogram.participants for state in inside))
        for measure in MEASURES:
            for dimension in SPLITS:
                if measure == "people" and dimension in ("all", "ethnic_minority", "id_poor"):
                    continue  # how many took part is public, and nobody says anything about these
                for at, category in enumerate(categories(dimension)):
                    hidden = [
                        (f"{number} {state.name}", state.vector(measure, dimension, category))
                        for state in self.states
                        if 0 < (number := state.number(measure, dimension, at)) < state.histogram.participants
                    ]
                    for names, value in self.attackers[measure].determined(hidden, most=3):
                        if 0 < value < THRESHOLD:
                            yield f"{measure} {dimension} {category}: {names}"


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def play(seed: int, units: int = 6, moves: int = 14) -> Play:
    """A round in which things happen in any order, watched all the time."""
    rng = Random(seed)
    game = Play(rng)
    skip = rng.choice([0, 0, 0.1, 0.3])
    for number in range(units):
        code = f"U{number}"
        game.units[code] = rng.choice(PLACES)
        game.score(code, rng.choice([3, 4, 6, 8, 10, 13, 16, 25]), skip)
    for _ in range(moves):
        unit = rng.choice(list(game.units))
        match rng.choice(["publish"] * 6 + ["withdraw", "withdraw", "score", "compile", "compile"]):
            case "publish":
                if not game.versions[unit] or game.versions[unit][-1][0].result.withdrawn_at or rng.random() < 0.3:
                    game.publish(unit)
            case "withdraw" if game.versions[unit]:
                game.withdraw(unit)
            case "score" if rng.random() < 0.4:
                game.score(unit, rng.randint(1, 12), skip)
            case "compile":
                game.compile()
        game.look()
    game.compile()
    game.look()
    return game


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_nothing_hidden_can_be_computed(seed: int) -> None:
    assert list(play(seed).exposed()) == []
