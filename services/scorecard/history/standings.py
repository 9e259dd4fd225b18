"""How a unit, or an area's units of one kind, stood in a round, from public numbers alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add

from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.rules import area_median, gap_of, mean_of, median_of, own_mean, satisfied_of

Cells = Sequence[int | None]
"""Counts of answers per step of the scale; null where they are hidden."""


@dataclass(frozen=True, slots=True)
class Score:
    """One indicator, or all together: null where too few people stand behind a number."""

    n: int | None = None
    median: float | None = None
    mean: float | None = None
    satisfied: float | None = None
    """Share of the answers from the step on where satisfaction begins, 0 to 1."""
    gap: float | None = None
    """Citizens' median minus the providers' own score."""


HIDDEN = Score()


@dataclass(frozen=True, slots=True)
class Scale:
    """How many steps there are, and from which on a citizen is satisfied."""

    steps: int
    satisfied_from: int

    @classmethod
    def of(cls, questions: IndicatorSet) -> "Scale":
        """The scale of a set."""
        return cls(len(questions.scale), questions.satisfied_from)


@dataclass(frozen=True, slots=True)
class Standing:
    """The scores by indicator code, of one set of questions."""

    questions: IndicatorSet
    participants: int | None
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """What the scores are measured with."""
        return Scale.of(self.questions)


def score_of(cells: Cells, scale: Scale, *, median: float | None = None, own: float | None = None) -> Score:
    """The statistics of one distribution; `median` goes before that of the distribution (the round's village rule)."""
    counts = [cell for cell in cells if cell is not None]
    if len(counts) < scale.steps:
        return HIDDEN
    n = sum(counts)
    middle = median_of(counts) if median is None else median
    satisfied = satisfied_of(counts, scale.satisfied_from)
    return Score(n, middle, mean_of(counts), satisfied.share if satisfied else None, gap_of(middle, own))


def standing_of_unit(result: Result, questions: IndicatorSet) -> Standing:
    """A unit's published result; what its citizens added to the set is its own and compares with nothing."""
    scale = Scale.of(questions)
    scores = {
        indicator["code"]: score_of(
            result.cells[at * scale.steps : (at + 1) * scale.steps],
            scale,
            median=result.medians[at] if at < len(result.medians) else None,
            own=result.self_scores[at] if at < len(result.self_scores) else None,
        )
        for at, indicator in enumerate(questions.indicators)
    }
    return Standing(questions, result.participants, scores)


def standing_of_areas(rows: Sequence[AreaResult], questions: IndicatorSet, village_rule: str) -> Standing:
    """The sums of one or more areas' published units of a kind."""
    scale = Scale.of(questions)
    cells, bins, totals, numbers = (_summed([getattr(row, name) for row in rows]) for name in SUMS)
    width = 2 * scale.steps - 1
    scores = {
        indicator["code"]: score_of(
            cells[at * scale.steps : (at + 1) * scale.steps],
            scale,
            median=area_median(bins[at * width : (at + 1) * width], village_rule),
            own=own_mean(totals[at], numbers[at]),
        )
        for at, indicator in enumerate(questions.indicators)
    }
    return Standing(questions, sum(row.participants for row in rows), scores)


SUMS = ("cells", "unit_medians", "self_totals", "self_counts")


def _summed(arrays: Sequence[Sequence[int]]) -> list[int]:
    total = list(arrays[0])
    for array in arrays[1:]:
        total = list(map(add, total, array))
    return total


def difference(now: float | None, before: float | None) -> float | None:
    """How much more now; null where either is hidden."""
    return None if now is None or before is None else round(now - before, 4)
