"""Whom a message concerns."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.inbox.audience import labels_of_message, labels_of_reader, with_areas_above
from shared.auth.permissions import Role
from shared.auth.user import Grant

CODES = st.sampled_from(["", "02", "0203", "020301", "02030104", "020302", "0204", "03", "030101"])
ROLES = st.sampled_from([Role.CAF, Role.PROVIDER, Role.DISTRICT_OFFICER])
UNITS = st.sampled_from([None, "HC-020301-1", "PS-020301-1"])
GRANTS = st.builds(
    lambda role, code, unit: Grant(role, code, unit if role == Role.PROVIDER else None), ROLES, CODES, UNITS
)


def sees(grant: Grant, roles: set[Role], codes: list[str], unit: str | None) -> bool:
    """The rule as the README tells it."""
    if grant.role not in roles:
        return False
    if grant.role == Role.PROVIDER and unit is not None:
        return grant.unit_code == unit
    return any(code.startswith(grant.area_code) or grant.area_code.startswith(code) for code in codes)


@given(st.lists(GRANTS, max_size=3), st.sets(ROLES), st.lists(CODES, min_size=1, max_size=3), UNITS)
def test_labels_meet_exactly_when_the_rule_says_so(
    grants: list[Grant], roles: set[Role], codes: list[str], unit: str | None
) -> None:
    meet = not set(labels_of_reader(grants)).isdisjoint(labels_of_message(roles, codes, unit))
    assert meet == any(sees(grant, roles, codes, unit) for grant in grants)


def test_areas_above() -> None:
    assert with_areas_above("020301") == ["020301", "0203", "02", ""]
    assert with_areas_above("") == [""]
