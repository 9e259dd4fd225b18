"""Reading the operations of a change one by one: what ends, what is new, what is wished for codes and places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.areas import refusals
from services.registry.areas.codes import extends, fits_level
from services.registry.areas.country import Country, Line, Place
from services.registry.areas.operations import Child, Close, Merge, Move, Open, Operation, Refusal, Rename, Split
from services.registry.areas.refusals import At
from services.registry.areas.settling import Wish
from shared.areas import LEVELS, Level

SUBJECT = "path/area_id"


@dataclass(frozen=True, slots=True)
class UnitMove:
    """A unit that the change sends into a new area; from anywhere, or from the area that is split."""

    at: At
    code: str
    origin: Place | None
    target: Place


class Orders:
    """Takes the operations one by one; what they ask for codes and parents is settled after the last."""

    def __init__(self, country: Country, effective_on: date, official: bool) -> None:
        self.country, self.effective_on, self.official = country, effective_on, official
        self.refusals: list[Refusal] = []
        self.opened: list[Place] = []
        self.lines: list[Line] = []
        self.units: list[UnitMove] = []
        self.wishes: dict[UUID, Wish] = {}
        self.ends: dict[Place, At] = {}
        self.renamed: dict[Place, At] = {}
        self.reshaped: dict[Place, At] = {}
        self.merged: list[tuple[At, Place, Place]] = []

    def take(self, position: int, operation: Operation) -> None:
        """Note what an operation asks for."""
        match operation:
            case Open():
                self._open(At(position, ""), operation, None)
            case Rename():
                self._rename(At(position, ""), operation)
            case Move():
                self._move(At(position, ""), operation)
            case Close():
                self._close(At(position, ""), operation)
            case Split():
                self._split(At(position, ""), operation)
            case Merge():
                self._merge(At(position, ""), operation)

    def _refuse(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def _find(self, at: At, area_id: UUID) -> Place | None:
        place = self.country.places.get(area_id)
        if place is None:
            self._refuse(refusals.area_not_open(at))
        return place

    def _check_names(self, at: At, name_km: str, name_en: str) -> None:
        for pointer, name in (("/name_km", name_km), ("/name_en", name_en)):
            if not name.strip():
                self._refuse(refusals.name_empty(At(at.position, at.pointer + pointer)))

    def _check_code(self, at: At, code: str, level: Level, parent_code: str | None) -> None:
        odd_village = self.official and level == "village" and code.strip()
        if not odd_village and not (fits_level(code, level) and extends(code, parent_code)):
            self._refuse(refusals.code_unfit(at, code, level, parent_code))

    def _wish(self, wish: Wish) -> None:
        if wish.place.id in self.wishes:
            self._refuse(refusals.changed_twice(wish.at_code, wish.place))
        self.wishes[wish.place.id] = wish

    def _open(self, at: At, operation: Open, origin: Place | None) -> Place:
        assert operation.area_id is not None
        at_code, at_parent = (At(at.position, at.pointer + pointer) for pointer in ("/code", "/parent_code"))
        self._check_names(at, operation.name_km, operation.name_en)
        self._check_code(at_code, operation.code, operation.level, operation.parent_code)
        place = Place(
            id=operation.area_id,
            code=operation.code,
            level=operation.level,
            parent=None,
            name_km=operation.name_km,
            name_en=operation.name_en,
            since=self.effective_on,
            new=True,
        )
        self.country.add(place)
        self.opened.append(place)
        self._wish(Wish(at_code, at_parent, place, operation.code, operation.parent_code, None))
        self._take_children(At(at.position, at.pointer + "/children"), place, operation.children, origin)
        for index, code in enumerate(operation.units):
            unit_at = At(at.position, f"{at.pointer}/units/{index}")
            self.units.append(UnitMove(unit_at, code, origin, place))
        return place

    def _take_children(self, at: At, target: Place, children: Sequence[Child], origin: Place | None) -> None:
        for index, child in enumerate(children):
            child_at = At(at.position, f"{at.pointer}/{index}/area_id")
            place = self._find(child_at, child.area_id)
            if place is None:
                continue
            if origin is not None and place.parent is not origin:
                self._refuse(refusals.not_below(child_at, place))
            elif LEVELS.index(place.level) != LEVELS.index(target.level) + 1:
                self._refuse(refusals.level_unfit(child_at, place, LEVELS[min(LEVELS.index(target.level) + 1, 3)]))
            else:
                code_at = At(at.position, f"{at.pointer}/{index}/new_code")
                self._wish(Wish(code_at, child_at, place, child.new_code, None, target))

    def _rename(self, at: At, operation: Rename) -> None:
        self._check_names(at, operation.name_km, operation.name_en)
        place = self._find(At(at.position, SUBJECT), operation.area_id)
        if place is None:
            return
        if place in self.renamed:
            self._refuse(refusals.changed_twice(At(at.position, SUBJECT), place))
        self.renamed[place] = at
        place.touch()
        place.name_km, place.name_en = operation.name_km, operation.name_en

    def _move(self, at: At, operation: Move) -> None:
        place = self._find(At(at.position, SUBJECT), operation.area_id)
        if place is None:
            return
        at_code, at_parent = At(at.position, "/new_code"), At(at.position, "/new_parent_code")
        self._check_code(at_code, operation.new_code, place.level, operation.new_parent_code)
        self._wish(Wish(at_code, at_parent, place, operation.new_code, operation.new_parent_code, None))

    def _end(self, at: At, place: Place) -> None:
        if place in self.ends:
            self._refuse(refusals.changed_twice(at, place))
        else:
            self.ends[place] = at
            self.country.close(place)

    def _reshape(self, at: At, place: Place) -> None:
        place.touch()
        place.reshaped = True
        self.reshaped[place] = at

    def _close(self, at: At, operation: Close) -> None:
        at = At(at.position, SUBJECT)
        place = self._find(at, operation.area_id)
        if place is None:
            return
        self._end(at, place)
        for index, area_id in enumerate(operation.into):
            heir = self._find(At(at.position, f"/into/{index}"), area_id)
            if heir is None:
                continue
            if heir.level != place.level:
                self._refuse(refusals.level_unfit(At(at.position, f"/into/{index}"), heir, place.level))
            self._reshape(at, heir)
            self.lines.append(Line("merge" if len(operation.into) == 1 else "split", place, heir))

    def _split(self, at: At, operation: Split) -> None:
        place = self._find(At(at.position, SUBJECT), operation.area_id)
        if place is None:
            return
        least = 1 if operation.remains else 2
        if len(operation.into) < least:
            self._refuse(refusals.too_few(At(at.position, "/into"), least))
        for index, part in enumerate(operation.into):
            part_at = At(at.position, f"/into/{index}")
            opened = self._open(part_at, part, place)
            if opened.level != place.level:
                self._refuse(refusals.level_unfit(part_at, opened, place.level))
            self.lines.append(Line("split", place, opened))
        if operation.remains:
            self._reshape(at, place)
            self.lines.append(Line("split", place, place))
        else:
            self._end(At(at.position, "/into"), place)

    def _merge(self, at: At, operation: Merge) -> None:
        found = [
            self._find(At(at.position, f"/area_ids/{index}"), area_id)
            for index, area_id in enumerate(operation.area_ids)
        ]
        merged = [place for place in dict.fromkeys(found) if place is not None]
        if len(set(operation.area_ids)) < 2:
            self._refuse(refusals.too_few(At(at.position, "/area_ids"), 2))
        if not merged or None in found:
            return
        for index, place in enumerate(merged):
            if place.level != merged[0].level:
                self._refuse(refusals.level_unfit(At(at.position, f"/area_ids/{index}"), place, merged[0].level))
        if isinstance(operation.into, Open):
            target = self._open(At(at.position, "/into"), operation.into, None)
        elif operation.into in operation.area_ids:
            target = self.country.places[operation.into]
        else:
            self._refuse(refusals.survivor_not_merged(At(at.position, "/into")))
            return
        if target.level != merged[0].level:
            self._refuse(refusals.level_unfit(At(at.position, "/into"), target, merged[0].level))
        self._merge_into(at, merged, target, operation.children)

    def _merge_into(self, at: At, merged: Sequence[Place], target: Place, children: Sequence[Child]) -> None:
        ids = {place.id for place in merged}
        known = [child for child in children if child.area_id in self.country.places]
        for index, child in enumerate(children):
            place = self._find(At(at.position, f"/children/{index}/area_id"), child.area_id)
            if place is not None and (place.parent is None or place.parent.id not in ids):
                self._refuse(refusals.not_below(At(at.position, f"/children/{index}/area_id"), place))
        self._take_children(At(at.position, "/children"), target, known, None)
        for place in merged:
            self.lines.append(Line("merge", place, target))
            if place is target:
                self._reshape(at, place)
            else:
                self._end(At(at.position, "/area_ids"), place)
                self.merged.append((at, place, target))

    def adopt_merged_children(self) -> None:
        """Below a merged area everything goes to what it merged into, save what has a move of its own."""
        for at, place, target in self.merged:
            at_child = At(at.position, "/children")
            for child in sorted(self.country.children.get(place.id, ()), key=lambda child: (child.code, child.id)):
                if child.open and child.id not in self.wishes:
                    self._wish(Wish(at_child, at_child, child, None, None, target))

    def check_ends(self) -> None:
        """Refuse ends over the heads of children, and ends or successors that another operation contradicts."""
        for place, at in self.ends.items():
            if place in self.renamed or place.id in self.wishes or place.new:
                self._refuse(refusals.changed_twice(at, place))
            left = [child for child in self.country.children.get(place.id, ()) if child.open and child.parent is place]
            if left:
                self._refuse(refusals.children_left(at, place, left))
        for line in self.lines:
            if not line.new.open:
                self._refuse(refusals.changed_twice(self.ends[line.new], line.new))
