"""Ranks and pages of an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.comparison.ranking import Order, Ranked, page_of, rank
from services.scorecard.comparison.sums import Sums
from services.scorecard.history.standings import Scale
from shared.errors import Invalid
from shared.paging import decode_cursor

VALUES = st.dictionaries(
    st.text("0123456789", min_size=2, max_size=4), st.none() | st.sampled_from([1.0, 2.5, 2.53, 3.0, -0.5]), max_size=30
)


def test_equals_share_a_rank_and_the_next_one_is_passed_over() -> None:
    values = {"0201": 3.0, "0203": 4.5, "0202": 4.5, "0204": None, "0205": 1.0}
    assert rank(values, "best") == [
        Ranked(1, "0202", 4.5),
        Ranked(1, "0203", 4.5),
        Ranked(3, "0201", 3.0),
        Ranked(4, "0205", 1.0),
    ]
    assert [entry.code for entry in rank(values, "worst")] == ["0205", "0201", "0202", "0203"]


@given(VALUES, st.sampled_from(["best", "worst"]), st.integers(min_value=1, max_value=7))
def test_pages_show_everybody_once(values: dict[str, float | None], order: Order, limit: int) -> None:
    ranked = rank(values, order)
    seen: list[Ranked] = []
    cursor, more = None, True
    while more:
        page, cursor = page_of(ranked, order, limit, decode_cursor(cursor) if cursor else None)
        seen += page
        more = cursor is not None
    assert seen == ranked
    assert {entry.code for entry in seen} == {code for code, value in values.items() if value is not None}


@given(st.lists(st.none() | st.integers(min_value=0, max_value=50_000), min_size=5, max_size=5))
def test_the_short_way_to_the_mean_is_the_same(counts: list[int | None]) -> None:
    sums = Sums("0201", 9, counts, 0, 0)
    assert sums.mean() == sums.score(Scale(5, 4)).mean


@pytest.mark.parametrize("cursor", [[], ["3.5"], ["x", "0201"], ["3.5", "0201", "1"], [None, None], ["nan", "0201"]])
def test_a_strange_cursor_is_refused(cursor: list[str]) -> None:
    with pytest.raises(Invalid):
        page_of(rank({"0201": 3.0}, "best"), "best", 10, cursor)
