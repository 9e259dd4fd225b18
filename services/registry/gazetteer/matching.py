"""Which area of today is which line of the next list: by code and name, by parent, by what lies below.

Levels are matched from the top, so that an area whose parent was moved is looked for where the parent went. Certain
pairs come first; what is left is compared by names, scored, within its district and province.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal
from uuid import UUID

from services.registry.gazetteer.rows import Row, key
from shared.areas import LEVELS, Level

Reason = Literal[
    "said_so", "same_code", "same_name", "same_latin_name", "similar_name", "other_name", "same_last_digits",
    "same_parent", "same_district", "same_province", "others_went_along", "same_areas_below", "follows_parent",
]  # fmt: skip
CERTAIN, SURE, LIKELY, BY_CODE_ALONE = 100, 95, 90, 60
ENOUGH = 65
"""A probable move has at least this score."""
CLEARLY = 10
"""By so many points a candidate must be better than the next one."""
POINTS: dict[Reason, int] = {
    "same_name": 55, "same_latin_name": 10, "same_code": 20, "same_last_digits": 5, "same_district": 15,
    "same_province": 5, "others_went_along": 15, "same_areas_below": 70,
}  # fmt: skip
"""What each sign adds; areas below by the share that both have."""
SIMILAR = 0.6
"""From this likeness on, another name at the same code is the same place with a corrected name."""
MOSTLY, PARTLY = 0.7, 0.3
"""Shares of areas below: enough to know an area under another name; too few even under its own."""
MOST_CANDIDATES = 10_000

Pair = tuple[str, str]


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


@dataclass(frozen=True, slots=True)
class Match:
    """An area and the line that it is taken to be, with the reasons; 100 is certain."""

    old: Standing
    new: Row
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """An area that is gone from its place and could be any of several lines."""

    old: Standing
    candidates: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the official says of single pairs of an old and a new code."""

    same: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


@dataclass(slots=True)
class Matching:
    """The outcome: each area and each line is in at most one match."""

    matches: list[Match] = field(default_factory=list)
    gone: list[Standing] = field(default_factory=list)
    added: list[Row] = field(default_factory=list)
    ambiguities: list[Ambiguity] = field(default_factory=list)


def match_areas(standing: Sequence[Standing], rows: Sequence[Row], said: Said) -> Matching:
    """Match all levels. Codes above village level must be unique on either side, and parents present."""
    matcher = _Matcher(standing, rows, said)
    for level in LEVELS:
        matcher.match(level)
    return matcher.found


@lru_cache(maxsize=65_536)
def _key(name: str) -> str:
    return key(name)


def _name(place: Place) -> str:
    return _key(place.name_km)


def _latin(place: Place) -> str:
    return _key(place.name_en)


def tail(place: Place) -> str:
    """What a code adds to the parent's; the whole of one that does not extend it."""
    return place.code.removeprefix(place.parent_code or "")


class _Matcher:
    """The state between levels: what was matched, and where each new parent's areas were before."""

    def __init__(self, standing: Sequence[Standing], rows: Sequence[Row], said: Said) -> None:
        self.found = Matching()
        self.said = said
        self.standing, self.rows = standing, rows
        self.below_old, self.below_new = _names_below(standing), _names_below(rows)
        self.above_old: dict[str | None, tuple[str, ...]] = {None: ()}
        """For each old code above village level, the codes from its province down to itself."""
        self.above_new: dict[str | None, tuple[str, ...]] = {None: ()}
        """For each new code the same in old codes; "" where an area is new."""
        self.olds: dict[UUID, Standing] = {}
        self.news: dict[int, Row] = {}
        self.scored: dict[tuple[UUID, int], tuple[int, tuple[Reason, ...]]] = {}

    def match(self, level: Level) -> None:
        """Match one level; its parents are matched already."""
        self.olds = {old.id: old for old in self.standing if old.level == level}
        self.news = {number: row for number, row in enumerate(self.rows) if row.level == level}
        first = len(self.found.matches)
        self._match_as_said()
        self._pair(lambda place: (tail(place), _name(place)), CERTAIN, ("same_name",))
        self._pair(lambda place: (_name(place), _latin(place)), SURE, ("same_name", "same_latin_name"))
        self._pair(_name, SURE, ("same_name",))
        self._pair(tail, LIKELY, ("similar_name",), self._alike)
        self._match_elsewhere()
        self._pair(tail, BY_CODE_ALONE, ("other_name",), self._may_be_renamed)
        self.found.ambiguities += self._ambiguities()
        self.found.gone += self.olds.values()
        self.found.added += self.news.values()
        if level != "village":
            self._remember(level, self.found.matches[first:])

    def _match_as_said(self) -> None:
        for old_code, new_code in sorted(self.said.same):
            olds = [old for old in self.olds.values() if old.code == old_code]
            news = [number for number, new in self.news.items() if new.code == new_code]
            if len(olds) == len(news) == 1:
                self._keep(olds[0], news[0], CERTAIN, ("said_so",))

    def _pair(
        self,
        signature: Callable[[Place], Hashable],
        score: int,
        reasons: tuple[Reason, ...],
        accept: Callable[[Standing, Row], bool] = lambda old, new: True,
    ) -> None:
        """Match what alone has its signature below its parent, on either side."""
        olds: dict[Hashable, list[Standing]] = defaultdict(list)
        news: dict[Hashable, list[int]] = defaultdict(list)
        for old in self.olds.values():
            olds[old.parent_code or "", signature(old)].append(old)
        for number, new in self.news.items():
            home = self._home(new)
            if home is not None:
                news[home, signature(new)].append(number)
        for shared, numbers in news.items():
            same = olds.get(shared, ())
            if len(same) == len(numbers) == 1 and accept(same[0], self.news[numbers[0]]):
                self._keep(same[0], numbers[0], score, (*reasons, *self._of_codes(same[0], self.news[numbers[0]])))

    def _of_codes(self, old: Standing, new: Row) -> tuple[Reason, ...]:
        """What the codes of two areas below the same parent say."""
        if old.code == new.code:
            return ("same_code",)
        follows = tail(old) == tail(new) and old.parent_code != new.parent_code
        return ("follows_parent",) if follows else ("same_parent",)

    def _home(self, new: Row) -> str | None:
        """The old code of a line's parent; "" above a province, None where the parent is new."""
        above = self.above_new.get(new.parent_code, ("",))
        return (above[-1] or None) if above else ""

    def _keep(self, old: Standing, number: int, score: int, reasons: tuple[Reason, ...]) -> bool:
        """Match two, unless the official holds them apart."""
        new = self.news[number]
        if (old.code, new.code) in self.said.apart and not (old.code == new.code and _name(old) == _name(new)):
            return False
        self.found.matches.append(Match(old, new, score, reasons))
        del self.olds[old.id], self.news[number]
        return True

    def _below(self, old: Standing, new: Row) -> float | None:
        """The share of areas below that both have; None where either has none."""
        here, there = self.below_old.get(old.code), self.below_new.get(new.code)
        return len(here & there) / max(len(here), len(there)) if here and there else None

    def _alike(self, old: Standing, new: Row) -> bool:
        """Whether the same code below the same parent bears a corrected name, or holds the same areas."""
        return _similar(old, new) or (self._below(old, new) or 0) >= MOSTLY

    def _may_be_renamed(self, old: Standing, new: Row) -> bool:
        """Whether a code bears another name and may mean the same place: not when it holds other areas."""
        below = self._below(old, new)
        return below is None or below >= PARTLY

    def _match_elsewhere(self) -> None:
        """Match what went to another parent, best first, where it is clearly better than anything else."""
        scored = {(old.id, number): scoring for old, number, scoring in self._candidates()}
        while chosen := _clear_choices({pair: points for pair, (points, _) in scored.items()}):
            for old_id, number in chosen:
                points, reasons = scored[old_id, number]
                self._keep(self.olds[old_id], number, min(points, CERTAIN - 1), reasons)
            scored = {
                pair: scoring for pair, scoring in scored.items() if pair[0] in self.olds and pair[1] in self.news
            }
        self.scored = scored

    def _candidates(self) -> Iterator[tuple[Standing, int, tuple[int, tuple[Reason, ...]]]]:
        """Pairs worth a look that score enough."""
        pairs = {(old.id, number) for old, number in self._same_named()} | set(self._same_below())
        together: dict[tuple[str | None, str | None], set[UUID]] = defaultdict(set)
        for old_id, number in pairs:
            together[self.olds[old_id].parent_code, self.news[number].parent_code].add(old_id)
        for old_id, number in sorted(pairs):
            old, new = self.olds[old_id], self.news[number]
            points, reasons = self._score(old, new, len(together[old.parent_code, new.parent_code]) > 1)
            if points >= ENOUGH and (old.code, new.code) not in self.said.apart:
                yield old, number, (points, reasons)

    def _same_named(self) -> Iterator[tuple[Standing, int]]:
        olds: dict[str, list[Standing]] = defaultdict(list)
        news: dict[str, list[int]] = defaultdict(list)
        for old in self.olds.values():
            olds[_name(old)].append(old)
        for number, new in self.news.items():
            news[_name(new)].append(number)
        for name, numbers in news.items():
            if len(numbers) * len(olds[name]) <= MOST_CANDIDATES:
                yield from ((old, number) for old in olds[name] for number in numbers)

    def _same_below(self) -> Iterator[tuple[UUID, int]]:
        """Pairs that hold mostly the same areas, whatever their names."""
        holders: dict[str, list[Standing]] = defaultdict(list)
        for old in self.olds.values():
            for name in self.below_old.get(old.code, ()):
                holders[name].append(old)
        for number, new in self.news.items():
            near = {
                old.id: old
                for name in self.below_new.get(new.code, ())
                for old in holders[name]
                if (self._below(old, new) or 0) >= MOSTLY
            }
            yield from ((old_id, number) for old_id in near)

    def _score(self, old: Standing, new: Row, company: bool) -> tuple[int, tuple[Reason, ...]]:
        """The points of a pair, 0 where something speaks against it."""
        below = self._below(old, new)
        here, there = self.above_old.get(old.parent_code, ()), self.above_new.get(new.parent_code, ())
        same_province = here[:1] == there[:1]
        if below is not None and below < PARTLY:
            return 0, ()
        if not same_province and (old.level == "village" or (old.level == "commune" and (below or 0) < MOSTLY)):
            return 0, ()
        signs: dict[Reason, bool] = {
            "same_name": _name(old) == _name(new),
            "same_latin_name": _latin(old) == _latin(new),
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

    def _ambiguities(self) -> Iterator[Ambiguity]:
        """What is left without a place and has several that would do."""
        candidates: dict[UUID, list[Row]] = defaultdict(list)
        for old_id, number in self.scored:
            if old_id in self.olds and number in self.news:
                candidates[old_id].append(self.news[number])
        yield from (Ambiguity(self.olds[old_id], tuple(rows)) for old_id, rows in candidates.items())

    def _remember(self, level: Level, matched: Iterable[Match]) -> None:
        """Note where this level's areas stood, for those below."""
        before = {match.new.code: match.old.code for match in matched}
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
        names[place.parent_code].add(_name(place))
    return {code: frozenset(below) for code, below in names.items()}


def _similar(old: Standing, new: Row) -> bool:
    """Whether one of the two names is the other one with a corrected spelling."""
    pairs = (_name(old), _name(new)), (_latin(old), _latin(new))
    return any(SequenceMatcher(None, *pair, autojunk=False).ratio() >= SIMILAR for pair in pairs)


def _clear_choices(points: dict[tuple[UUID, int], int]) -> list[tuple[UUID, int]]:
    """The pairs that are clearly the best of both their sides."""
    best: dict[object, list[int]] = defaultdict(list)
    for (old_id, number), score in points.items():
        best[old_id].append(score)
        best[number].append(score)
    leads = {side: sorted(scores, reverse=True)[:2] for side, scores in best.items()}
    return [
        pair
        for pair, score in points.items()
        if all(leads[side][0] == score and (len(leads[side]) < 2 or score - leads[side][1] >= CLEARLY) for side in pair)
    ]
