"""Public numbers of units and areas, in terms of what an attacker does not know."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.scorecard.counting.groups import CATEGORIES
from services.scorecard.counting.histograms import Histogram
from services.scorecard.results.making import Made
from services.scorecard.results.sums import Sums
from services.scorecard.results.suppression import SPANS, Counts, Split
from tests.scorecard.results.attack import Vector, plus

STEPS, INDICATORS = 2, 2
KINDS = [f"{sex}_{age}" for sex in ("female", "male") for age in ("youth", "adult")]
ATTRIBUTE = ("yes", "no")
"""Of disability; nobody says anything about the other attributes, and everybody knows that."""


@dataclass
class State:
    """A unit with the state of its data, and what the attacker may not learn of it."""

    name: str
    area_code: str
    histogram: Histogram

    def vector(self, measure: str, dimension: str, category: str) -> Vector:
        """A number of the unit in terms of what is unknown: answers are participants without those who left it out."""
        if dimension == "all":
            return self._sum(measure, KINDS)
        if dimension in ("ethnic_minority", "id_poor"):
            return self._sum(measure, KINDS) if category == "undisclosed" else {}
        if dimension == "disability":
            if category != "undisclosed":
                return self._sum(measure, [category])
            return plus(self._sum(measure, KINDS), self._sum(measure, list(ATTRIBUTE)), -1)
        parts = [kind for kind in KINDS if category in (kind, *kind.split("_"))]
        return self._sum(measure, parts)

    def _sum(self, measure: str, kinds: list[str]) -> Vector:
        people: Vector = {(self.name, "people", kind): 1 for kind in kinds}
        left_out: Vector = {} if measure == "people" else {(self.name, measure, kind): 1 for kind in kinds}
        return plus(people, left_out, -1)

    def number(self, measure: str, dimension: Split, at: int) -> int:
        """The true number."""
        if measure == "people":
            return Counts.of(self.histogram).people[SPANS[dimension]][at]
        return Counts.of(self.histogram).answers()[int(measure)][SPANS[dimension]][at]


def categories(dimension: str) -> tuple[str, ...]:
    """Of a dimension, or of everybody."""
    return ("",) if dimension == "all" else CATEGORIES[dimension]  # type: ignore[index]


def shown_by(made: Made) -> Iterator[tuple[str, str, list[int]]]:
    """Everything that a result shows: participants, and who answered, per dimension."""
    width, groups = INDICATORS * STEPS, made.result.group_cells
    columns = [made.result.cells, *(groups[start : start + width] for start in range(0, len(groups), width))]
    people = [made.result.participants, *made.result.people]
    for dimension, span in SPANS.items():
        shown = [number for number in people[span] if number is not None]
        if shown:
            yield "people", dimension, shown
        for at in range(INDICATORS):
            cells = [column[at * STEPS : (at + 1) * STEPS] for column in columns[span]]
            if None not in cells[0]:
                yield str(at), dimension, [sum(cell or 0 for cell in scores) for scores in cells]


def numbers_in(sums: Sums, measure: str, dimension: str) -> list[int]:
    """The same of an area."""
    span, width = SPANS[dimension], INDICATORS * STEPS  # type: ignore[index]
    if measure == "people":
        return [sums.participants] if dimension == "all" else sums.people[span.start - 1 : span.stop - 1]
    columns = [
        sums.cells,
        *(sums.group_cells[start : start + width] for start in range(0, len(sums.group_cells), width)),
    ]
    at = int(measure)
    return [sum(column[at * STEPS : (at + 1) * STEPS]) for column in columns[span]]
