from random import Random
from statistics import median as true_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.citizens import (
    FEWEST_OF_A_SEX,
    RESPONDENTS,
    WOMEN,
    Scores,
    add,
    apportion,
    citizens_of,
    distributions,
    mean,
    median,
    quality_of,
    scores_of,
    self_scores_of,
    turnouts,
)


@given(
    total=st.integers(0, 100_000),
    weights=st.lists(st.floats(0.01, 1000, allow_nan=False), min_size=1, max_size=40),
)
def test_parts_add_up_and_are_as_near_to_their_share_as_can_be(total: int, weights: list[float]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) <= 1 + 1e-6


@pytest.mark.parametrize("communes", [1, 2, 3])
@pytest.mark.parametrize("seed", ["1/2026", "2026/2026", "77/2031"])
def test_the_studys_respondents_and_women_take_part(seed: str, communes: int) -> None:
    districts = turnouts(seed, communes)
    everybody = [turnout for district in districts for turnout in district]
    assert [len(district) for district in districts] == [communes] * 7
    assert sum(turnout.women + turnout.men for turnout in everybody) == RESPONDENTS
    assert sum(turnout.women for turnout in everybody) == WOMEN
    assert min(min(turnout.women, turnout.men) for turnout in everybody) >= FEWEST_OF_A_SEX


def test_a_commune_has_citizens_of_every_way_and_mishap() -> None:
    for district in turnouts("5/2026", 3):
        for number, turnout in enumerate(district):
            citizens = citizens_of(f"5/2026/{number}", turnout)
            assert sum(citizen.sex == "female" for citizen in citizens) == turnout.women
            assert {citizen.way for citizen in citizens} == {"phone", "ballot", "tally"}
            assert any(citizen.sends_twice for citizen in citizens)
            assert any(citizen.scores_again for citizen in citizens)
            assert any(citizen.late for citizen in citizens)
            with_mishap = [c for c in citizens if c.sends_twice or c.scores_again or c.late]
            assert {citizen.way for citizen in with_mishap} == {"phone"}


def test_the_same_seed_gives_the_same_people_and_scores() -> None:
    turnout = turnouts("9/2026", 2)[3][1]
    assert citizens_of("9/x", turnout) == citizens_of("9/x", turnout)
    assert citizens_of("9/x", turnout) != citizens_of("10/x", turnout)
    quality = quality_of("9/HC-020103-1", 10)
    assert quality == quality_of("9/HC-020103-1", 10)
    assert scores_of(Random("a"), quality, "female") == scores_of(Random("a"), quality, "female")


@given(seed=st.integers(), indicators=st.integers(1, 30))
def test_scores_stay_on_the_scale_and_are_never_blank(seed: int, indicators: int) -> None:
    quality = quality_of(str(seed), indicators)
    scores = scores_of(Random(seed), quality, "male")
    given_scores = [score for score in scores if score is not None]
    assert len(scores) == indicators
    assert given_scores
    assert set(given_scores) <= {1, 2, 3, 4, 5}
    assert set(self_scores_of(Random(seed), quality)) <= {1, 2, 3, 4, 5}


@given(ballots=st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=3, max_size=3)))
def test_distributions_tell_n_mean_and_median(ballots: list[list[int | None]]) -> None:
    for indicator, distribution in enumerate(distributions(ballots, 3)):
        answers = [scores[indicator] for scores in ballots if scores[indicator] is not None]
        assert sum(distribution) == len(answers)
        if answers:
            assert median(distribution) == true_median(answers)  # type: ignore[type-var]
            assert mean(distribution) == pytest.approx(sum(filter(None, answers)) / len(answers))
        else:
            assert median(distribution) is mean(distribution) is None


def test_distributions_of_two_villages_add_up() -> None:
    left: list[Scores] = [[1, None], [2, 5]]
    right: list[Scores] = [[1, 5]]
    together = add(distributions(left, 2), distributions(right, 2))
    assert together == distributions([*left, *right], 2)
