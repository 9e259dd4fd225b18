"""What a unit offers, without a database."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.registry.standards.effective import offered_by
from services.registry.standards.models import FIELDS, Standard, UnitStandard

UNIT = UUID(int=1)


def standard(code: str, position: int = 1, **more: Any) -> Standard:
    return Standard(kind="health_centre", code=code, position=position, name_km="សេវា", name_en="Service", **more)


def override(code: str, *, hidden: bool = False, position: int | None = None, **changes: Any) -> UnitStandard:
    return UnitStandard(unit_id=UNIT, code=code, hidden=hidden, position=position, changes=changes)


def test_a_unit_differs_in_what_it_says_and_in_nothing_else() -> None:
    [one] = offered_by([standard("a", fee_riel=2000, time_en="1 day")], [override("a", fee_riel=0, time_en="1 day")])
    assert (one.values["fee_riel"], one.differs, one.own, one.hidden) == (0, ("fee_riel",), False, False)


def test_a_value_can_be_taken_away() -> None:
    [one] = offered_by([standard("a", fee_riel=2000)], [override("a", fee_riel=None)])
    assert (one.values["fee_riel"], one.differs) == (None, ("fee_riel",))


def test_own_services_stand_last_and_need_their_names() -> None:
    own = override("b", name_km="ថ្មី", name_en="New")
    offered = offered_by([standard("z", 9)], [own, override("c", fee_riel=1)])
    assert [(one.code, one.own) for one in offered] == [("z", False), ("b", True)]
    assert set(offered[1].values) == set(FIELDS)


def test_a_retired_standard_is_offered_by_nobody() -> None:
    assert offered_by([standard("a", active=False)], [override("a", name_km="ក", name_en="A")]) == []


CODES = st.sampled_from("abcdef")


@given(
    st.dictionaries(CODES, st.tuples(st.integers(1, 9), st.booleans())),
    st.dictionaries(CODES, st.tuples(st.booleans(), st.none() | st.integers(1, 9), st.booleans())),
)
def test_nothing_is_lost_and_the_order_is_that_of_positions(
    kinds: dict[str, tuple[int, bool]], units: dict[str, tuple[bool, int | None, bool]]
) -> None:
    standards = [standard(code, position, active=active) for code, (position, active) in kinds.items()]
    names = {"name_km": "ក", "name_en": "A"}
    overrides = [
        override(code, hidden=hidden, position=position, **(names if named else {}))
        for code, (hidden, position, named) in units.items()
    ]
    offered = offered_by(standards, overrides)
    active = {code for code, (_, is_active) in kinds.items() if is_active}
    own = {code for code, (_, _, named) in units.items() if named and code not in kinds}
    assert {one.code for one in offered} == active | own
    assert [one.position for one in offered] == sorted(one.position for one in offered)
    assert {one.code for one in offered if one.hidden} == {c for c in active | own if c in units and units[c][0]}
