"""Under which codes that is kept after a change which areas leave behind that end, or that bear another code now."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from services.registry.areas.codes import MARK, former_code
from services.registry.areas.country import Place
from services.registry.areas.planning import Plan


@dataclass(frozen=True, slots=True)
class Former:
    """What becomes of codes: of areas that ended, and of those above what had ended before."""

    ended: dict[UUID, str]
    """By an ended area's id, the code under which what it left is kept (see codes.former_code)."""
    codes: dict[str, str]
    """By the code that an area bore: its code of now, or the one of `ended`."""
    above: dict[str, str]
    """By the code that an area bore: the code of what stands there now."""

    @property
    def moves_above(self) -> dict[str, list[str]]:
        """`above` as the values of a statement."""
        return {"before": list(self.above), "after": list(self.above.values())}

    def follow(self, kept: str) -> str:
        """The code after the change of what an area had left before it."""
        above, mark, code = kept.partition(MARK)
        return former_code(self.above.get(above, above), code) if mark else kept


def former_of(plan: Plan, still_borne: frozenset[str]) -> Former:
    """What a planned change does to codes; those that another area goes on bearing stay as they are."""
    successors: dict[Place, list[Place]] = defaultdict(list)
    for line in plan.lines:
        successors[line.old].append(line.new)

    def standing(place: Place | None) -> str:
        """The code of a place; of one that ended, of its first successor, else of what stands above."""
        if place is None or place.open:
            return place.code if place else ""
        heirs = sorted(heir.code for heir in successors[place] if heir.open)
        return heirs[0] if heirs else standing(place.parent)

    ended = {place.id: former_code(standing(place.parent), place.old_code) for place in plan.changed if not place.open}
    gone = [place for place in plan.changed if place.old_code not in still_borne]
    return Former(
        ended=ended,
        codes={place.old_code: ended.get(place.id, place.code) for place in gone},
        above={place.old_code: standing(place) for place in gone},
    )
