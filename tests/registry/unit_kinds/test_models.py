"""How the codes of units are made, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.unit_kinds.models import HIGHEST_NUMBER, Kind
from shared.errors import Conflict


def kind(prefix: str, *, numbered: bool, active: bool = True) -> Kind:
    return Kind(
        code="a_kind", prefix=prefix, name_km="ប្រភេទ", name_en="A kind", level="commune", numbered=numbered,
        has_catchment=False, active=active,
    )  # fmt: skip


ADMINISTRATION, CENTRE = kind("CA", numbered=False), kind("HC", numbered=True)
areas = st.from_regex(r"([0-9]{2}){1,4}", fullmatch=True)


@given(st.sampled_from([ADMINISTRATION, CENTRE]), areas, st.integers(1, HIGHEST_NUMBER))
def test_a_code_and_its_number_belong_together(of: Kind, area: str, number: int) -> None:
    assert of.number_of(area, of.unit_code(area, number)) == number


def test_only_the_first_of_one_at_a_time_has_the_plain_code() -> None:
    assert [ADMINISTRATION.unit_code("020201", number) for number in (1, 2)] == ["CA-020201", "CA-020201-2"]
    assert CENTRE.unit_code("020201", 1) == "HC-020201-1"


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (ADMINISTRATION, "CA-020202"),
        (ADMINISTRATION, "CA-020201-1"),
        (ADMINISTRATION, "CA-020201-1000"),
        (CENTRE, "HC-020201"),
        (CENTRE, "HC-020201-0"),
        (CENTRE, "HC-020201-01"),
        (CENTRE, "HC-020202-1"),
        (CENTRE, "PS-020201-1"),
        (CENTRE, "HC-020201-1000"),
        (CENTRE, "HC-020201-one"),
        (CENTRE, "-x"),
    ],
)
def test_a_foreign_code_is_refused(of: Kind, code: str) -> None:
    with pytest.raises(ValueError, match=code.rpartition("-")[2]):
        of.number_of("020201", code)


def test_an_inactive_kind_takes_no_new_units() -> None:
    CENTRE.must_be_active()
    with pytest.raises(Conflict, match="unit_kind_inactive"):
        kind("HC", numbered=True, active=False).must_be_active()
