"""Who may give which role, without a database."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.accounts.delegation import GIVES, SHORTEST_CODE, may_give, must_fit
from shared.auth.permissions import PERMISSIONS, Permission, Role
from shared.auth.user import Grant, User
from shared.errors import Invalid

codes = st.from_regex(r"([0-9]{2}){0,4}", fullmatch=True)
grants = st.builds(Grant, st.sampled_from(Role), codes, st.none() | st.just("HC-020201-1"))


def user(*held: str) -> User:
    return User(uuid4(), "Somebody", tuple(Grant.parse(text) for text in held))


@pytest.mark.parametrize(
    ("held", "given", "allowed"),
    [
        ("operator@", "operator@", True),
        ("ncdds@", "operator@", True),
        ("ncdds@", "province_officer@02", True),
        ("province_officer@02", "district_officer@0202", True),
        ("province_officer@02", "partner@0202", True),
        ("province_officer@02", "province_officer@02", False),
        ("province_officer@02", "ncdds@", False),
        ("province_officer@02", "operator@02", False),
        ("province_officer@02", "district_officer@0301", False),
        ("province_officer@02", "district_officer@", False),
        ("district_officer@0202", "caf@020201", True),
        ("district_officer@0202", "provider@020201/HC-020201-1", True),
        ("district_officer@0202", "jaapc@020201", True),
        ("district_officer@0202", "caf@020301", False),
        ("district_officer@0202", "citizen@", False),
        ("district_officer@0202", "district_officer@0202", False),
        ("district_officer@0202", "partner@0202", False),
        ("commune_clerk@020201", "caf@020201", False),
        ("jaapc@020201", "citizen@020201", False),
        ("partner@", "citizen@", False),
        ("caf@020201", "caf@020201", False),
    ],
)
def test_who_may_give_what(held: str, given: str, allowed: bool) -> None:
    assert may_give(user(held), Grant.parse(given)) is allowed


def test_two_grants_do_not_add_up() -> None:
    """A high role here and a low one there do not make a high one there."""
    giver = user("province_officer@02", "district_officer@0301")
    assert may_give(giver, Grant.parse("caf@030101"))
    assert not may_give(giver, Grant.parse("district_officer@0301"))
    assert not may_give(giver, Grant.parse("partner@0301"))


@given(st.lists(grants, max_size=4), grants)
def test_nothing_reaches_further_than_its_giver(held: list[Grant], given_: Grant) -> None:
    giver = User(uuid4(), "", tuple(held))
    if may_give(giver, given_):
        assert giver.with_permission(Permission.ACCOUNT_WRITE).covers(given_.area_code, given_.unit_code)
        if given_.role in (Role.OPERATOR, Role.NCDDS):
            assert {Role.OPERATOR, Role.NCDDS} & {grant.role for grant in giver.grants}


def test_only_account_writers_give_and_none_of_the_lower_gives_upwards() -> None:
    assert set(GIVES) == PERMISSIONS[Permission.ACCOUNT_WRITE]
    order = [Role.DISTRICT_OFFICER, Role.PROVINCE_OFFICER, Role.NCDDS]
    for position, role in enumerate(order[:-1]):
        assert not GIVES[role] & set(order[position:])
        assert GIVES[role] < GIVES[order[position + 1]]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("province_officer@", "/grants/0/area_code"),
        ("district_officer@02", "/grants/0/area_code"),
        ("caf@02", "/grants/0/area_code"),
        ("provider@", "/grants/0/area_code"),
        ("provider@020201", "/grants/0/unit_code"),
        ("caf@020201/HC-020201-1", "/grants/0/unit_code"),
    ],
)
def test_a_role_needs_a_place_of_its_size(text: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        must_fit(Grant.parse(text), pointer="/grants/0")
    assert refusal.value.errors[0].pointer == pointer


@pytest.mark.parametrize(
    "text", ["operator@", "ncdds@", "partner@", "citizen@", "caf@0202", "caf@02020101", "provider@0202/OW-0202"]
)
def test_a_role_in_its_place_fits(text: str) -> None:
    must_fit(Grant.parse(text), pointer="")
    assert set(SHORTEST_CODE) == set(Role) - {Role.OPERATOR, Role.NCDDS, Role.PARTNER, Role.CITIZEN}
