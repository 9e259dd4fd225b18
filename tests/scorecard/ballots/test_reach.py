"""A facilitator's grants as the statement that stores ballots sees them."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.auth.permissions import Role
from shared.auth.user import Grant, User

AREAS = st.sampled_from(["", "02", "0203", "020301", "020302", "0204", "02030101", "12", "1203"])


def matches(pattern: str, area_code: str) -> bool:
    """SQL's LIKE, of the patterns that grants make."""
    return area_code.startswith(pattern[:-1]) if pattern.endswith("%") else area_code == pattern


@given(st.lists(st.tuples(st.sampled_from([Role.CAF, Role.NCDDS]), AREAS), min_size=1, max_size=4), AREAS)
def test_the_patterns_reach_what_the_grants_cover(grants: list[tuple[Role, str]], area_code: str) -> None:
    user = User(uuid4(), "", tuple(Grant(role, code) for role, code in grants))
    assert any(matches(pattern, area_code) for pattern in user.reach().split(" ")) == user.covers(area_code)
