"""Where an area's earlier results stand, by the lines of the crosswalk."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.history.models import AreaSuccession
from services.scorecard.history.succession import Crosswalk, Origin
from shared.events.registry import SuccessionKind

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=400)
Territory = frozenset[tuple[str, int]]
Told = tuple[SuccessionKind, UUID, str, UUID, str]


@dataclass
class Country:
    """Areas of one level and the lines that their changes tell, as the registry tells them."""

    bearers: dict[str, UUID]
    land: dict[UUID, Territory] = field(default_factory=dict)
    came_from: dict[UUID, set[str]] = field(default_factory=dict)
    lines: list[AreaSuccession] = field(default_factory=list)
    day: int = 0

    def change(self, *lines: Told) -> None:
        """Tell the lines of one change."""
        self.day += 1
        for kind, old_id, old_code, new_id, new_code in lines:
            self.lines.append(
                AreaSuccession(
                    id=uuid4(),
                    kind=kind,
                    old_area_id=old_id,
                    old_code=old_code,
                    new_area_id=new_id,
                    new_code=new_code,
                    effective_on=date(2026, 1, 1),
                    told_at=START + timedelta(days=self.day),
                )
            )

    def swap(self, one: str, other: str) -> None:
        """Two areas change their codes."""
        a, b = self.bearers[one], self.bearers[other]
        self.change(("renumber", a, one, a, other), ("renumber", b, other, b, one))
        self.bearers |= {one: b, other: a}

    def renumber(self, old: str, new: str) -> None:
        """An area bears another code."""
        area_id = self.bearers.pop(old)
        self.change(("renumber", area_id, old, area_id, new))
        self.bearers[new] = area_id

    def split(self, code: str, new: str, *, remains: bool, shuffled: Random) -> None:
        """A part becomes an area; the rest goes on, or becomes another one that takes the code over."""
        parent = self.bearers[code]
        atoms = sorted(self.land[parent])
        part, rest = uuid4(), parent if remains else uuid4()
        lines: list[Told] = [("split", parent, code, part, new), ("split", parent, code, rest, code)]
        shuffled.shuffle(lines)
        self.change(*lines)
        self.bearers |= {code: rest, new: part}
        self.land |= {part: frozenset(atoms[: len(atoms) // 2]), rest: frozenset(atoms[len(atoms) // 2 :])}
        self.came_from |= {part: self.came_from[parent], rest: self.came_from[parent]}

    def merge(self, one: str, other: str, *, shuffled: Random) -> None:
        """The second goes into the first."""
        a, b = self.bearers[one], self.bearers.pop(other)
        lines: list[Told] = [("merge", a, one, a, one), ("merge", b, other, a, one)]
        shuffled.shuffle(lines)
        self.change(*lines)
        self.land[a] |= self.land[b]
        self.came_from[a] = self.came_from[a] | self.came_from[b]

    def origin(self, code: str) -> Origin:
        """What the lines say of a code."""
        return Crosswalk(self.lines).origin(code, LATER)


def country() -> Country:
    """Four areas, of four parts each."""
    bearers = {f"020{number}": uuid4() for number in range(1, 5)}
    land = {area_id: frozenset((code, part) for part in range(4)) for code, area_id in bearers.items()}
    return Country(bearers, land, {area_id: {code} for code, area_id in bearers.items()})


def test_an_untouched_area_is_itself() -> None:
    assert country().origin("0201") == Origin(("0201",))
    assert Crosswalk([]).origin("", LATER) == Origin(("",))


def test_swapped_codes_are_followed_by_the_area() -> None:
    here = country()
    here.swap("0201", "0202")
    assert here.origin("0201") == Origin(("0202",), ("renumber",))
    here.renumber("0201", "0209")
    assert here.origin("0209") == Origin(("0202", "0209"), ("renumber",))


def test_a_part_is_compared_with_the_whole_and_a_union_with_its_parts() -> None:
    here = country()
    here.split("0201", "0209", remains=True, shuffled=Random(1))
    here.merge("0203", "0204", shuffled=Random(1))
    assert here.origin("0201") == Origin(("0201",), ("split",), same_territory=False)
    assert here.origin("0209") == Origin(("0201", "0209"), ("split",), same_territory=False)
    assert here.origin("0203") == Origin(("0203", "0204"), ("merge",))
    here.merge("0209", "0202", shuffled=Random(1))
    assert here.origin("0209") == Origin(("0201", "0202", "0209"), ("merge", "split"), same_territory=False)


def test_a_new_area_under_an_old_code_has_no_past() -> None:
    here = country()
    here.renumber("0201", "0209")
    assert here.origin("0201") == Origin(())
    assert Crosswalk(here.lines).origin("0201", START) == Origin(("0201",), ("renumber",)), "left during the round"


def test_a_code_that_was_given_during_the_earlier_round_counts_beside_the_old_one() -> None:
    here = country()
    here.renumber("0201", "0209")
    assert here.origin("0209").codes == ("0201", "0209")


def test_what_is_given_away_below_makes_another_territory() -> None:
    here = country()
    commune = uuid4()
    here.change(("move", commune, "020101", commune, "020205"))
    for touched in ("0201", "0202"):
        assert here.origin(touched) == Origin((touched,), (), same_territory=False)
    assert here.origin("0203").same_territory
    assert here.origin("02").same_territory, "both lie in the province"


OPERATIONS = st.lists(st.tuples(st.sampled_from(["swap", "renumber", "split", "merge"]), st.randoms()), max_size=7)


@given(OPERATIONS)
def test_the_origin_is_all_that_the_area_came_from(operations: list[tuple[str, Random]]) -> None:
    """Whatever happens, the codes are those of the areas it came from, and the same territory is all of theirs."""
    here = country()
    fresh = iter(f"02{number}" for number in range(50, 99))
    for name, random in operations:
        codes = sorted(here.bearers)
        one, other = random.sample(codes, 2) if len(codes) > 1 else (codes[0], codes[0])
        if name == "renumber":
            here.renumber(one, next(fresh))
        elif name == "split" and len(here.land[here.bearers[one]]) > 1:
            here.split(one, next(fresh), remains=random.random() < 0.5, shuffled=random)
        elif one != other and name in ("swap", "merge"):
            here.swap(one, other) if name == "swap" else here.merge(one, other, shuffled=random)
    began = {f"020{number}" for number in range(1, 5)}
    for code, area_id in here.bearers.items():
        origin, came_from = here.origin(code), here.came_from[area_id]
        assert set(origin.codes) & began == came_from
        if origin.same_territory:
            assert here.land[area_id] == {(was, part) for was in came_from for part in range(4)}


@pytest.mark.parametrize("code", ["02", "0203", "020301"])
def test_lines_elsewhere_are_no_matter(code: str) -> None:
    here = country()
    here.split("0204", "0209", remains=False, shuffled=Random(1))
    assert here.origin(code) == Origin((code,))
