"""Roles over areas: what a grant covers, and who may do what."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.permissions import PERMISSIONS, Permission, Role
from shared.auth.user import Grant, User
from shared.errors import Forbidden

codes = st.integers(0, 4).flatmap(lambda levels: st.text("0123456789", min_size=2 * levels, max_size=2 * levels))


@given(st.sampled_from(list(Role)), codes, st.one_of(st.none(), st.just("HC-020103-1")))
def test_a_grant_reads_back_as_it_was_written(role: Role, area: str, unit: str | None) -> None:
    grant = Grant(role, area, unit)
    assert Grant.parse(str(grant)) == grant


@pytest.mark.parametrize("text", ["", "caf", "@02", "king@02", "CAF@02", "caf 02"])
def test_what_is_no_grant(text: str) -> None:
    with pytest.raises(ValueError, match=r"grant|Role"):
        Grant.parse(text)


@pytest.mark.parametrize(
    ("grant", "area", "unit", "covered"),
    [
        ("ncdds@", "", None, True),
        ("ncdds@", "020301", None, True),
        ("district_officer@0203", "0203", None, True),
        ("district_officer@0203", "020301", None, True),
        ("district_officer@0203", "020301", "HC-020301-1", True),
        ("district_officer@0203", "0204", None, False),
        ("district_officer@0203", "02", None, False),
        ("district_officer@0203", "", None, False),
        ("provider@020301/HC-020301-1", "020301", "HC-020301-1", True),
        ("provider@020301/HC-020301-1", "020301", "HC-020301-2", False),
        ("provider@020301/HC-020301-1", "020301", None, False),
        ("caf@0203", "0203", "OW-0203", True),
        ("caf@0203", "020301", "HC-020301-1", False),
        ("caf@0203", "0204", None, False),
        ("caf@020301", "02030101", None, True),
    ],
)
def test_what_a_grant_covers(grant: str, area: str, unit: str | None, covered: bool) -> None:
    assert Grant.parse(grant).covers(area, unit) is covered


@given(codes, codes)
def test_a_grant_covers_what_lies_below_it(scope: str, below: str) -> None:
    grant = Grant(Role.PARTNER, scope)
    assert grant.covers(scope + below)
    assert grant.covers(below) == (below[: len(scope)] == scope)


def user(*grants: str) -> User:
    return User(uuid4(), "Test", tuple(Grant.parse(grant) for grant in grants))


def test_a_permission_counts_only_where_its_role_was_granted() -> None:
    both = user("jaapc@020301", "district_officer@0204")
    allocator = both.with_permission(Permission.ALLOCATION_WRITE)
    allocator.must_cover("020401")
    with pytest.raises(Forbidden, match="area_not_covered"):
        allocator.must_cover("020301")
    assert both.covers("020301")
    assert [grant.role for grant in allocator.grants] == [Role.DISTRICT_OFFICER]


def test_whoever_asks_for_the_whole_country_is_told_which_area_to_ask_for() -> None:
    with pytest.raises(Forbidden) as refused:
        user("commune_clerk@020301").must_cover("")
    assert "reaches 020301" in refused.value.en
    assert "គ្របដណ្ដប់លើ 020301" in refused.value.km


def test_every_permission_is_given_to_somebody_and_none_to_everybody() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(roles and Role.CITIZEN not in roles for roles in PERMISSIONS.values())
