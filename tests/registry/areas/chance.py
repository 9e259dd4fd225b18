"""Random operations that make sense on a country as it stands."""

from datetime import date, timedelta
from random import Random
from uuid import UUID

from services.registry.areas.codes import next_free
from services.registry.areas.country import Country, Place
from services.registry.areas.operations import Child, Close, Merge, Move, Open, Operation, Rename, Split

FIRST_DAY = date(2025, 1, 1)
CODES = ["01", "02", *(f"0{p}0{d}" for p in (1, 2) for d in (1, 2))]
CODES += [f"{district}0{c}" for district in CODES[2:] for c in (1, 2)]
CODES += [f"{commune}0{v}" for commune in CODES[6:] for v in (1, 2, 3)]


class Chance:
    """Makes one operation after another; some of them do not fit, as in life."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.day = FIRST_DAY

    def new_id(self) -> UUID:
        """An id for a new area."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def next_day(self) -> date:
        """Mostly a later day; sometimes the same again, and sometimes an earlier one."""
        self.day += timedelta(days=self.random.choice((0, 0, 1, 7, 20)))
        return self.day - timedelta(days=self.random.choice((0, 0, 5, 15, 30)))

    def operation(self, country: Country) -> Operation:
        """An operation on some area."""
        place = self.random.choice(sorted(country.places.values(), key=lambda one: (one.code, one.id)))
        make = self.random.choice(
            (self._open, self._rename, self._move, self._renumber, self._close, self._split, self._part, self._merge)
        )
        return make(country, place)

    def _free(self, country: Country, parent: Place | None, place: Place) -> str:
        borne = () if self.random.random() < 0.5 else country.bearers[place.level]
        code = next_free(parent.code if parent else "", country.bearers[place.level], borne)
        return code or place.code

    def _new(self, country: Country, place: Place, children: tuple[Child, ...] = ()) -> Open:
        code, parent = self._free(country, place.parent, place), place.parent
        return Open(code, place.level, parent.code if parent else None, "ថ្មី", "New", children, area_id=self.new_id())

    def _open(self, country: Country, place: Place) -> Operation:
        return self._new(country, place)

    def _rename(self, country: Country, place: Place) -> Operation:
        return Rename(place.id, f"ឈ្មោះ {self.random.randint(1, 9)}", f"Name {self.random.randint(1, 9)}")

    def _move(self, country: Country, place: Place) -> Operation:
        if place.parent is None:
            return self._renumber(country, place)
        others = [other for other in country.places.values() if other.level == place.parent.level]
        parent = self.random.choice(sorted(others, key=lambda one: (one.code, one.id)))
        return Move(place.id, self._free(country, parent, place), parent.code)

    def _renumber(self, country: Country, place: Place) -> Operation:
        return Move(place.id, self._free(country, place.parent, place), place.parent_code)

    def _close(self, country: Country, place: Place) -> Operation:
        same = [one.id for one in country.places.values() if one.level == place.level and one is not place]
        return Close(place.id, tuple(self.random.sample(sorted(same), min(len(same), self.random.randint(0, 2)))))

    def _split(self, country: Country, place: Place) -> Operation:
        children = sorted(country.children.get(place.id, ()), key=lambda one: (one.code, one.id))
        cut = self.random.randint(0, len(children))
        halves = [tuple(Child(child.id) for child in half) for half in (children[:cut], children[cut:])]
        first = self._new(country, place, children=halves[0])
        second = Open(place.code, place.level, place.parent_code, "ក", "A", halves[1], area_id=self.new_id())
        return Split(place.id, (first, second))

    def _part(self, country: Country, place: Place) -> Operation:
        children = sorted(country.children.get(place.id, ()), key=lambda one: (one.code, one.id))
        given = tuple(Child(child.id) for child in children[: self.random.randint(0, len(children))])
        return Split(place.id, (self._new(country, place, children=given),), remains=True)

    def _merge(self, country: Country, place: Place) -> Operation:
        same = [one for one in country.places.values() if one.level == place.level and one is not place]
        if not same:
            return self._rename(country, place)
        other = self.random.choice(sorted(same, key=lambda one: (one.code, one.id)))
        into = place.id if self.random.random() < 0.6 else self._new(country, place)
        return Merge((place.id, other.id), into)
