"""Ranks among areas or units: the best or the worst first, of equals the same rank. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from shared.paging import encode_cursor, invalid_cursor

Order = Literal["best", "worst"]
Measure = Literal["mean", "median", "satisfied", "gap", "change", "participants", "completeness", "timeliness"]
"""The best is the highest; of the gap too, as it falls where providers think better of themselves than citizens do."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in the order."""

    rank: int
    code: str
    value: float


def rank(values: Mapping[str, float | None], order: Order) -> list[Ranked]:
    """Those that have a value, in order; of equals the codes in theirs."""
    sign = -1 if order == "best" else 1
    known = sorted((sign * value, code) for code, value in values.items() if value is not None)
    ranked: list[Ranked] = []
    for position, (signed, code) in enumerate(known, start=1):
        tie = ranked and ranked[-1].value == sign * signed
        ranked.append(Ranked(ranked[-1].rank if tie else position, code, sign * signed))
    return ranked


def page_of(
    ranked: Sequence[Ranked], order: Order, limit: int, after: Sequence[Any] | None
) -> tuple[Sequence[Ranked], str | None]:
    """So many places after a cursor's, and the cursor of the next page. Raises Invalid for a strange cursor."""
    sign = -1 if order == "best" else 1

    def key(entry: Ranked) -> tuple[float, str]:
        return sign * entry.value, entry.code

    start = 0 if after is None else bisect_right(ranked, _key(after, sign), key=key)
    page = ranked[start : start + limit]
    more = start + limit < len(ranked)
    return page, encode_cursor([repr(page[-1].value), page[-1].code]) if more else None


def _key(after: Sequence[Any], sign: int) -> tuple[float, str]:
    try:
        value, code = after
        number = float(value)
    except (TypeError, ValueError) as error:
        raise invalid_cursor() from error
    if not isfinite(number):
        raise invalid_cursor()
    return sign * number, str(code)
