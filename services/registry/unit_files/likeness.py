"""Which units may be the same: of one kind in one area, with names that are very alike."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from shared.spreadsheets import latin_digits

ALIKE = 0.85
"""Share of the pairs of letters that two names must have in common."""
MOST_COMPARED = 300
"""Units of a kind in an area that are compared with each other; a commune has some ten schools."""
FORGOTTEN = re.compile("[\\s\u200b\u200c\u200d_.,:'\"()/-]+")
NUMBERS = re.compile(r"[0-9]+")


class Fingerprint:
    """A name as it is compared: the pairs of its letters, and its numbers, which tell school 1 from school 2."""

    __slots__ = ("numbers", "pairs")

    def __init__(self, name: str) -> None:
        plain = FORGOTTEN.sub("", latin_digits(name)).casefold()
        letters = NUMBERS.sub("", plain)
        self.numbers = NUMBERS.findall(plain)
        self.pairs = frozenset(pairwise(letters)) or frozenset({(letters, "")})

    def is_like(self, other: "Fingerprint") -> bool:
        """Whether two names may mean the same."""
        if self.numbers != other.numbers:
            return False
        return 2 * len(self.pairs & other.pairs) >= ALIKE * (len(self.pairs) + len(other.pairs))


class Likeness:
    """Remembers units by kind and area, and finds one that a new name is like."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[str, Sequence[Fingerprint]]]] = defaultdict(list)

    def find(self, kind: str, area_code: str, name_km: str, name_en: str) -> str | None:
        """What was remembered under a name that is very alike in either language."""
        names = Fingerprint(name_km), Fingerprint(name_en)
        for shown, known in self._known[kind, area_code]:
            if names[0].is_like(known[0]) or names[1].is_like(known[1]):
                return shown
        return None

    def remember(self, kind: str, area_code: str, name_km: str, name_en: str, shown: str) -> None:
        """Keep a unit to compare later ones with."""
        known = self._known[kind, area_code]
        if len(known) < MOST_COMPARED:
            known.append((shown, (Fingerprint(name_km), Fingerprint(name_en))))
