"""What became of an area that is gone, and what a new one comes from: seen from the areas below, notes and names."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from services.registry.gazetteer.likeness import Standing
from services.registry.gazetteer.matching import Matching, Pair
from services.registry.gazetteer.rows import Row, clean_name, key

Sign = Literal["said_so", "areas_below_went_there", "official_note", "name_continues"]
SPLIT_NOTE = "បំបែកចេញពី"
"""The ministry's note beside a village that was split from another one."""
VILLAGE = "ភូមិ"
MOSTLY = 0.5
"""A new area comes from where at least this share of what lies below it was before."""
SHORTEST_NAME = 3


class Succession:
    """Where territory went. `into`: for an area that is gone, the lines that it went to; `origin`: for a new line, the
    area that goes on and which it was split from; each with the sign by which it was known."""

    def __init__(self, matching: Matching, said: frozenset[Pair]) -> None:
        self.into: dict[UUID, tuple[Sign, tuple[Row, ...]]] = {}
        self.origin: dict[Row, tuple[Sign, Standing]] = {}
        self._matching = matching
        self._old_of = {match.new: match.old for match in matching.matches}
        self._gone = {area.id: area for area in matching.gone}
        self._by_code: dict[str, list[Row]] = defaultdict(list)
        for row in (*self._old_of, *matching.added):
            self._by_code[row.code].append(row)
        self._by_areas_below()
        self._by_notes()
        self._by_names()
        self._as_said(said)

    def _by_areas_below(self) -> None:
        went: dict[str | None, Counter[str | None]] = defaultdict(Counter)
        came: dict[str | None, Counter[str | None]] = defaultdict(Counter)
        for new, old in self._old_of.items():
            went[old.parent_code][new.parent_code] += 1
            came[new.parent_code][old.parent_code] += 1
        for area in self._gone.values():
            rows = tuple(self._by_code[str(code)][0] for code, _ in went[area.code].most_common())
            if rows:
                self.into[area.id] = ("areas_below_went_there", rows)
        standing = {old.code: old for old in self._old_of.values() if old.level != "village"}
        total = Counter(row.parent_code for rows in self._by_code.values() for row in rows)
        for row in self._matching.added:
            for code, count in came[row.code].most_common(1):
                if code in standing and count >= MOSTLY * total[row.code]:
                    self.origin[row] = ("areas_below_went_there", standing[code])

    def _by_notes(self) -> None:
        """The ministry writes beside a new village which one it was split from; the two share their commune."""
        for row in self._matching.added:
            if row.level != "village" or not row.note.startswith(SPLIT_NOTE):
                continue
            name = clean_name(row.note.removeprefix(SPLIT_NOTE)).removeprefix(VILLAGE)
            origins = [
                old
                for new, old in self._old_of.items()
                if new.parent_code == row.parent_code and key(name) in (key(new.name_km), key(old.name_km))
            ]
            if len(origins) == 1:
                self.origin[row] = ("official_note", origins[0])

    def _by_names(self) -> None:
        """A village that is gone and whose name two or more new ones of its commune continue was split into them."""
        homes = {new.code: old.code for new, old in self._old_of.items()}
        added: dict[str | None, list[Row]] = defaultdict(list)
        for row in self._matching.added:
            if row.level == "village":
                added[homes.get(str(row.parent_code))].append(row)
        for area in self._gone.values():
            name = key(area.name_km)
            parts = tuple(row for row in added.get(area.parent_code, ()) if key(row.name_km).startswith(name))
            if area.level == "village" and len(name) >= SHORTEST_NAME and len(parts) > 1:
                self.into[area.id] = ("name_continues", parts)

    def _as_said(self, said: frozenset[Pair]) -> None:
        for old_code, group in _grouped(said):
            areas = [area for area in self._gone.values() if area.code == old_code]
            rows = (
                [row for code in group for row in self._by_code[code] if row.level == areas[0].level] if areas else []
            )
            if len(areas) == 1 and len(rows) == len(group):
                self.into[areas[0].id] = ("said_so", tuple(rows))


def _grouped(said: frozenset[Pair]) -> Iterator[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for old_code, new_code in sorted(said):
        grouped[old_code].append(new_code)
    yield from grouped.items()
