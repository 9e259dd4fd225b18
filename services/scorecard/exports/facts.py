"""What is public about one indicator of a unit or an area, or about one group's answers to it: a row of every export.

All of it comes from published results and their sums, in which nothing hidden stands. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.scorecard.counting.groups import GROUPS
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.rules import (
    Distribution,
    Satisfied,
    area_median,
    gap_of,
    mean_of,
    median_of,
    own_mean,
    satisfied_of,
    unflatten,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One distribution with its statistics; null where too few people stand behind it."""

    code: str
    """Of the unit or area; empty for the nation."""
    unit_kind: str
    indicator: dict[str, Any]
    own: bool
    """Asked by the unit's own citizens, beside the round's set."""
    participants: int | None
    """Of the group."""
    distribution: Distribution | None
    median: float | None
    self_score: float | None
    """Of an area, the mean of its units'."""
    satisfied_from: int
    dimension: str = "all"
    category: str = ""

    @property
    def n(self) -> int | None:
        """How many answered."""
        return None if self.distribution is None else sum(self.distribution)

    @property
    def mean(self) -> float | None:
        """The mean, to two decimals."""
        return None if self.distribution is None else mean_of(self.distribution)

    @property
    def satisfied(self) -> Satisfied | None:
        """The share satisfied with its interval."""
        return None if self.distribution is None else satisfied_of(self.distribution, self.satisfied_from)

    @property
    def gap(self) -> float | None:
        """Citizens' median minus the provider's own score."""
        return gap_of(self.median, self.self_score)


def facts_of_unit(result: Result, questions: IndicatorSet, *, groups: bool) -> Iterator[Fact]:
    """Indicator by indicator, each followed by the groups that may be shown."""
    asked = [*questions.indicators, *result.own_indicators]
    everybody = unflatten(result.cells, result.steps)
    by_group = unflatten(result.group_cells, result.steps) if groups else []
    for at, indicator in enumerate(asked):
        own = at >= len(questions.indicators)
        distribution = everybody[at]
        median = None
        if distribution is not None:
            median = result.medians[at] if result.medians[at] is not None else median_of(distribution)
        everyone = Fact(
            code=result.unit_code,
            unit_kind=result.unit_kind,
            indicator=indicator,
            own=own,
            participants=result.participants,
            distribution=distribution,
            median=median,
            self_score=result.self_scores[at],
            satisfied_from=questions.satisfied_from,
        )
        yield everyone
        if groups:
            yield from _of_groups(everyone, result.people, by_group[at :: len(asked)])


def facts_of_area(row: AreaResult, questions: IndicatorSet, village_rule: str, *, groups: bool) -> Iterator[Fact]:
    """The same of the sums of an area's units of a kind."""
    count, bins = len(questions.indicators), 2 * row.steps - 1
    everybody = unflatten(row.cells, row.steps)
    by_group = unflatten(row.group_cells, row.steps) if groups else []
    for at, indicator in enumerate(questions.indicators):
        distribution = everybody[at] or []
        median = area_median(row.unit_medians[at * bins : (at + 1) * bins], village_rule)
        everyone = Fact(
            code=row.area_code,
            unit_kind=row.unit_kind,
            indicator=indicator,
            own=False,
            participants=row.participants,
            distribution=distribution,
            median=median_of(distribution) if median is None else median,
            self_score=own_mean(row.self_totals[at], row.self_counts[at]),
            satisfied_from=questions.satisfied_from,
        )
        yield everyone
        if groups:
            yield from _of_groups(everyone, row.people, by_group[at::count])


def _of_groups(everyone: Fact, people: Sequence[int | None], by_group: Sequence[Distribution | None]) -> Iterator[Fact]:
    """The groups of which anything is shown."""
    for (dimension, category), number, distribution in zip(GROUPS, people, by_group, strict=False):
        if distribution is not None and any(distribution):
            yield replace(
                everyone,
                dimension=dimension,
                category=category,
                participants=number,
                distribution=distribution,
                median=median_of(distribution),
                self_score=None,
            )
