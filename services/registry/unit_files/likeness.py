"""Which units may be the same: of one kind in one area, with names that are very alike."""

import re
from collections import defaultdict
from itertools import pairwise

from shared.digits import latin_digits

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


class Names:
    """Both names of a unit."""

    __slots__ = ("en", "km")

    def __init__(self, name_km: str, name_en: str) -> None:
        self.km, self.en = Fingerprint(name_km), Fingerprint(name_en)

    def are_like(self, other: "Names") -> bool:
        """Whether either name may mean the same."""
        return self.km.is_like(other.km) or self.en.is_like(other.en)


Place = tuple[str, str]
"""A kind and an area."""


class Likeness:
    """Remembers units by kind and area, and finds one that a new name is like."""

    def __init__(self) -> None:
        self._named: dict[Place, list[tuple[str, str, str]]] = defaultdict(list)
        self._known: dict[Place, list[tuple[str, Names]]] = defaultdict(list)

    def find(self, place: Place, names: Names) -> str | None:
        """What was remembered under a name that is very alike in either language."""
        known = self._known[place]
        for name_km, name_en, shown in self._named.pop(place, ()):
            known.append((shown, Names(name_km, name_en)))
        return next((shown for shown, other in known if names.are_like(other)), None)

    def remember(self, place: Place, name_km: str, name_en: str, shown: str) -> None:
        """Keep a unit to compare later ones with."""
        if len(self._named[place]) + len(self._known[place]) < MOST_COMPARED:
            self._named[place].append((name_km, name_en, shown))
