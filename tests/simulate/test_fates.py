from random import Random

from hypothesis import given
from hypothesis import strategies as st

from simulate.fates import fates, split
from simulate.texts import Resources

RESOURCES: list[Resources] = ["own", "external"]


def test_about_78_of_100_actions_are_done() -> None:
    resources = RESOURCES * 40
    ends = fates(Random(1), resources)
    assert ends.count("done") == round(0.78 * 80)
    assert ends.count("dropped_after_allocation") == 4
    assert set(ends) == {"done", "in_progress", "waiting", "dropped", "dropped_after_allocation"}


@given(seed=st.integers(), resources=st.lists(st.sampled_from(RESOURCES), max_size=120))
def test_only_what_needs_outside_money_waits_for_it_or_gives_it_back(seed: int, resources: list[Resources]) -> None:
    ends = fates(Random(seed), resources)
    assert len(ends) == len(resources)
    assert ends.count("done") >= round(0.78 * len(resources))
    for end, kind in zip(ends, resources, strict=True):
        assert kind == "external" or end not in {"waiting", "dropped_after_allocation"}


def test_even_a_small_play_drops_an_action_after_allocation() -> None:
    for seed in range(20):
        ends = fates(Random(seed), ["external", "own", "external", "own", "own"])
        assert ends.count("dropped_after_allocation") == 1


@given(
    amount=st.integers(1, 10**9),
    envelopes=st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1)), min_size=1, max_size=5),
)
def test_envelopes_pay_what_they_can_and_no_more(amount: int, envelopes: list[tuple[int, float]]) -> None:
    lefts = [left for left, _ in envelopes]
    parts = split(amount, lefts, [share for _, share in envelopes])
    assert all(0 <= part <= left for part, left in zip(parts, lefts, strict=True))
    assert sum(parts) <= amount
    assert sum(split(amount, [*lefts, 10**9], [*(share for _, share in envelopes), 1.0])) == amount


def test_the_commune_pays_its_share_and_the_district_the_rest() -> None:
    assert split(10_000_000, [16_000_000, 80_000_000], [0.36, 1.0]) == [3_600_000, 6_400_000]
    assert split(10_000_000, [1_000_000, 80_000_000], [0.36, 1.0]) == [1_000_000, 9_000_000]
    assert split(10_000_000, [16_000_000, 2_000_000], [0.36, 1.0]) == [3_600_000, 2_000_000]
