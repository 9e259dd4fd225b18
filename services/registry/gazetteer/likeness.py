"""How like an area of today is to a line of the next list: its names, its code, where it stands, what lies below."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal
from uuid import UUID

from services.registry.gazetteer.rows import Row, key
from shared.areas import Level

Reason = Literal[
    "said_so", "same_code", "same_name", "same_latin_name", "similar_name", "other_name", "same_last_digits",
    "same_parent", "same_district", "same_province", "others_went_along", "same_areas_below", "follows_parent",
]  # fmt: skip
POINTS: dict[Reason, int] = {
    "same_name": 55, "same_latin_name": 10, "same_code": 20, "same_last_digits": 5, "same_district": 15,
    "same_province": 5, "others_went_along": 15, "same_areas_below": 70,
}  # fmt: skip
"""What each sign adds; areas below by the share that both have."""
SIMILAR = 0.6
"""From this likeness on, another name at the same code is the same place with a corrected name."""
MOSTLY, PARTLY = 0.7, 0.3
"""Shares of areas below: enough to know an area under another name; too few even under its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An open area of the registry."""

    id: UUID
    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str


Place = Standing | Row


@lru_cache(maxsize=65_536)
def _key(name: str) -> str:
    return key(name)


def name_key(place: Place) -> str:
    return _key(place.name_km)


def latin_key(place: Place) -> str:
    return _key(place.name_en)


def tail(place: Place) -> str:
    """What a code adds to the parent's; the whole of one that does not extend it."""
    return place.code.removeprefix(place.parent_code or "")


class Likeness:
    """What is known of both sides while levels are matched from the top."""

    def __init__(self, standing: Sequence[Standing], rows: Sequence[Row]) -> None:
        self.standing, self.rows = standing, rows
        self.below_old, self.below_new = _names_below(standing), _names_below(rows)
        self.above_old: dict[str | None, tuple[str, ...]] = {None: ()}
        """For each old code above village level, the codes from its province down to itself."""
        self.above_new: dict[str | None, tuple[str, ...]] = {None: ()}
        """For each new code the same in old codes; "" where an area is new."""

    def home(self, new: Row) -> str | None:
        """The old code of a line's parent; "" above a province, None where the parent is new."""
        above = self.above_new.get(new.parent_code, ("",))
        return (above[-1] or None) if above else ""

    def below(self, old: Standing, new: Row) -> float | None:
        """The share of areas below that both have; None where either has none."""
        here, there = self.below_old.get(old.code), self.below_new.get(new.code)
        return len(here & there) / max(len(here), len(there)) if here and there else None

    def alike(self, old: Standing, new: Row) -> bool:
        """Whether the same code below the same parent bears a corrected name, or holds the same areas."""
        return _similar(old, new) or (self.below(old, new) or 0) >= MOSTLY

    def may_be_renamed(self, old: Standing, new: Row) -> bool:
        """Whether a code bears another name and may mean the same place: not when it holds other areas."""
        below = self.below(old, new)
        return below is None or below >= PARTLY

    def score(self, old: Standing, new: Row, company: bool) -> tuple[int, tuple[Reason, ...]]:
        """The points of a pair, 0 where something speaks against it."""
        below = self.below(old, new)
        here, there = self.above_old.get(old.parent_code, ()), self.above_new.get(new.parent_code, ())
        same_province = here[:1] == there[:1]
        if below is not None and below < PARTLY:
            return 0, ()
        if not same_province and (old.level == "village" or (old.level == "commune" and (below or 0) < MOSTLY)):
            return 0, ()
        signs: dict[Reason, bool] = {
            "same_name": name_key(old) == name_key(new),
            "same_latin_name": latin_key(old) == latin_key(new),
            "same_code": old.code == new.code,
            "same_last_digits": old.code != new.code and old.code[-2:] == new.code[-2:],
            "same_district": len(here) > 1 and here[:2] == there[:2],
            "same_province": old.level in ("district", "commune") and same_province,
            "others_went_along": company,
        }
        reasons = tuple(reason for reason, seen in signs.items() if seen)
        points = sum(POINTS[reason] for reason in reasons)
        if below is None:
            return points, reasons
        return points + int(POINTS["same_areas_below"] * below), (*reasons, "same_areas_below")

    def remember(self, level: Level, before: Mapping[str, str]) -> None:
        """Note where this level's areas stood (by new code, the old one), for those below."""
        for old in self.standing:
            if old.level == level:
                self.above_old[old.code] = (*self.above_old.get(old.parent_code, ()), old.code)
        for new in self.rows:
            if new.level == level:
                self.above_new[new.code] = (*self.above_new.get(new.parent_code, ()), before.get(new.code, ""))


def _names_below(places: Iterable[Place]) -> dict[str | None, frozenset[str]]:
    """The names of the areas directly below each code."""
    names: dict[str | None, set[str]] = defaultdict(set)
    for place in places:
        names[place.parent_code].add(name_key(place))
    return {code: frozenset(below) for code, below in names.items()}


def _similar(old: Standing, new: Row) -> bool:
    """Whether one of the two names is the other one with a corrected spelling."""
    pairs = (name_key(old), name_key(new)), (latin_key(old), latin_key(new))
    return any(SequenceMatcher(None, *pair, autojunk=False).ratio() >= SIMILAR for pair in pairs)
