"""What may be shown of a unit by itself, and what may be pooled with others."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.counting.groups import slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.results.pooling import Waiting, pool
from services.scorecard.results.suppression import SPANS, SPLITS, Counts, distance, show, show_villages
from tests.scorecard.counting.giving import add_scores

THRESHOLD = 5


def people(number: int, scores: list[int | None], **kind: Any) -> Histogram:
    """So many people of one kind who score alike."""
    histogram = Histogram(len(scores), 5)
    answers = {"sex": "female", "age_group": "adult", "disability": None, "ethnic_minority": None, "id_poor": None}
    for _ in range(number):
        add_scores(histogram, slots_of(**(answers | kind)), scores)
    return histogram


def together(*parts: Histogram) -> Counts:
    """All of them."""
    total = Histogram(parts[0].indicators, parts[0].steps)
    for part in parts:
        total.add(part)
    return Counts.of(total)


def dimensions(shown: Any, at: int | None = None) -> list[str]:
    """Those that are shown: participants, or the answers to an indicator."""
    if at is None:
        return [split for split in SPLITS if shown.people[SPANS[split].start] is not None]
    return [split for split in SPLITS if shown.cells[SPANS[split].start][at * 5] is not None]


def test_a_dimension_is_shown_as_a_whole_or_not_at_all() -> None:
    counts = together(people(6, [4]), people(7, [2], sex="male", age_group="youth"), people(3, [1], sex="male"))
    shown = show(counts, THRESHOLD)
    safe = ["all", "sex", "age_group", "disability", "ethnic_minority", "id_poor"]
    assert (dimensions(shown), dimensions(shown, 0)) == (safe, safe)
    assert shown.waiting == ["sex_age"], "three men of middle age"
    assert shown.people[SPANS["sex"]] == [6, 10, 0]


def test_too_few_participants_hide_everything() -> None:
    shown = show(together(people(4, [4])), THRESHOLD)
    assert shown.suppressed
    assert (dimensions(shown), dimensions(shown, 0), shown.waiting) == ([], [], list(SPLITS))
    assert show(together(people(0, [4])), THRESHOLD).waiting == [], "nobody waits for nothing"


def test_an_indicator_that_few_answered_is_hidden_by_itself() -> None:
    shown = show(together(people(6, [4, None]), people(3, [2, 5])), THRESHOLD)
    assert "all" in dimensions(shown, 0)
    assert dimensions(shown, 1) == []
    assert shown.waiting == [], "nothing finer is pooled, as what is hidden would follow"
    both = show(together(people(6, [4, None]), people(6, [2, 5], sex="male")), THRESHOLD)
    assert both.cells[SPANS["sex"].start][5:10] == [0] * 5, "no woman answered, which is no secret"


def test_what_was_pooled_or_public_stays_what_it_was() -> None:
    counts = together(people(9, [4]), people(9, [2], sex="male"))
    pooled = show(counts, THRESHOLD, pooled={"sex"})
    assert dimensions(pooled) == ["all", "age_group", "disability", "ethnic_minority", "id_poor"]
    assert pooled.waiting == []
    assert show(counts, THRESHOLD, pooled={"all"}).suppressed
    few = together(people(9, [4]), people(2, [2], sex="male"))
    assert "sex" in show(few, THRESHOLD).waiting
    assert show(few, THRESHOLD, public={"sex"}).waiting == []


def test_a_units_own_indicators_wait_for_nobody() -> None:
    counts = together(people(9, [4, None]), people(2, [2, 3]))
    assert show(counts, THRESHOLD).waiting == []
    assert show(together(people(9, [4, 3]), people(2, [2, 3], sex="male")), THRESHOLD, own=1).waiting == [
        "sex",
        "sex_age",
    ]


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"a": 9, "b": 8}, ["a", "b"]),
        ({"a": 9, "b": 8, "c": 3}, ["a"]),
        ({"a": 9, "b": 8, "c": 3, "d": 2}, ["a", "b"]),
        ({"a": 9, "": 8}, ["a"]),
        ({"a": 9, "": 1}, []),
        ({"a": 4, "b": 4}, []),
    ],
    ids=["all", "one is left out to hide another", "those left are enough", "no village", "one alone", "none"],
)
def test_villages_are_shown_while_those_left_out_are_enough(sizes: dict[str, int], shown: list[str]) -> None:
    villages = {code: people(size, [3, 4]) for code, size in sizes.items()}
    unit = show(together(*villages.values()), THRESHOLD)
    assert [village.village_code for village in show_villages(villages, unit, THRESHOLD)] == shown


def test_an_indicator_is_shown_for_all_villages_or_none() -> None:
    villages = {"a": people(9, [3, 4]), "b": people(6, [3, 4])}
    villages["b"].add(people(3, [3, None]))
    villages["a"].add(people(3, [None, 2]))
    counts = together(*villages.values())
    found = show_villages(villages, show(counts, THRESHOLD), THRESHOLD)
    assert [village.cells[5:] for village in found] == [[0, 3, 0, 9, 0], [0, 0, 0, 6, 0]]
    add_scores(villages["b"], [], [None, None])
    villages["c"] = people(5, [3, None])
    villages["c"].add(people(2, [None, 5]))
    counts = together(*villages.values())
    found = show_villages(villages, show(counts, THRESHOLD), THRESHOLD)
    assert [village.village_code for village in found] == ["a", "b", "c"]
    assert all(village.cells[5:] == [None] * 5 for village in found), "two people of c answered"


def unit(
    code: str, area: str, waiting: str = "all", atoms: dict[str, str] | None = None, **numbers: list[int]
) -> Waiting:
    """A unit that waits in some dimensions, with how many are in each category."""
    return Waiting(code, area, set(waiting.split()), atoms or {}, numbers)


def test_units_are_pooled_as_far_below_as_can_be() -> None:
    units = [
        unit("A", "010101", all=[3]),
        unit("B", "010101", all=[4]),
        unit("C", "010102", all=[2]),
        unit("D", "0101", all=[3]),
        unit("E", "020101", all=[4]),
    ]
    made = [(entry.area_code, entry.unit_codes) for entry in pool(units, THRESHOLD)]
    assert made == [("010101", ["A", "B"]), ("0101", ["C", "D"])]
    assert [entry.unit_code for entry in units if entry.waiting] == ["E"]
    assert pool(units, THRESHOLD) == [], "what is pooled stays so"
    made = [(entry.area_code, entry.unit_codes) for entry in pool([*units, unit("F", "030101", all=[1])], THRESHOLD)]
    assert made == [("", ["E", "F"])]


def test_units_that_make_a_category_too_small_are_left_out() -> None:
    units = [unit("A", "010101", "sex", sex=[3, 9, 0]), unit("B", "010101", "sex", sex=[4, 9, 0])]
    rare = unit("C", "010101", "sex", sex=[9, 9, 1])
    assert [entry.unit_codes for entry in pool([*units, rare], THRESHOLD)] == [["A", "B"]]


def test_a_finer_pool_is_made_of_whole_coarser_ones() -> None:
    """Were A pooled by sex without B, A's participants would follow: those by sex less what is public of C."""
    together_ = {"all": "all:A"}
    parts = [
        unit("A", "010101", "sex", dict(together_), sex=[2, 1, 0]),
        unit("B", "010102", "sex", dict(together_), sex=[1, 2, 0]),
        unit("C", "010101", "sex", sex=[4, 9, 0]),
    ]
    assert [(entry.area_code, entry.unit_codes) for entry in pool(parts, THRESHOLD)] == [("0101", ["A", "B", "C"])]
    withdrawn = unit("B", "010102", "", dict(together_))
    parts = [
        unit("A", "010101", "sex", dict(together_), sex=[2, 9, 0]),
        withdrawn,
        unit("C", "010101", "sex", sex=[4, 9, 0]),
    ]
    assert pool(parts, THRESHOLD) == [], "B has gone, and nothing goes without it"


@given(
    st.lists(st.tuples(st.sampled_from(["010101", "010102", "0102"]), st.integers(0, 6), st.integers(0, 6)), max_size=9)
)
def test_every_pool_is_safe(sizes: list[tuple[str, int, int]]) -> None:
    units = [unit(f"U{at}", area, "sex", sex=[female, male, 0]) for at, (area, female, male) in enumerate(sizes)]
    by_code = {entry.unit_code: entry for entry in units}
    seen: set[str] = set()
    for entry in pool(units, THRESHOLD):
        assert not seen & set(entry.unit_codes)
        seen |= set(entry.unit_codes)
        totals = [
            sum(numbers) for numbers in zip(*(by_code[code].numbers["sex"] for code in entry.unit_codes), strict=True)
        ]
        assert all(total == 0 or total >= THRESHOLD for total in totals)
        assert all(by_code[code].area_code.startswith(entry.area_code) for code in entry.unit_codes)


def test_the_distance_counts_every_answer_that_moved() -> None:
    rng = Random(1)
    one, other = [rng.randint(0, 9) for _ in range(5)], [rng.randint(0, 9) for _ in range(5)]
    assert (distance(one, one), distance([1, 2, 3], [3, 2, 1])) == (0, 4)
    assert distance(one, other) == distance(other, one)
