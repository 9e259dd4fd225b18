"""Pools: units of which a dimension may not be shown by itself enter their areas' sums together. Pure functions.

An atom is a set of units whose numbers of a dimension, added up, may be shown: a unit that is shown by itself, or a
pool. Atoms of a dimension never overlap, those of a finer dimension are made of whole atoms of the coarser, and an atom
once made stays. So every sum of an area, at any time, is a sum of whole atoms, and whatever sums are subtracted from
each other, whole atoms are left.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.scorecard.counting.safety import are_safe
from services.scorecard.results.suppression import PARENTS, SPANS, SPLITS, Split, add_up

AREA_LENGTHS = (6, 4, 2, 0)
"""Commune, district, province, nation: what waits is pooled as far below as can be."""


@dataclass(slots=True)
class Waiting:
    """A published unit of which some dimensions are hidden, or were before they were pooled."""

    unit_code: str
    area_code: str
    waiting: set[str]
    atoms: dict[str, str]
    """The pool of each dimension that was pooled."""
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Per dimension: participants per category, then those who answered, indicator after indicator."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Units that enter the sums of an area, and of the areas above it, together."""

    area_code: str
    split: Split
    name: str
    unit_codes: list[str]


def numbers_of(people: Sequence[int], answers: Sequence[int], columns: int) -> dict[str, list[int]]:
    """What must be safe in each dimension; answers indicator after indicator, each with all columns."""
    rows = [people, *(answers[start : start + columns] for start in range(0, len(answers), columns))]
    return {split: [number for row in rows for number in row[SPANS[split]]] for split in SPLITS}


def pool(units: Iterable[Waiting], threshold: int) -> list[Pool]:
    """All pools that can be made now, bottom-up; the units are changed accordingly.

    A dimension of a unit waits until nothing coarser of the unit does, as a pool holds whole atoms of the coarser.
    """
    everybody = list(units)
    made: list[Pool] = []
    for length in AREA_LENGTHS:
        by_area: defaultdict[str, list[Waiting]] = defaultdict(list)
        for unit in everybody:
            if unit.waiting and len(unit.area_code) >= length:
                by_area[unit.area_code[:length]].append(unit)
        members = _members(everybody)
        for area_code, waiting in sorted(by_area.items()):
            for split in SPLITS:
                for component in _poolable(waiting, split, threshold, members):
                    made.append(_make(area_code, split, component))
                    members[made[-1].name] = {unit.unit_code for unit in component}
    return made


def _members(units: Iterable[Waiting]) -> dict[str, set[str]]:
    members: defaultdict[str, set[str]] = defaultdict(set)
    for unit in units:
        for name in unit.atoms.values():
            members[name].add(unit.unit_code)
    return members


def _make(area_code: str, split: Split, units: Sequence[Waiting]) -> Pool:
    name = f"{split}:{min(unit.unit_code for unit in units)}"
    for unit in units:
        unit.waiting.discard(split)
        unit.atoms[split] = name
    return Pool(area_code, split, name, sorted(unit.unit_code for unit in units))


def _poolable(
    waiting: Iterable[Waiting], split: Split, threshold: int, members: Mapping[str, set[str]]
) -> Iterator[list[Waiting]]:
    """Sets of units that may enter the area's sums: each connected one that is safe, then the others together."""
    candidates = [
        unit for unit in waiting if split in unit.waiting and not any(above in unit.waiting for above in PARENTS[split])
    ]
    left = []
    for component in connected(candidates, split, members):
        if are_safe(_total(component, split), threshold):
            yield component
        else:
            left.append(component)
    together = [unit for component in largest_safe(left, split, threshold) for unit in component]
    if together:
        yield together


def connected(units: Sequence[Waiting], split: Split, members: Mapping[str, set[str]]) -> list[list[Waiting]]:
    """The units in sets that share pools of coarser dimensions; without sets of which some member is not at hand."""
    by_code = {unit.unit_code: unit for unit in units}
    seen: set[str] = set()
    components = []
    for unit in units:
        if unit.unit_code in seen:
            continue
        reached, todo = {unit.unit_code}, [unit.unit_code]
        while todo:
            at_hand = by_code.get(todo.pop())
            names = (
                [] if at_hand is None else [at_hand.atoms[above] for above in PARENTS[split] if above in at_hand.atoms]
            )
            found = set().union(*(members[name] for name in names)) - reached
            reached |= found
            todo += found
        seen |= reached
        if reached <= by_code.keys():
            components.append([by_code[code] for code in sorted(reached)])
    return components


def largest_safe(components: Sequence[list[Waiting]], split: Split, threshold: int) -> list[list[Waiting]]:
    """Those that may be added up: where a category is too small, all that have anybody in it are left out.

    Of several that are too small the one that fewest are in comes first. A single set is never the answer: by itself it
    is not safe.
    """
    kept = [(component, _total(component, split)) for component in components]
    while kept:
        totals = add_up((numbers for _, numbers in kept), len(kept[0][1]))
        small = [at for at, total in enumerate(totals) if not are_safe((total,), threshold)]
        if not small:
            return [component for component, _ in kept]
        worst = min(small, key=lambda at: sum(numbers[at] != 0 for _, numbers in kept))
        kept = [entry for entry in kept if not entry[1][worst]]
    return []


def _total(component: Sequence[Waiting], split: Split) -> Sequence[int]:
    first = component[0].numbers[split]
    if len(component) == 1:
        return first
    return add_up((unit.numbers[split] for unit in component), len(first))
