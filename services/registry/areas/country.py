"""The open areas of the country in memory, linked by identity, so that a change can be thought through to its end."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from shared.areas import LEVELS, Level
from shared.events.registry import SuccessionKind


class State(NamedTuple):
    """What an area was before the change."""

    code: str
    parent_id: UUID | None
    parent_code: str | None
    name_km: str
    name_en: str


@dataclass(slots=True, eq=False)
class Place:
    """An area, as it is and, while a change is planned, as it will be."""

    id: UUID
    code: str
    level: Level
    parent: "Place | None"
    name_km: str
    name_en: str
    since: date
    open: bool = True
    new: bool = False
    reshaped: bool = False
    """Another territory than before, under the same code and name."""
    was: State | None = None
    """Filled with the first change of the place."""
    unlinked_parent: str | None = None
    """The code of a parent that is not open; kept as it stands."""

    @property
    def parent_code(self) -> str | None:
        """The code of the area above."""
        return self.parent.code if self.parent else self.unlinked_parent

    @property
    def old_code(self) -> str:
        """The code before the change."""
        return self.was.code if self.was else self.code

    @property
    def recoded(self) -> bool:
        """Whether the place bears another code after the change than before."""
        return self.was is not None and self.was.code != self.code

    @property
    def put_below(self) -> bool:
        """Whether the place stands below another one than before, or is new."""
        return self.new or (self.was is not None and self.was.parent_id != (self.parent.id if self.parent else None))

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return not self.open or self.reshaped or (self.was is not None and self.was != self._state(self.parent_code))

    def touch(self) -> None:
        """Remember what the place was, before its first change."""
        if self.was is None and not self.new:
            self.was = self._state(self.parent.old_code if self.parent else self.unlinked_parent)

    def _state(self, parent_code: str | None) -> State:
        parent_id = self.parent.id if self.parent else None
        return State(self.code, parent_id, parent_code, self.name_km, self.name_en)


class Line(NamedTuple):
    """What was in one place is in another from the change on."""

    kind: SuccessionKind
    old: Place
    new: Place


@dataclass
class Country:
    """Every open area by id, by code within its level, and by what it stands below."""

    places: dict[UUID, Place] = field(default_factory=dict)
    bearers: dict[Level, dict[str, list[Place]]] = field(default_factory=dict)
    children: dict[UUID, list[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Country":
        """The country of the open areas' rows: id, code, level, parent_code, name_km, name_en, valid_from."""
        by_level: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            by_level[row.level].append(row)
        country = cls(bearers={level: {} for level in LEVELS})
        for above, level in zip((None, *LEVELS), LEVELS, strict=False):
            for row in by_level[level]:
                parents = country.bearers[above].get(row.parent_code) if above else None
                country.add(
                    Place(
                        id=row.id,
                        code=row.code,
                        level=level,
                        parent=parents[0] if parents else None,
                        name_km=row.name_km,
                        name_en=row.name_en,
                        since=row.valid_from,
                        unlinked_parent=None if parents else row.parent_code,
                    )
                )
        return country

    def add(self, place: Place) -> None:
        """Let a place stand in the country."""
        self.places[place.id] = place
        self.bearers[place.level].setdefault(place.code, []).append(place)
        if place.parent is not None:
            self.children.setdefault(place.parent.id, []).append(place)

    def recode(self, place: Place, code: str) -> None:
        """Give a place another code."""
        place.touch()
        if place.code != code:
            self._unbear(place)
            place.code = code
            self.bearers[place.level].setdefault(code, []).append(place)

    def close(self, place: Place) -> None:
        """Take a place out of the country; what stood below it still knows it as its parent."""
        place.touch()
        place.open = False
        self._unbear(place)

    def accept(self, changed: Sequence[Place], effective_on: date) -> None:
        """Take a planned change as made, so that a later one can be planned on it."""
        for place in changed:
            if not place.open:
                del self.places[place.id]
            place.was, place.new, place.reshaped, place.since = None, False, False, effective_on
        self.children = {}
        for place in self.places.values():
            if place.parent is not None:
                self.children.setdefault(place.parent.id, []).append(place)

    def _unbear(self, place: Place) -> None:
        same = self.bearers[place.level][place.code]
        same.remove(place)
        if not same:
            del self.bearers[place.level][place.code]
