"""The rules of units, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.units.models import HIGHEST_NUMBER, KINDS, Unit, number_of, unit_code
from shared.errors import Conflict
from shared.events.registry import UnitKind

kinds = st.sampled_from(sorted(KINDS))
communes = st.from_regex(r"[0-9]{6}", fullmatch=True)


@given(kinds, communes, st.integers(1, HIGHEST_NUMBER))
def test_a_code_and_its_number_belong_together(kind: UnitKind, area: str, number: int) -> None:
    code = unit_code(kind, area, number)
    assert number_of(kind, area, code) == (number if KINDS[kind].numbered else None)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("commune_administration", "CA-020202"),
        ("commune_administration", "CA-020201-1"),
        ("health_centre", "HC-020201"),
        ("health_centre", "HC-020201-0"),
        ("health_centre", "HC-020201-01"),
        ("health_centre", "HC-020202-1"),
        ("health_centre", "PS-020201-1"),
        ("primary_school", "PS-020201-1000"),
        ("primary_school", "PS-020201-one"),
        ("primary_school", "-x"),
    ],
)
def test_a_foreign_code_is_refused(kind: UnitKind, code: str) -> None:
    with pytest.raises(ValueError, match=code.rpartition("-")[2]):
        number_of(kind, "020201", code)


def test_a_closed_unit_changes_no_more() -> None:
    unit = Unit(code="HC-020201-1", kind="health_centre", area_code="020201", name_km="ក", name_en="A", version=1)
    unit.rename(name_km=None, name_en="B")
    assert (unit.name_km, unit.name_en, unit.version) == ("ក", "B", 2)
    unit.close("merged")
    assert (unit.status, unit.close_reason, unit.version) == ("closed", "merged", 3)
    assert unit.closed_at is not None
    with pytest.raises(Conflict, match="unit_closed"):
        unit.close("again")
    with pytest.raises(Conflict, match="unit_closed"):
        unit.rename(name_km="គ", name_en=None)
    assert unit.version == 3
