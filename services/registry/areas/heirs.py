"""Where that goes which was kept under a code: to the same area's new code, or to the areas that came after it."""

from collections import defaultdict
from dataclasses import dataclass

from services.registry.areas.country import Country, Place
from services.registry.areas.planning import Plan

Codes = dict[str, tuple[str, ...]]
"""By the code before the change, the codes after it; none where the area ended without a successor."""


@dataclass(frozen=True, slots=True)
class Heirs:
    """Two ways to follow an area; codes that stay as they are do not appear.

    What belongs to the area (units, grants) goes where the area goes, and to its successors only when it ends. What
    means its territory (catchments) also goes to the parts that were split off from it.
    """

    of_area: Codes
    of_territory: Codes
    still_borne: frozenset[str]
    """Codes that another area goes on bearing: villages shared them, and one has left."""


def heirs_of(plan: Plan, country: Country) -> Heirs:
    """The heirs of every code that a planned change touches."""
    successors: dict[Place, list[Place]] = defaultdict(list)
    for line in plan.lines:
        successors[line.old].append(line.new)
    area: dict[str, set[str]] = defaultdict(set)
    territory: dict[str, set[str]] = defaultdict(set)
    for place in dict.fromkeys((*plan.changed, *successors)):
        old, after = place.old_code, {heir.code for heir in successors[place]}
        itself = {place.code} if place.open else set()
        area[old] |= itself or after
        territory[old] |= itself | after
    bearing = (place for level in country.bearers.values() for code in area for place in level.get(code, ()))
    still_borne = frozenset(place.code for place in bearing if not place.new and place.old_code == place.code)
    for code in still_borne:
        area[code].add(code)
        territory[code].add(code)
    return Heirs(_without_unchanged(area), _without_unchanged(territory), still_borne)


def _without_unchanged(heirs: dict[str, set[str]]) -> Codes:
    return {code: tuple(sorted(after)) for code, after in heirs.items() if after != {code}}
