"""The rules that turn scores into numbers."""

import statistics
from fractions import Fraction
from math import floor, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.results.rules import (
    Satisfied,
    WorseOff,
    exact_mean,
    gap_of,
    mean_of,
    median_of,
    median_of_bins,
    median_of_medians,
    satisfied_of,
    unflatten,
    weakest_of,
    worse_off,
)
from services.scorecard.results.schemas import Groups

distributions = st.integers(2, 10).flatmap(lambda steps: st.lists(st.integers(0, 40), min_size=steps, max_size=steps))
of_five = st.lists(st.integers(0, 40), min_size=5, max_size=5)


def expand(distribution: list[int]) -> list[int]:
    return [score for score, count in enumerate(distribution, 1) for _ in range(count)]


@given(distributions)
def test_median_and_mean_are_those_of_the_expanded_list(distribution: list[int]) -> None:
    scores = expand(distribution)
    assert median_of(distribution) == (statistics.median(scores) if scores else None)
    assert exact_mean(distribution) == (Fraction(sum(scores), len(scores)) if scores else None)


@given(st.lists(of_five, max_size=6))
def test_the_median_of_a_sum_is_that_of_all_scores_together(parts: list[list[int]]) -> None:
    together = [sum(cells) for cells in zip(*parts, strict=True)] or [0] * 5
    scores = [score for part in parts for score in expand(part)]
    assert median_of(together) == (statistics.median(scores) if scores else None)


def test_half_values_and_nobody() -> None:
    assert (median_of([0, 1, 0, 1, 0]), median_of([0, 1, 1, 0, 0]), median_of([0] * 5)) == (3, 2.5, None)
    assert (mean_of([1, 1, 1, 0, 0]), mean_of([0, 0, 0]), mean_of([1, 2])) == (2, None, 1.67)


@pytest.mark.parametrize(
    ("villages", "median"),
    [
        ([[5, 0, 0, 0, 0], [0, 0, 0, 0, 90]], 3),
        ([[5, 0, 0, 0, 0], [0, 0, 0, 0, 90], [0, 7, 0, 0, 0]], 2),
        ([[4, 0, 0, 0, 0], [0, 0, 0, 0, 90]], 5),
        ([[0, 0, 5, 0, 0], [0, 0, 5, 5, 0]], 3),
        ([[0, 0, 5, 5, 0], [0, 0, 0, 5, 0]], 3.5),
        ([[4, 0, 0, 0, 0], [0, 0, 0, 0, 4]], None),
        ([], None),
    ],
    ids=["alike", "middle", "too few", "lower half", "half", "nobody has enough", "no village"],
)
def test_every_village_alike(villages: list[list[int]], median: float | None) -> None:
    assert median_of_medians(villages, 5) == median


@given(st.lists(st.integers(2, 10), max_size=30))
def test_the_middle_of_units_medians_is_a_half_step(halves: list[int]) -> None:
    bins = [halves.count(half) for half in range(2, 11)]
    middle = median_of_bins(bins)
    assert middle == (floor(statistics.median(halves)) / 2 if halves else None)


def test_the_gap_is_negative_where_the_provider_thinks_better_of_itself() -> None:
    assert (gap_of(2.5, 4), gap_of(4, 3.333), gap_of(None, 4), gap_of(3, None)) == (-1.5, 0.67, None, None)


def test_the_share_of_the_satisfied_has_wilsons_interval() -> None:
    """The figures are those of the textbook's formula, for 12 of 20."""
    n, share, z = 20, 0.6, 1.959964
    half = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    assert satisfied_of([2, 3, 3, 7, 5], 4) == Satisfied(0.6, round(centre - half, 4), round(centre + half, 4))
    assert satisfied_of([2, 3, 3, 7, 5], 4) == Satisfied(0.6, 0.3866, 0.7812)
    assert satisfied_of([0, 0, 0, 0, 0], 4) is None
    assert satisfied_of([3, 5], 2) == Satisfied(0.625, 0.3057, 0.8632)


@given(distributions, st.integers(1, 10))
def test_the_interval_holds_the_share(distribution: list[int], satisfied_from: int) -> None:
    found = satisfied_of(distribution, satisfied_from)
    assert (found is None) == (sum(distribution) == 0)
    if found is not None:
        assert 0 <= found.low <= found.share <= found.high <= 1


def test_the_weakest_are_the_lowest_means_with_enough_answers() -> None:
    fair, bad, good, few, none = [0, 0, 9, 0, 0], [9, 0, 0, 0, 0], [0, 0, 0, 0, 9], [4, 0, 0, 0, 0], [0] * 5
    assert weakest_of([fair, good, bad, few, none, fair], 5) == [2, 0, 5]
    assert weakest_of([few, none, None], 5) == []


def test_a_group_is_worse_off_when_the_intervals_do_not_touch() -> None:
    low, high, few = [20, 5, 3, 1, 1], [1, 1, 3, 20, 25], [3, 1, 0, 1, 1]
    worse = WorseOff("disability", "yes", 0.0667, 0.9)
    assert worse_off({("disability", "yes"): low, ("disability", "no"): high}, 4) == [worse]
    assert worse_off({("disability", "yes"): few, ("disability", "no"): [3, 1, 0, 2, 2]}, 4) == []
    assert worse_off({("disability", "yes"): low, ("disability", "no"): None}, 4) == [], "hidden"
    assert worse_off({("disability", "yes"): low, ("disability", "undisclosed"): high}, 4) == [], "who did not say"
    ages: Groups = {("age_group", "youth"): high, ("age_group", "adult"): high, ("age_group", "elder"): low}
    assert [(group.category, group.others) for group in worse_off(ages, 4)] == [("elder", 0.9)]
    assert worse_off(ages, 1) == [], "everybody is satisfied"


def test_stored_arrays_are_distributions() -> None:
    assert unflatten([1, 2, None, None, 0, 0], 2) == [[1, 2], None, [0, 0]]
