"""Codes, languages and texts as they come in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.areas import AreaCode, AreaScope, UnitCode, covers, level_of, parent_of, prefix_range
from shared.language import preferred_language
from shared.schemas import LongText, Riel, ShortText, Year

digits = st.integers(1, 4).flatmap(lambda n: st.text("0123456789", min_size=2 * n, max_size=2 * n))


def accepts(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def test_levels_and_parents() -> None:
    assert [level_of(code) for code in ("02", "0203", "020301", "02030101")] == [
        "province",
        "district",
        "commune",
        "village",
    ]
    assert [parent_of(code) for code in ("02", "0203", "02030101")] == ["", "02", "020301"]


@given(digits, digits)
def test_cover_and_range_say_the_same(scope: str, code: str) -> None:
    low, high = prefix_range(scope)
    assert covers(scope, code) == (low <= code < high)
    assert covers("", code)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (AreaCode, ["02", "02030101"], ["", "2", "020", "0203010101", "០២", "02\n", " 02", 2]),
        (AreaScope, ["", "02"], ["2", "0203010101"]),
        (
            UnitCode,
            ["HC-020301-1", "CA-020301", "PS-020301-999"],
            ["", "hc-020301-1", "HC020301", "HC-020301-1000", "HC-2-1;DROP", "HC-020301-1\n"],
        ),
        (ShortText, ["ក", "two\nlines", "tab\t"], ["", "a\x00", "\x1b[0m", "x" * 201, 5, None]),
        (LongText, ["x" * 4000], ["x" * 4001, "bell\x07"]),
        (Riel, [0, 10**15], [-1, 10**15 + 1, 1.0, "1", True, None]),
        (Year, [2000, 2100], [1999, 2101, "next"]),
    ],
)
def test_what_is_accepted(kind: Any, good: list[object], bad: list[object]) -> None:
    assert [value for value in good if not accepts(kind, value)] == []
    assert [value for value in bad if accepts(kind, value)] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("km", "km"),
        ("KM-kh", "km"),
        ("en-GB,km;q=0.9", "en"),
        ("en;q=0.3, km;q=0.8", "km"),
        ("fr, km;q=0.1", "km"),
        ("fr", "en"),
        ("*", "en"),
        ("km;q=0", "en"),
        ("km;q=abc", "en"),
        (";;;,,,q=", "en"),
        ("kmx", "en"),
    ],
)
def test_the_language_asked_for(header: str | None, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text())
def test_no_header_is_too_strange(header: str) -> None:
    assert preferred_language(header) in ("km", "en")
