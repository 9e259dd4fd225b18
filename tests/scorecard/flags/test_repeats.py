"""When so many equal ballots are too many."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.flags.repeats import FEWEST_EQUAL, Answers, Repeat, find_repeat, tail

INVENTED: Answers = (4, 3, 5, 4, 2, 3, 4, 4, 5, 3)


def honest(number: int, seed: int) -> Counter[Answers]:
    """People with a mood each, which all their answers share, as people are."""
    chance = random.Random(seed)
    ballots = []
    for _ in range(number):
        mood = chance.gauss(3.5, 0.8)
        ballots.append(tuple(min(5, max(1, round(chance.gauss(mood, 0.5)))) for _ in range(10)))
    return Counter(ballots)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("number", [12, 60, 400])
def test_what_people_honestly_answer_is_not_flagged(number: int, seed: int) -> None:
    assert find_repeat(honest(number, seed)) is None


@pytest.mark.parametrize(("copies", "others"), [(10, 30), (20, 60), (25, 0), (40, 200)])
def test_a_ballot_filled_in_many_times_is_flagged(copies: int, others: int) -> None:
    votes = honest(others, 3) if others else Counter({(1, 2, 3, 4, 5, 1, 2, 3, 4, 5): 1, (5, 4, 3, 2, 1) * 2: 1})
    votes += Counter({INVENTED: copies})
    found = find_repeat(votes)
    if others:
        assert found is not None
        assert (found.equal, found.ballots) == (copies, sum(votes.values()))
        assert found.expected < copies / 2
    else:
        assert found is None  # a meeting that voted as one: there is nothing to tell it from


def test_giving_every_question_the_same_score_is_common() -> None:
    assert find_repeat(Counter({(5,) * 10: 20, (4,) * 10: 15}) + honest(30, 1)) is None
    assert find_repeat(Counter({(5,) * 10: 29})) is None
    assert find_repeat(Counter({(5,) * 10: 60}) + honest(10, 1)) == Repeat(60, 70, 56.0)


def test_few_ballots_and_few_answers_are_never_flagged() -> None:
    assert find_repeat({}) is None
    assert find_repeat(Counter({INVENTED: FEWEST_EQUAL - 1}) + honest(50, 2)) is None
    short: Answers = (4, None, None, None, 2, None, None, None, None, 5)
    assert find_repeat(Counter({short: 40}) + honest(50, 2)) is None


@given(st.integers(1, 300), st.floats(0.001, 0.999), st.data())
def test_the_bound_is_a_probability_and_falls_with_more(ballots: int, chance: float, data: st.DataObject) -> None:
    equal = data.draw(st.integers(0, ballots))
    assert 0 <= tail(equal, ballots, chance) <= 1
    if equal < ballots:
        assert tail(equal + 1, ballots, chance) <= tail(equal, ballots, chance) + 1e-12
