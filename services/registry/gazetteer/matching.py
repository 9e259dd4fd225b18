"""Which area of today is which line of the next list: by code and name, by parent, by what lies below.

Levels are matched from the top, so that an area whose parent was moved is looked for where the parent went. Certain
pairs come first; what is left is compared by names, scored, within its district and province.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.registry.gazetteer.likeness import (
    MOSTLY,
    Likeness,
    Place,
    Reason,
    Standing,
    latin_key,
    name_key,
    tail,
)
from services.registry.gazetteer.rows import Row
from shared.areas import LEVELS, Level

CERTAIN, SURE, LIKELY, BY_CODE_ALONE = 100, 95, 90, 60
ENOUGH = 70
"""A probable move has at least this score; a village with the same names elsewhere in the province has 65."""
CLEARLY = 10
"""By so many points a candidate must be better than the next one."""
MOST_CANDIDATES = 10_000

Pair = tuple[str, str]


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


class _Matcher:
    """Takes the levels one after the other: what is left of either side is matched by ever weaker signs."""

    def __init__(self, standing: Sequence[Standing], rows: Sequence[Row], said: Said) -> None:
        self.found = Matching()
        self.said = said
        self.like = Likeness(standing, rows)
        self.standing, self.rows = standing, rows
        self.olds: dict[UUID, Standing] = {}
        self.news: dict[int, Row] = {}
        self.scored: dict[tuple[UUID, int], tuple[int, tuple[Reason, ...]]] = {}

    def match(self, level: Level) -> None:
        """Match one level; its parents are matched already."""
        self.olds = {old.id: old for old in self.standing if old.level == level}
        self.news = {number: row for number, row in enumerate(self.rows) if row.level == level}
        first = len(self.found.matches)
        self._match_as_said()
        self._pair(lambda place: (tail(place), name_key(place)), CERTAIN, ("same_name",))
        self._pair(lambda place: (name_key(place), latin_key(place)), SURE, ("same_name", "same_latin_name"))
        self._pair(name_key, SURE, ("same_name",))
        self._pair(tail, LIKELY, ("similar_name",), self.like.alike)
        self._match_elsewhere()
        self._pair(tail, BY_CODE_ALONE, ("other_name",), self.like.may_be_renamed)
        self.found.ambiguities += self._ambiguities()
        self.found.gone += self.olds.values()
        self.found.added += self.news.values()
        if level != "village":
            self.like.remember(level, {match.new.code: match.old.code for match in self.found.matches[first:]})

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
            home = self.like.home(new)
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

    def _keep(self, old: Standing, number: int, score: int, reasons: tuple[Reason, ...]) -> bool:
        """Match two, unless the official holds them apart."""
        new = self.news[number]
        if (old.code, new.code) in self.said.apart and not (old.code == new.code and name_key(old) == name_key(new)):
            return False
        self.found.matches.append(Match(old, new, score, reasons))
        del self.olds[old.id], self.news[number]
        return True

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
            points, reasons = self.like.score(old, new, len(together[old.parent_code, new.parent_code]) > 1)
            if points >= ENOUGH and (old.code, new.code) not in self.said.apart:
                yield old, number, (points, reasons)

    def _same_named(self) -> Iterator[tuple[Standing, int]]:
        olds: dict[str, list[Standing]] = defaultdict(list)
        news: dict[str, list[int]] = defaultdict(list)
        for old in self.olds.values():
            olds[name_key(old)].append(old)
        for number, new in self.news.items():
            news[name_key(new)].append(number)
        for name, numbers in news.items():
            if len(numbers) * len(olds[name]) <= MOST_CANDIDATES:
                yield from ((old, number) for old in olds[name] for number in numbers)

    def _same_below(self) -> Iterator[tuple[UUID, int]]:
        """Pairs that hold mostly the same areas, whatever their names."""
        holders: dict[str, list[Standing]] = defaultdict(list)
        for old in self.olds.values():
            for name in self.like.below_old.get(old.code, ()):
                holders[name].append(old)
        for number, new in self.news.items():
            near = {
                old.id: old
                for name in self.like.below_new.get(new.code, ())
                for old in holders[name]
                if (self.like.below(old, new) or 0) >= MOSTLY
            }
            yield from ((old_id, number) for old_id in near)

    def _ambiguities(self) -> Iterator[Ambiguity]:
        """What is left without a place and has several that would do."""
        candidates: dict[UUID, list[Row]] = defaultdict(list)
        for old_id, number in self.scored:
            if old_id in self.olds and number in self.news:
                candidates[old_id].append(self.news[number])
        yield from (Ambiguity(self.olds[old_id], tuple(rows)) for old_id, rows in candidates.items())


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
