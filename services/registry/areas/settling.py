"""Giving every area its code and parent after a change, from the provinces down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registry.areas import refusals
from services.registry.areas.codes import extends, next_free, rewritten
from services.registry.areas.country import Country, Place
from services.registry.areas.operations import Refusal
from services.registry.areas.refusals import At
from shared.areas import LEVELS, Level


@dataclass(slots=True)
class Wish:
    """What is asked for a place: a code, or one that fits; a parent, by its code after the change or itself."""

    at_code: At
    at_parent: At
    place: Place
    code: str | None
    parent_code: str | None
    parent: Place | None


class Settling:
    """Level by level: wished codes first, then those that follow their parents, then the next free ones.

    So the order of the operations does not matter, and two areas may swap their codes.
    """

    def __init__(self, country: Country, wishes: Mapping[UUID, Wish], *, official: bool, borne: Sequence[str]) -> None:
        self.country, self.wishes, self.official, self.borne = country, wishes, official, borne
        self.refusals: list[Refusal] = []
        self.places: dict[UUID, At] = {}
        """Everything that was settled, and which operation it comes from."""
        self._recoded: list[Place] = []

    def settle(self) -> None:
        """Give codes and parents, and refuse what does not fit."""
        by_level: dict[Level, list[Wish]] = {level: [] for level in LEVELS}
        for wish in self.wishes.values():
            by_level[wish.place.level].append(wish)
        for level in LEVELS:
            settled = self._settle_level(level, by_level[level])
            self._check_unique(level, settled)
            self._recoded = [place for place in settled if place.recoded]

    def _settle_level(self, level: Level, wishes: Sequence[Wish]) -> list[Place]:
        heard = [wish for wish in wishes if wish.place.open and self._link(level, wish)]
        for wish in heard:
            self.places[wish.place.id] = wish.at_code
            if wish.code is not None:
                self.country.recode(wish.place, wish.code)
        followers = self._follow()
        for wish in heard:
            if wish.code is None:
                self._give_code(wish)
            elif wish.parent is not None and not extends(wish.code, wish.parent.code):
                self.refusals.append(refusals.code_unfit(wish.at_code, wish.code, level, wish.parent.code))
        return [*(wish.place for wish in heard), *followers]

    def _link(self, level: Level, wish: Wish) -> bool:
        """Put a place below its parent, whose code is final already."""
        place, parent = wish.place, wish.parent
        place.touch()
        if level == "province":
            if wish.parent_code is not None:
                self.refusals.append(refusals.parent_unknown(wish.at_parent, wish.parent_code))
            return wish.parent_code is None
        if parent is None:
            bearers = self.country.bearers[LEVELS[LEVELS.index(level) - 1]].get(wish.parent_code or "", [])
            parent = bearers[0] if bearers else None
        if parent is None or not parent.open:
            self.refusals.append(refusals.parent_unknown(wish.at_parent, wish.parent_code))
            return False
        place.parent, place.unlinked_parent = parent, None
        return True

    def _follow(self) -> list[Place]:
        """What stands below recoded places, without a wish of its own, follows them."""
        followers = []
        for parent in self._recoded:
            for place in self.country.children.get(parent.id, ()):
                if not place.open or place.parent is not parent or place.id in self.wishes:
                    continue
                self.places[place.id] = self.places[parent.id]
                place.touch()
                self.country.recode(place, rewritten(place.code, _moved_above(place)))
                followers.append(place)
        return followers

    def _give_code(self, wish: Wish) -> None:
        """The code stays where it fits, else it is the next free one."""
        place, parent = wish.place, wish.parent
        assert parent is not None
        taken = self.country.bearers[place.level]
        if extends(place.code, parent.code) and len(taken[place.code]) == 1:
            return
        code = next_free(parent.code, taken, self.borne)
        if code is None:
            self.refusals.append(refusals.no_free_code(wish.at_code, parent))
        else:
            self.country.recode(place, code)

    def _check_unique(self, level: Level, settled: Sequence[Place]) -> None:
        """No two open areas share a code; villages may where the official list or their parents brought it about."""
        for place in settled:
            if not place.new and not place.recoded:
                continue
            others = [other for other in self.country.bearers[level][place.code] if other is not place]
            tolerated = level == "village" and (self.official or place.id not in self.wishes)
            if others and not tolerated:
                self.refusals.append(refusals.code_taken(self.places[place.id], place.code, others[0]))


def _moved_above(place: Place) -> list[tuple[str, str]]:
    """The old and new codes of the places above, the nearest first."""
    moved = []
    above = place.parent
    while above is not None:
        moved.append((above.old_code, above.code))
        above = above.parent
    return moved
