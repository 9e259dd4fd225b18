"""The rules that turn scores into numbers, and the rule that hides some of them."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.results.rules import (
    SEXES,
    Counted,
    exact_mean,
    flatten,
    gap_of,
    mean_of,
    median_of,
    show,
    unflatten,
    weakest_of,
)

distributions = st.lists(st.integers(0, 40), min_size=5, max_size=5)
scorings = st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=3, max_size=3), max_size=60)


def expand(distribution: list[int]) -> list[int]:
    return [score for score, count in enumerate(distribution, 1) for _ in range(count)]


@given(distributions)
def test_median_and_mean_are_those_of_the_expanded_list(distribution: list[int]) -> None:
    scores = expand(distribution)
    assert median_of(distribution) == (statistics.median(scores) if scores else None)
    assert exact_mean(distribution) == (Fraction(sum(scores), len(scores)) if scores else None)


@given(st.lists(distributions, max_size=6))
def test_the_median_of_a_sum_is_that_of_all_scores_together(parts: list[list[int]]) -> None:
    together = [sum(cells) for cells in zip(*parts, strict=True)] or [0] * 5
    scores = [score for part in parts for score in expand(part)]
    assert median_of(together) == (statistics.median(scores) if scores else None)


@given(distributions)
def test_the_median_lies_on_a_step_or_half_way(distribution: list[int]) -> None:
    median = median_of(distribution)
    assert median is None or (median * 2 == int(median * 2) and 1 <= median <= 5)


def test_means_are_rounded_to_two_digits() -> None:
    assert mean_of([1, 2, 0, 0, 0]) == 1.67
    assert mean_of([0] * 5) is None


@pytest.mark.parametrize(
    ("median", "own", "gap"), [(2.5, 4, -1.5), (4.0, 3, 1.0), (3.0, 3, 0.0), (None, 3, None), (3.0, None, None)]
)
def test_a_gap_is_negative_where_the_provider_thinks_better_of_itself(
    median: float | None, own: float | None, gap: float | None
) -> None:
    assert gap_of(median, own) == gap


def test_weakest_are_the_three_lowest_means_and_of_equals_the_first() -> None:
    high, low, lower = [0, 0, 0, 0, 9], [0, 9, 0, 0, 0], [9, 0, 0, 0, 0]
    assert weakest_of([high, low, high, lower, low, low], 5) == [3, 1, 4]
    assert weakest_of([high, high], 5) == [0, 1]


def test_too_few_answers_make_nothing_weak() -> None:
    assert weakest_of([[4, 0, 0, 0, 0], [0, 0, 5, 0, 0], [0] * 5], 5) == [1]


@given(st.lists(distributions, max_size=12), st.integers(5, 20))
def test_weakest_are_never_better_than_the_rest(parts: list[list[int]], threshold: int) -> None:
    chosen = weakest_of(parts, threshold)
    rated = [position for position, part in enumerate(parts) if sum(part) >= threshold]
    assert len(chosen) == min(3, len(rated))
    means = {position: exact_mean(parts[position]) for position in rated}
    for position in chosen:
        for other in set(rated) - set(chosen):
            assert (means[position], position) < (means[other], other)


def counted_of(ballots: list[list[int | None]], women: int) -> Counted:
    by_sex = {"female": min(women, len(ballots)), "male": max(0, len(ballots) - women), "undisclosed": 0}
    cells = [[sum(ballot[i] == score for ballot in ballots) for score in range(1, 6)] for i in range(3)]
    return Counted(by_sex, cells)


@given(scorings, st.integers(0, 60), st.integers(5, 12))
def test_nothing_is_shown_about_fewer_people_than_the_threshold(
    ballots: list[list[int | None]], women: int, threshold: int
) -> None:
    counted = counted_of(ballots, women)
    shown = show(counted, [3, None, 4], threshold)
    numbers = [shown.participants, *shown.by_sex.values(), *(sum(part) for part in shown.distributions if part)]
    assert all(number is None or number == 0 or number >= threshold for number in numbers)
    assert shown.suppressed == (len(ballots) < threshold)
    if shown.suppressed:
        assert shown.participants is None
        assert shown.weakest == []
        assert set(shown.by_sex.values()) == {None}
        assert set(flatten(shown.distributions)) == {None}
        assert set(shown.self_scores) == {None}
    else:
        assert shown.participants == counted.participants
        assert all(part is None or part == counted.distributions[i] for i, part in enumerate(shown.distributions))


@given(scorings, st.integers(0, 60))
def test_the_split_is_shown_whole_or_not_at_all(ballots: list[list[int | None]], women: int) -> None:
    shown = show(counted_of(ballots, women), [], 5)
    hidden = [value is None for value in shown.by_sex.values()]
    assert all(hidden) or not any(hidden)
    assert any(hidden) or sum(value or 0 for value in shown.by_sex.values()) == shown.participants


def test_a_group_that_nobody_belongs_to_hides_nothing() -> None:
    counted = Counted({"female": 9, "male": 0, "undisclosed": 0}, [[9, 0, 0, 0, 0]])
    assert show(counted, [], 5).by_sex == {"female": 9, "male": 0, "undisclosed": 0}
    assert list(SEXES) == list(counted.by_sex)


@given(st.lists(st.one_of(st.none(), distributions), max_size=8))
def test_storing_a_result_and_reading_it_back_changes_nothing(parts: list[list[int] | None]) -> None:
    assert unflatten(flatten(parts)) == parts
