"""What next year's list changes, compared with that of 2025."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.areas.country import Country
from services.registry.areas.planning import plan_change
from services.registry.gazetteer.items import Attached, Item, Options
from services.registry.gazetteer.likeness import Standing
from services.registry.gazetteer.matching import Said
from services.registry.gazetteer.operations import operations_of
from services.registry.gazetteer.plan import Plan, make_plan
from services.registry.gazetteer.rows import Row
from shared.areas import LEVELS
from tests.registry.gazetteer.lists import NAMESPACE, Changed, next_year, packaged, standing, three_provinces

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def areas() -> list[Standing]:
    """The registry after the list of 2025, of three provinces."""
    return standing(three_provinces())


def plan_for(areas: Sequence[Standing], rows: Sequence[Row], options: Options | None = None) -> Plan:
    return make_plan(rows, areas, {}, options or Options())


def shown(items: Iterable[Item]) -> list[tuple[str, str | None, str | None]]:
    return [(item.action, item.old.code if item.old else None, item.new.code if item.new else None) for item in items]


def applied(areas: Sequence[Standing], plan: Plan) -> Counter[tuple[object, ...]]:
    """What the registry holds once the plan is carried out: the areas' own rules are asked, no database."""
    added = sum(item.action == "added" for item in plan.items)
    operations = operations_of(plan, [uuid5(NAMESPACE, f"new {number}") for number in range(added)])
    country = Country.of([_row(area) for area in areas])
    change = plan_change(country, operations, TODAY, official=True)
    assert change.refusals == []
    return Counter(
        (place.level, place.code, place.parent_code, place.name_km, place.name_en)
        for place in country.places.values()
        if place.open
    )


def _row(area: Standing) -> SimpleNamespace:
    return SimpleNamespace(
        id=area.id,
        code=area.code,
        level=area.level,
        parent_code=area.parent_code,
        name_km=area.name_km,
        name_en=area.name_en,
        valid_from=date(2025, 1, 1),
    )


def as_listed(rows: Iterable[Row]) -> Counter[tuple[object, ...]]:
    return Counter((row.level, row.code, row.parent_code, row.name_km, row.name_en) for row in rows)


def test_the_very_same_list_changes_nothing() -> None:
    areas = standing(packaged())
    plan = plan_for(areas, packaged())
    assert (plan.items, plan.problems, plan.left_out) == ([], [], [])
    assert sum(plan.unchanged.values()) == len(areas) == 16_459
    assert Counter(odd.kind for odd in plan.oddities) == {
        "missing_commune": 1,
        "repeated_village_code": 25,
        "village_off_commune": 43,
    }


def test_a_year_of_changes_is_told_and_leads_to_the_list(areas: list[Standing]) -> None:
    """Renames, a commune split off, a commune in another district, a province's new code, a merger, a village gone."""
    new = Changed(three_provinces())
    split_off, merged = next_year(new)
    plan = plan_for(areas, new.rows)
    assert [problem.code for problem in plan.problems] == []
    told = shown(item for item in plan.items if not item.follows)
    off = {row.code for row in three_provinces() if row.level == "village" and row.code[:6] != row.parent_code}
    expected = [
        ("gone", "020105", None),
        ("gone", "02010301", None),
        ("added", None, "020113"),
        ("moved", "020302", "020214"),
        *(("moved", row.code, f"020113{number:02}") for number, row in enumerate(split_off, 1)),
        *(("moved", row.code, f"020104{number}") for number, row in enumerate(merged, 81)),
        ("renumbered", "25", "26"),
        *(("renumbered", code, f"26{code[2:]}") for code in off if code.startswith("25")),
        ("renamed", "020102", "020102"),
        ("renamed", "02010201", "02010201"),
    ]
    assert sorted(told, key=str) == sorted(expected, key=str)
    gone, village_gone, added = plan.items[:3]
    assert [row.code for row in gone.into] == ["020104"]
    assert village_gone.into == ()
    assert added.origin
    assert added.origin.code == "020101"
    listed = [row for row in new.rows if row.parent_code != "120913"]
    assert applied(areas, plan) == as_listed(listed)


def test_a_spelling_that_looks_the_same_is_no_rename(areas: list[Standing]) -> None:
    new = Changed(three_provinces())
    names = {row.code: row for row in three_provinces()}
    new.rename("0201", names["0201"].name_km + "\u200b")
    new.rename("020101", names["020101"].name_km[:2] + "\u200b" + names["020101"].name_km[2:])
    new.rename("020102", f" {names['020102'].name_km}", names["020102"].name_en.replace(" ", "  "))
    plan = plan_for(areas, new.rows)
    assert plan.items == []
    assert (plan.respelled["district"], plan.respelled["commune"]) == (1, 2)
    new.rename("020103", names["020103"].name_km, names["020103"].name_en + "a")
    (renamed,) = plan_for(areas, new.rows).items
    assert (renamed.action, renamed.reasons) == ("renamed", ("same_name", "same_code"))


def test_a_commune_renumbered_within_its_district_takes_its_villages_along(areas: list[Standing]) -> None:
    new = Changed(three_provinces())
    new.recode("020101", "020199")
    plan = plan_for(areas, new.rows)
    first, *rest = plan.items
    assert shown([first]) == [("renumbered", "020101", "020199")]
    assert rest
    assert all(item.follows and item.score == 100 for item in rest)


def test_two_communes_that_swap_their_codes_are_known_by_name(areas: list[Standing]) -> None:
    new = Changed(three_provinces())
    for old, via in (("020101", "0201zz"), ("020102", "020101"), ("0201zz", "020102")):
        new.recode(old, via)
    plan = plan_for(areas, new.rows)
    assert shown(item for item in plan.items if not item.follows) == [
        ("renumbered", "020101", "020102"),
        ("renumbered", "020102", "020101"),
    ]
    assert applied(areas, plan) == as_listed(row for row in new.rows if row.parent_code != "120913")


def test_a_code_that_another_commune_bears_now_is_not_the_old_one(areas: list[Standing]) -> None:
    """The old commune ends, a new one with villages of its own gets its code: one gone, one added."""
    new = Changed([row for row in three_provinces() if row.parent_code != "020101"])
    new.rename("020101", "ស្រុកថ្មី", "Another")
    for number in range(1, 6):
        new.add("village", f"020101{number:02}", f"ភូមិថ្មីទី{number}", f"New {number}")
    told = shown(plan_for(areas, new.rows).items)
    assert ("gone", "020101", None) in told
    assert ("added", None, "020101") in told


def test_notes_and_names_tell_of_split_villages(areas: list[Standing]) -> None:
    villages = [row for row in three_provinces() if row.parent_code == "020101"]
    new = Changed(three_provinces())
    new.add("village", "02010190", "ភូមិថ្មី", "Thmei", note=f"បំបែកចេញពីភូមិ{villages[0].name_km}")
    new.drop(villages[1].code)
    new.add("village", "02010191", f"{villages[1].name_km} លិច", "West")
    new.add("village", "02010192", f"{villages[1].name_km} កើត", "East")
    plan = plan_for(areas, new.rows)
    gone, *added = plan.items
    assert [row.code for row in gone.into] == ["02010191", "02010192"]
    assert gone.reasons == ("name_continues",)
    assert [item.origin.code if item.origin else None for item in added] == [villages[0].code, None, None]
    assert applied(areas, plan) == as_listed(row for row in new.rows if row.parent_code != "120913")


def moved_village(areas: list[Standing]) -> tuple[Changed, str]:
    """A list in which one village of its name stands in the neighbouring commune."""
    names = Counter(row.name_km for row in three_provinces())
    village = next(row for row in three_provinces() if row.parent_code == "020101" and names[row.name_km] == 1)
    new = Changed(three_provinces())
    new.recode(village.code, "02010290")
    return new, village.code


def test_a_probable_move_can_be_refused(areas: list[Standing]) -> None:
    new, code = moved_village(areas)
    (moved,) = plan_for(areas, new.rows).items
    assert (moved.action, moved.old and moved.old.code) == ("moved", code)
    assert moved.score
    assert 70 <= moved.score < 100
    apart = plan_for(areas, new.rows, Options(Said(apart=frozenset({(code, "02010290")}))))
    assert shown(apart.items) == [("gone", code, None), ("added", None, "02010290")]
    assert apart.problems == []


def test_a_village_of_the_same_name_in_another_district_is_another_village(areas: list[Standing]) -> None:
    new, code = moved_village(areas)
    new.recode("02010290", "02020190")
    assert shown(plan_for(areas, new.rows).items) == [("gone", code, None), ("added", None, "02020190")]


def test_what_cannot_be_known_can_be_said(areas: list[Standing]) -> None:
    new, code = moved_village(areas)
    new.rename("02010290", "មិនស្គាល់", "Unknown")
    assert shown(plan_for(areas, new.rows).items) == [("gone", code, None), ("added", None, "02010290")]
    (said,) = plan_for(areas, new.rows, Options(Said(same=frozenset({(code, "02010290")})))).items
    assert (said.action, said.renamed, said.reasons) == ("moved", True, ("said_so",))
    gone, _ = plan_for(areas, new.rows, Options(successors=frozenset({(code, "02010290")}))).items
    assert [row.code for row in gone.into] == ["02010290"]
    for options in (
        Options(Said(same=frozenset({("99999999", "02010290")}))),
        Options(Said(apart=frozenset({(code, "99999999")}))),
        Options(successors=frozenset({("02010203", "02010204")})),
    ):
        assert [problem.code for problem in plan_for(areas, new.rows, options).problems] == ["pair_unknown"]


def test_a_move_that_could_be_either_is_a_conflict(areas: list[Standing]) -> None:
    new, code = moved_village(areas)
    again = next(row for row in new.rows if row.code == "02010290")
    new.add("village", "02010390", again.name_km, again.name_en)
    plan = plan_for(areas, new.rows)
    (problem,) = plan.problems
    assert (problem.code, problem.area_code, problem.blocks) == ("ambiguous_move", code, False)
    assert Counter(item.action for item in plan.items) == {"gone": 1, "added": 2}
    said = plan_for(areas, new.rows, Options(Said(same=frozenset({(code, "02010390")}))))
    assert said.problems == []
    assert shown(said.items) == [("added", None, "02010290"), ("moved", code, "02010390")]


CONFLICTS = [
    ("code_twice", lambda new: new.add("commune", "020101", "ពីរដង", "Twice")),
    ("parent_missing", lambda new: new.add("commune", "029901", "គ្មានស្រុក", "Nowhere")),
    ("code_off_parent", lambda new: new.rows.append(Row("commune", "030199", "0201", "ក", "A"))),
    ("many_gone", lambda new: new.rows.__setitem__(slice(None), new.rows[:-200])),
    ("no_villages", lambda new: new.rows.__setitem__(slice(None), [r for r in new.rows if r.level != "village"])),
]


@pytest.mark.parametrize(("code", "spoil"), CONFLICTS, ids=[code for code, _ in CONFLICTS])
def test_what_cannot_be_applied_is_said(areas: list[Standing], code: str, spoil: object) -> None:
    new = Changed(three_provinces())
    assert callable(spoil)
    spoil(new)
    plan = plan_for(areas, new.rows)
    assert code in [problem.code for problem in plan.problems if problem.blocks]
    assert plan.blocked
    assert all(problem.detail_en and problem.detail_km for problem in plan.problems)


def test_a_commune_that_lost_its_line_stays(areas: list[Standing]) -> None:
    new = Changed(three_provinces())
    new.drop("020101")
    plan = plan_for(areas, new.rows)
    assert (plan.items, plan.problems) == ([], [])
    assert [odd.code for odd in plan.oddities if odd.kind == "missing_commune"] == ["020101", "120913"]


def test_repeated_lines_count_once(areas: list[Standing]) -> None:
    plan = plan_for(areas, [*three_provinces(), *three_provinces()[:100]])
    assert plan.items == []
    assert [(problem.code, problem.blocks) for problem in plan.problems] == [("repeated_lines", False)]


def test_one_province_s_file_leaves_the_others_alone(areas: list[Standing]) -> None:
    rows = [row for row in three_provinces() if row.level != "province" and row.code.startswith("02")]
    plan = plan_for(areas, [row for row in rows if row.code != "02010101"])
    assert shown(plan.items) == [("gone", "02010101", None)]
    assert len(plan.left_out) == 2
    assert "02" not in plan.left_out


def test_units_and_roles_are_not_orphaned(areas: list[Standing]) -> None:
    new = Changed([row for row in three_provinces() if not (row.parent_code or "").startswith("020101")])
    new.drop("020101")
    attached = {"020101": Attached(("CA-020101", "HC-020101-1"), 3), "02010101": Attached((), 1)}
    plan = make_plan(new.rows, areas, attached, Options())
    assert [(problem.code, problem.area_code) for problem in plan.problems] == [
        ("units_would_vanish", "020101"),
        ("grants_would_vanish", "02010101"),
    ]
    assert "CA-020101, HC-020101-1" in plan.problems[0].detail_en
    options = Options(successors=frozenset({("020101", "020102"), ("02010101", "02010201")}))
    settled = make_plan(new.rows, areas, attached, options)
    assert settled.problems == []
    assert applied(areas, settled) == as_listed(row for row in new.rows if row.parent_code != "120913")
    both = Options(successors=options.successors | {("020101", "020103")})
    assert [problem.code for problem in make_plan(new.rows, areas, attached, both).problems] == ["units_would_vanish"]


NAMES = st.sampled_from(["ថ្មី", "ចាស់", "លិច", "កើត", "ត្បូង", "ជើង"])


@st.composite
def small_lists(draw: st.DrawFn) -> list[Row]:
    """A province or two with what may stand below them."""
    rows: list[Row] = []
    parents: list[str | None] = [None]
    for level in LEVELS:
        below: list[str | None] = []
        for parent in parents:
            most = 2 if level == "province" else 3
            for number in sorted(draw(st.sets(st.integers(1, 4), min_size=1, max_size=most))):
                code = f"{parent or ''}{number:02}"
                rows.append(Row(level, code, parent, draw(NAMES), draw(st.sampled_from("ABC"))))
                below.append(code)
        parents = below
    return rows


@given(small_lists(), small_lists())
@settings(max_examples=40)
def test_carrying_out_a_plan_leads_to_its_list(before: list[Row], after: list[Row]) -> None:
    areas = standing(before)
    same = plan_for(areas, before)
    assert (same.items, same.problems) == ([], [])
    plan = plan_for(areas, after, Options(accept_gone=True))
    assert applied(areas, plan) == as_listed(after)


@given(small_lists(), st.data())
@settings(max_examples=20)
def test_every_area_is_accounted_for_once(before: list[Row], data: st.DataObject) -> None:
    after = [replace(row, name_km=data.draw(NAMES)) if data.draw(st.booleans()) else row for row in before]
    areas = standing(before)
    plan = plan_for(areas, after, Options(accept_gone=True))
    olds: list[UUID] = [item.old.id for item in plan.items if item.old]
    assert len(olds) == len(set(olds))
    assert len(olds) + sum(plan.unchanged.values()) == len(areas)
