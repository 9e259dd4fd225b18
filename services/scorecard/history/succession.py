"""Which codes of an earlier round an area's results stand under, by the lines of the crosswalk. Pure.

An area is its id; a code may be another area's before or after. So the walk goes back from area to area, and counts a
code only for the area that bore it first.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from services.scorecard.history.models import AreaSuccession


@dataclass(frozen=True, slots=True)
class Origin:
    """What an area's earlier results stand under: the codes, the kinds of change in between, whether it is the same
    territory. Without codes the area is new.
    """

    codes: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    same_territory: bool = True


@dataclass(slots=True)
class _Walk:
    codes: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


class Crosswalk:
    """The lines between two rounds, in the order in which they were told; of one level, or of several."""

    def __init__(self, lines: Sequence[AreaSuccession]) -> None:
        self._lines = lines
        self._into: dict[UUID, list[int]] = defaultdict(list)
        self._bearers: dict[str, UUID] = {}
        self._first: dict[str, int] = {}
        last_code: dict[UUID, tuple[int, str]] = {}
        for position, line in enumerate(lines):
            self._into[line.new_area_id].append(position)
            self._first.setdefault(line.old_code, position)
            last_code[line.new_area_id] = (position, line.new_code)
        for area_id, (_, code) in sorted(last_code.items(), key=lambda entry: entry[1]):
            self._bearers[code] = area_id

    def origin(self, code: str, since: datetime) -> Origin:
        """Where an area comes from that bears `code` in a round which opened at `since`."""
        walk = _Walk()
        area_id = self._bearers.get(code)
        if area_id is not None:
            if self._bore_first(code, area_id):
                walk.codes.add(code)
            self._back(area_id, len(self._lines), walk)
        elif self._left_before(code, since):
            return Origin(())
        else:
            walk.codes.add(code)
            self._territory_lost(code, walk)
        kinds = tuple(sorted(walk.kinds))
        same = "split" not in kinds and not self._crossed({code, *walk.codes})
        return Origin(tuple(sorted(walk.codes)), kinds, same)

    def touches(self, code: str) -> bool:
        """Whether any line speaks of the code, or of what lies below it."""
        return code in self._first or code in self._bearers or code in self._border

    def candidates(self, code: str) -> set[str]:
        """All codes that an area's results may stand under at any time back: its own, and those it came from."""
        walk = _Walk({code})
        if (area_id := self._bearers.get(code)) is not None:
            self._back(area_id, len(self._lines), walk, whoever=True)
        return walk.codes

    def _back(self, area_id: UUID, before: int, walk: _Walk, *, whoever: bool = False) -> None:
        for position in self._into[area_id]:
            if position >= before:
                break
            line = self._lines[position]
            if line.old_area_id != area_id or line.old_code != line.new_code or line.kind in ("split", "merge"):
                walk.kinds.add(line.kind)
            if whoever or self._bore_first(line.old_code, line.old_area_id):
                walk.codes.add(line.old_code)
            if line.old_area_id != area_id:
                self._back(line.old_area_id, position, walk, whoever=whoever)

    def _bore_first(self, code: str, area_id: UUID) -> bool:
        first = self._first.get(code)
        return first is None or self._lines[first].old_area_id == area_id

    def _left_before(self, code: str, since: datetime) -> bool:
        """Whether the only area known to have borne the code had left it when the round opened: this is another."""
        first = self._first.get(code)
        return first is not None and self._lines[first].told_at <= since

    def _territory_lost(self, code: str, walk: _Walk) -> None:
        """An area that gave up a part, or the code, while its round was going on."""
        first = self._first.get(code)
        if first is not None:
            walk.kinds.add(self._lines[first].kind)

    @cached_property
    def _border(self) -> Mapping[str, set[tuple[str, str]]]:
        """What went from below one code to below another, level by level; candidates do not need it."""
        border: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for line in self._lines:
            for length in range(2, min(len(line.old_code), len(line.new_code)), 2):
                ends = line.old_code[:length], line.new_code[:length]
                if ends[0] != ends[1]:
                    for end in ends:
                        border[end].add(ends)
        return border

    def _crossed(self, inside: set[str]) -> bool:
        """Whether anything below went in or out: a commune that was given to another district, say."""
        return any((old in inside) != (new in inside) for code in inside for old, new in self._border.get(code, ()))
