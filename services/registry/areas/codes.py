"""How areas are coded: two digits a level after the parent's code; and under which code what they left is kept."""

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import BeforeValidator

from shared.areas import LEVELS, Level

DIGITS = re.compile(r"^[0-9]+$")
HIGHEST = 99
MARK = "-"
"""Between what stands and what is no more; it sorts before all digits, so that no range of codes goes across it."""


def fits_level(code: str, level: Level) -> bool:
    """Whether a code has the digits of its level."""
    return len(code) == 2 * (LEVELS.index(level) + 1) and DIGITS.match(code) is not None


def extends(code: str, parent_code: str | None) -> bool:
    """Whether a code is its parent's and two digits more."""
    above = parent_code or ""
    return len(code) == len(above) + 2 and code.startswith(above)


def next_free(parent_code: str, open_codes: Collection[str], borne: Collection[str]) -> str | None:
    """The next code below a parent; None when all 99 are in use.

    The number after the highest ever borne; a code is used again, the lowest first, only when there is no other.
    """

    def numbers(codes: Collection[str]) -> set[int]:
        tails = (code[-2:] for code in codes if extends(code, parent_code))
        return {int(tail) for tail in tails if DIGITS.match(tail)}

    now, ever = numbers(open_codes), numbers(borne) | numbers(open_codes)
    candidates = (
        max(ever, default=0) + 1,
        *(number for number in range(1, HIGHEST + 1) if number not in ever),
        *(number for number in range(1, HIGHEST + 1) if number not in now),
    )
    free = next((number for number in candidates if number <= HIGHEST), None)
    return None if free is None else f"{parent_code}{free:02}"


def rewritten(code: str, moved: Collection[tuple[str, str]]) -> str:
    """The code of an area below moved ones (old and new code, the nearest first).

    Its beginning is replaced, the rest stays. A village whose code begins like none of them keeps it: it did not follow
    its commune before either.
    """
    for old, new in moved:
        if code.startswith(old):
            return new + code[len(old) :]
    return code


def former_code(above: str, code: str) -> str:
    """Under which code that is kept which an area without a successor left: `0202-020201`, below 0202, of 020201.

    Who reaches 0202 reaches it by this code, in every list, report and permission; who reaches a later 020201 does not.
    """
    return f"{above}{MARK}{code}"


def last_code(kept: str) -> str:
    """The code that an area bears or, where it is no more, bore last: 020201 of `0202-020201`."""
    return kept.rpartition(MARK)[2]


ShownCode = Annotated[str, BeforeValidator(last_code)]
"""An area's code as answers show it, of one that is no more too."""


def last_code_sql(column: str) -> str:
    """The same of a column in SQL."""
    return f"substr({column}, strpos({column}, '{MARK}') + 1)"
