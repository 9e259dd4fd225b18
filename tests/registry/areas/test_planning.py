"""Thinking a change through, without a database."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from uuid import UUID

import pytest

from services.registry.areas.codes import extends, fits_level, next_free, rewritten
from services.registry.areas.country import Country, Place
from services.registry.areas.heirs import heirs_of
from services.registry.areas.operations import Child, Close, Merge, Move, Open, Operation, Rename, Split
from services.registry.areas.planning import Plan, plan_change
from shared.areas import level_of, parent_of

DAY = date(2026, 3, 1)
CODES = ("01", "0101", "010101", "01010101", "01010102", "010102", "0102", "010201", "01020101", "02", "0201")


def country_of(*codes: str, **parents: str) -> Country:
    """A country in which the id of an area is its code; `parents` places off-prefix villages."""
    rows = [
        SimpleNamespace(
            id=id_of(code), code=code, level=level_of(code), parent_code=parent_of(code) or None,
            name_km="ក", name_en="A", valid_from=date(2025, 1, 1),
        )
        for code in codes
    ]  # fmt: skip
    for row in rows:
        row.parent_code = parents.get(f"v{row.code}", row.parent_code)
    return Country.of(rows)


def id_of(code: str) -> UUID:
    return UUID(code.rjust(32, "f"))


def opened(code: str, **more: object) -> Open:
    new_id = UUID(code.rjust(32, "e"))
    return Open(code, level_of(code), parent_of(code) or None, "ថ្មី", "New", area_id=new_id, **more)  # type: ignore[arg-type]


def plan(country: Country, *operations: Operation, official: bool = False, borne: Sequence[str] = ()) -> Plan:
    return plan_change(country, operations, DAY, official=official, borne=borne)


def codes(plan: Plan) -> dict[str, str]:
    """The codes that changed."""
    return {place.old_code: place.code for place in plan.changed if place.recoded}


def refused(plan: Plan) -> list[str]:
    return [refusal.code for refusal in plan.refusals]


def test_codes_are_two_digits_a_level() -> None:
    assert [fits_level(code, "commune") for code in ("010101", "0101", "01010101", "01010x", "")] == [True] + 4 * [
        False
    ]
    assert extends("0101", "01")
    assert extends("01", None)
    assert not extends("0201", "01")


@pytest.mark.parametrize(
    ("now", "ever", "free"),
    [
        ((), (), "0101"),
        (("0101", "0103"), (), "0104"),
        (("0101",), ("0105",), "0106"),
        (("0199",), (), "0101"),
        (("0199", "0102"), ("0101",), "0103"),
        ([f"01{n:02}" for n in range(2, 100)], ("0101",), "0101"),
        ([f"01{n:02}" for n in range(1, 100)], (), None),
    ],
)
def test_the_next_free_code_was_never_borne_if_there_is_one(now: list[str], ever: list[str], free: str | None) -> None:
    assert next_free("01", now, ever) == free


def test_the_beginning_of_a_code_follows_the_nearest_above() -> None:
    moved = [("010101", "020105"), ("0101", "0201")]
    assert rewritten("01010103", moved) == "02010503"
    assert rewritten("01010203", moved) == "02010203"
    assert rewritten("99010101", moved) == "99010101"


def test_two_areas_may_swap_their_codes_in_one_change() -> None:
    moves = [Move(id_of("0101"), "0102", "01"), Move(id_of("0102"), "0101", "01")]
    for order in (moves, moves[::-1]):
        made = plan(country_of(*CODES), *order)
        assert refused(made) == []
        assert codes(made) == {
            "0101": "0102", "010101": "010201", "010102": "010202", "01010101": "01020101", "01010102": "01020102",
            "0102": "0101", "010201": "010101", "01020101": "01010101",
        }  # fmt: skip


def test_an_explicit_code_goes_before_following() -> None:
    operations: list[Operation] = [
        Move(id_of("0101"), "0202", "02"),
        Move(id_of("010101"), "020109", "0201"),
        Move(id_of("01010102"), "02020107", "020201"),
        opened("020201"),
    ]
    for order in (operations, operations[::-1]):
        made = plan(country_of(*CODES), *order)
        assert refused(made) == []
        assert codes(made) == {
            "0101": "0202", "010101": "020109", "01010101": "02010901", "01010102": "02020107", "010102": "020202",
        }  # fmt: skip
        kinds = {line.old.old_code: line.kind for line in made.lines}
        assert kinds == {
            "0101": "move", "010101": "move", "01010101": "renumber", "01010102": "move", "010102": "renumber",
        }  # fmt: skip


def test_a_village_off_its_commune_keeps_its_code_or_follows_its_district() -> None:
    country = country_of(*CODES, "01010501", "02010109", v01010501="010101", v02010109="010101")
    made = plan(country, Move(id_of("010101"), "010109", "0101"))
    assert codes(made) == {"010101": "010109", "01010101": "01010901", "01010102": "01010902"}
    parents = {place.code: place.parent_code for place in made.changed}
    assert (parents["01010501"], parents["02010109"]) == ("010109", "010109")
    country = country_of(*CODES, "01010501", "02010109", v01010501="010101", v02010109="010101")
    made = plan(country, Move(id_of("0101"), "0109", "01"))
    assert codes(made)["01010501"] == "01090501"
    assert "02010109" not in codes(made)


def test_only_the_official_list_brings_odd_villages() -> None:
    odd = Open("01020301", "village", "010101", "ក", "A", area_id=UUID(int=1))
    twin = Open("01010101", "village", "010101", "ក", "A", area_id=UUID(int=2))
    assert refused(plan(country_of(*CODES), odd, twin)) == ["area_code_unfit", "area_code_taken"]
    assert refused(plan(country_of(*CODES), odd, twin, official=True)) == []
    commune = Open("010301", "commune", "0102", "ក", "A", area_id=UUID(int=3))
    assert refused(plan(country_of(*CODES), commune, official=True)) == ["area_code_unfit"]


def test_a_list_may_open_a_whole_branch_and_close_another_in_any_order() -> None:
    operations: list[Operation] = [
        opened("01010301"),
        Close(id_of("01020101")),
        opened("010103"),
        Close(id_of("0102")),
        Close(id_of("010201")),
    ]
    for order in (operations, operations[::-1]):
        made = plan(country_of(*CODES), *order)
        assert refused(made) == []
        assert sorted(place.code for place in made.changed) == ["0102", "010201", "01020101"]


CONTRADICTIONS: list[tuple[list[Operation], str]] = [
    ([Rename(id_of("01"), "ក", "A"), Rename(id_of("01"), "ខ", "B")], "area_changed_twice"),
    ([Move(id_of("0101"), "0103", "01"), Move(id_of("0101"), "0104", "01")], "area_changed_twice"),
    ([Close(id_of("010102")), Rename(id_of("010102"), "ក", "A")], "area_changed_twice"),
    ([Close(id_of("010102")), Close(id_of("010102"))], "area_changed_twice"),
    ([Close(id_of("010102")), Merge((id_of("010101"), id_of("010102")), id_of("010102"))], "area_changed_twice"),
    ([Close(id_of("010102"), (id_of("0102"),))], "level_unfit"),
    ([Close(id_of("0101"))], "children_open"),
    ([Close(UUID(int=0))], "area_not_open"),
    ([Rename(id_of("01"), " ", "A")], "name_empty"),
    ([Move(id_of("0101"), "0301", "03")], "parent_unknown"),
    ([Move(id_of("01"), "03", "02")], "area_code_unfit"),
    ([Move(id_of("010101"), "0103", "01")], "area_code_unfit"),
    ([opened("0101")], "area_code_taken"),
    ([Merge((id_of("0101"), id_of("0101")), id_of("0101"))], "too_few_areas"),
    ([Merge((id_of("0101"), id_of("02")), id_of("0101"))], "level_unfit"),
    ([Merge((id_of("0101"), id_of("0102")), id_of("0201"))], "survivor_not_merged"),
    ([Merge((id_of("0101"), id_of("0102")), opened("010109"))], "level_unfit"),
    ([Merge((id_of("0101"), id_of("0102")), id_of("0101"), (Child(id_of("01010101")),))], "not_a_child"),
    ([Split(id_of("010101"), (opened("010103"),))], "too_few_areas"),
    ([Split(id_of("010102"), (opened("0103"), opened("010104")))], "level_unfit"),
    ([Split(id_of("0102"), (opened("0103", children=(Child(id_of("010101")),)),), remains=True)], "not_a_child"),
    ([opened("0103", children=(Child(id_of("01010101")),))], "level_unfit"),
    ([opened("0103", children=(Child(id_of("010101"), "010205"),))], "area_code_unfit"),
]


@pytest.mark.parametrize(("operations", "code"), CONTRADICTIONS)
def test_what_cannot_be_is_refused(operations: list[Operation], code: str) -> None:
    made = plan(country_of(*CODES), *operations)
    assert code in refused(made)
    assert all(refusal.en and refusal.km for refusal in made.refusals)
    assert all(0 <= refusal.position < len(operations) for refusal in made.refusals)


def test_what_was_borne_is_not_given_again() -> None:
    made = plan(country_of(*CODES), Merge((id_of("010101"), id_of("010201")), id_of("010101")), borne=["01010107"])
    assert codes(made) == {"01020101": "01010108"}


def test_heirs_are_of_the_area_or_of_its_territory() -> None:
    country = country_of(*CODES)
    made = plan(country, Split(id_of("010102"), (opened("010103"),), remains=True))
    heirs = heirs_of(made, country)
    assert (heirs.of_area, heirs.of_territory) == ({}, {"010102": ("010102", "010103")})
    country = country_of(*CODES)
    made = plan(country, Split(id_of("010102"), (opened("010103"), opened("010102"))))
    heirs = heirs_of(made, country)
    assert heirs.of_area == heirs.of_territory == {"010102": ("010102", "010103")}


def test_a_day_before_the_last_change_is_refused() -> None:
    country = country_of(*CODES)
    late: Place = country.places[id_of("0102")]
    late.since = date(2026, 3, 2)
    for operation in (Rename(late.id, "ខ", "B"), Move(id_of("010101"), "010205", "0102"), opened("010203")):
        assert refused(plan(country, operation)) == ["effective_too_early"]
