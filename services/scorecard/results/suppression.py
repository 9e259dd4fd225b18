"""What may be shown of a unit by itself. Pure functions; the README states the rule.

Participants and answers are counted in dimensions, each of which puts everybody into one category: all (one category
with everybody), sex, age group, both together, and so on. A dimension is shown as a whole or not at all, as a single
hidden category would follow from the total.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Final, Literal, Self

from services.scorecard.counting.groups import CATEGORIES, DIMENSIONS, GROUPS, Dimension
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.safety import are_safe

Split = Literal["all"] | Dimension

SPLITS: Final[tuple[Split, ...]] = ("all", *DIMENSIONS)
"""A dimension stands after those that follow from it by adding up."""
PARENTS: Final[dict[Split, tuple[Split, ...]]] = {
    "all": (),
    **dict.fromkeys(DIMENSIONS, ("all",)),
    "sex_age": ("sex", "age_group"),
}
"""The next coarser dimensions."""
COLUMNS: Final = 1 + len(GROUPS)
"""Everybody, then the groups."""


def _spans() -> dict[Split, slice]:
    spans: dict[Split, slice] = {"all": slice(0, 1)}
    start = 1
    for dimension, categories in CATEGORIES.items():
        spans[dimension] = slice(start, start + len(categories))
        start += len(categories)
    return spans


SPANS: Final = _spans()
"""The columns of a dimension's categories."""


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted about a unit: of everybody, then of each group of groups.GROUPS."""

    steps: int
    people: list[int]
    cells: list[list[int]]
    """Per column n1…nK of each indicator, one after the other."""

    @classmethod
    def of(cls, histogram: Histogram) -> Self:
        """The categories of a histogram's slots."""
        people, cells = [histogram.participants], [list(histogram.counts)]
        for dimension in DIMENSIONS:
            people += histogram.people_of(dimension)
            by_indicator = [histogram.counts_of(dimension, at) for at in range(histogram.indicators)]
            categories = range(len(CATEGORIES[dimension]))
            cells += [[cell for rows in by_indicator for cell in rows[category]] for category in categories]
        return cls(histogram.steps, people, cells)

    @property
    def indicators(self) -> int:
        """How many there are."""
        return len(self.cells[0]) // self.steps

    def answers(self) -> list[list[int]]:
        """Per indicator, how many of each column answered it."""
        return [
            [sum(column[start : start + self.steps]) for column in self.cells]
            for start in range(0, len(self.cells[0]), self.steps)
        ]


@dataclass(frozen=True, slots=True)
class Village:
    """What may be shown of a village of the unit."""

    village_code: str
    participants: int
    cells: list[int | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What may leave of a unit's result: None stands where a number would say too much."""

    people: list[int | None]
    cells: list[list[int | None]]
    waiting: list[Split]
    """Dimensions that are hidden and may be pooled with those of other units."""

    @property
    def suppressed(self) -> bool:
        """Whether no number is shown at all."""
        return self.people[0] is None


def show(
    counts: Counts,
    threshold: int,
    *,
    own: int = 0,
    pooled: Collection[str] = (),
    public: Collection[str] = (),
) -> Shown:
    """Apply the rule to a unit's counts, of which the last `own` indicators are asked in this unit alone.

    What went into a pool of an area is never shown by itself, and what an earlier version showed by itself never goes
    into a pool: the rest of the pool would follow. Nor does anything finer than a dimension of which an indicator is
    hidden, or anything of a unit that went into a pool with an earlier version.
    """
    people: list[int | None] = [None] * COLUMNS
    cells: list[list[int | None]] = [[None] * len(column) for column in counts.cells]
    answers = counts.answers()
    whole: dict[Split, bool] = {}
    waiting: list[Split] = []
    for split in SPLITS:
        span, parents = SPANS[split], PARENTS[split]
        may_be_whole = all(whole[parent] for parent in parents)
        if not _is_shown(counts, split, threshold, people, pooled):
            whole[split] = may_be_whole and counts.people[0] > 0 and not pooled and split not in public
            if whole[split]:
                waiting.append(split)
            continue
        people[span] = counts.people[span]
        shown = [
            _is_shown_in(answers[at], split, threshold, at, cells, counts.steps) for at in range(counts.indicators)
        ]
        for at in (at for at, is_shown in enumerate(shown) if is_shown):
            scores = slice(at * counts.steps, (at + 1) * counts.steps)
            for column in range(span.start, span.stop):
                cells[column][scores] = counts.cells[column][scores]
        whole[split] = may_be_whole and all(shown[: counts.indicators - own])
    return Shown(people, cells, waiting)


def _is_shown(
    counts: Counts, split: Split, threshold: int, people: Sequence[int | None], pooled: Collection[str]
) -> bool:
    if split == "all":
        return "all" not in pooled and counts.people[0] >= threshold
    follow = [people[SPANS[parent].start] is not None for parent in PARENTS[split]]
    return all(follow) and split not in pooled and are_safe(counts.people[SPANS[split]], threshold)


def _is_shown_in(
    answers: Sequence[int], split: Split, threshold: int, at: int, cells: Sequence[Sequence[int | None]], steps: int
) -> bool:
    follow = [cells[SPANS[parent].start][at * steps] is not None for parent in PARENTS[split]]
    return all(follow) and are_safe(answers[SPANS[split]], threshold)


def show_villages(villages: Mapping[str, Histogram], shown: Shown, threshold: int) -> list[Village]:
    """The villages with enough people, as long as those that are left have enough together, or are none.

    An indicator is shown for all of them or for none, by the same rule; the same villages stand for every number, so
    that nothing follows from indicators that everybody answered.
    """
    if shown.suppressed:
        return []
    named = sorted((code for code in villages if code), key=lambda code: (-villages[code].participants, code))
    chosen = [code for code in named if villages[code].participants >= threshold]
    total = sum(village.participants for village in villages.values())
    while chosen and not are_safe([total - sum(villages[code].participants for code in chosen)], threshold):
        chosen.pop()
    if not chosen:
        return []
    steps = villages[chosen[0]].steps
    cells: dict[str, list[int | None]] = {code: [None] * len(shown.cells[0]) for code in chosen}
    for start in range(0, len(shown.cells[0]), steps):
        scores = slice(start, start + steps)
        answers = [sum(villages[code].counts[scores]) for code in chosen]
        everybody = [cell for cell in shown.cells[0][scores] if cell is not None]
        if everybody and are_safe([*answers, sum(everybody) - sum(answers)], threshold):
            for code in chosen:
                cells[code][scores] = villages[code].counts[scores]
    return [Village(code, villages[code].participants, cells[code]) for code in sorted(chosen)]


def distance(before: Sequence[int], after: Sequence[int]) -> int:
    """How far two distributions are from each other: the sum of the differences of their counts."""
    return sum(abs(one - other) for one, other in zip(before, after, strict=True))


def add_up(parts: Iterable[Sequence[int]], width: int) -> list[int]:
    """The sum of arrays of the same width."""
    total = [0] * width
    for part in parts:
        total = list(map(add, total, part))
    return total
