"""Which facts a pack shows, and how people read numbers and days, without a database."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.data_elements.models import DataElement
from services.registry.packs import words
from services.registry.packs.composing import facts_shown, says_the_same
from tests.registry.packs.examples import content_of

CODES = ("staff", "midwives", "outpatients")
ELEMENTS = [
    DataElement(
        kind="health_centre", code=code, group="performance", value_type="count", position=1, name_km="ក", name_en="A"
    )
    for code in CODES
]  # fmt: skip
FACTS = st.dictionaries(st.sampled_from((*CODES, "retired")), st.fixed_dictionaries({"value": st.integers(0, 99)}))


@given(FACTS, FACTS, FACTS)
def test_a_fact_is_of_the_year_or_of_the_one_before(
    this: dict[str, Any], last: dict[str, Any], before: dict[str, Any]
) -> None:
    shown = {fact.code: fact for fact in facts_shown(ELEMENTS, [this, last, before], 2026)}
    assert set(shown) == (this.keys() | last.keys()) & set(CODES)
    for code, fact in shown.items():
        source, earlier, year = (this, last, 2026) if code in this else (last, before, 2025)
        assert (fact.value, fact.year) == (source[code]["value"], year)
        assert fact.previous == earlier.get(code, {}).get("value")


def test_a_new_version_and_a_new_day_are_no_news() -> None:
    before = content_of()
    assert says_the_same(before.model_copy(update={"version": 9, "published_on": date(2026, 9, 9)}), before)
    assert not says_the_same(before.model_copy(update={"facts": ()}), before)


@pytest.mark.parametrize(
    ("value", "en", "km"),
    [(0, "0", "០"), (1250000, "1,250,000", "១.២៥០.០០០"), (87.5, "87.5", "៨៧,៥"), (90.0, "90", "៩០")],
)
def test_numbers(value: float, en: str, km: str) -> None:
    assert (words.number(value, "en"), words.number(value, "km")) == (en, km)


def test_values_and_days() -> None:
    assert words.fact_value(87.5, "percent", None, "km") == "៨៧,៥%"
    assert words.fact_value(12, "count", "នាក់", "km") == "១២ នាក់"
    assert words.fact_value("<b>", "text", None, "en") == "<b>"
    assert words.fact_value(2000, "riel", None, "en") == "2,000 riel"
    assert words.day(date(2026, 1, 5), "km") == "៥ ខែមករា ឆ្នាំ២០២៦"
    assert words.day(date(2026, 1, 5), "en") == "5 January 2026"
