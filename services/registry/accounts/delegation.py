"""Who may give which role: nobody gives more, or further, than they hold."""

from shared.areas import LEVELS
from shared.auth.permissions import Role
from shared.auth.user import Grant, User
from shared.errors import Forbidden, Invalid

LOCAL_ROLES = frozenset({Role.CITIZEN, Role.CAF, Role.PROVIDER, Role.COMMUNE_CLERK, Role.JAAPC})
GIVES: dict[Role, frozenset[Role]] = {
    Role.DISTRICT_OFFICER: LOCAL_ROLES,
    Role.PROVINCE_OFFICER: LOCAL_ROLES | {Role.PARTNER, Role.DISTRICT_OFFICER},
    Role.NCDDS: frozenset(Role),
    Role.OPERATOR: frozenset(Role),
}
"""Which roles the holder of a role may give, within the area of that very grant."""
SHORTEST_CODE: dict[Role, int] = {
    Role.PROVINCE_OFFICER: 2,
    Role.DISTRICT_OFFICER: 4,
    Role.CAF: 4,
    Role.COMMUNE_CLERK: 6,
    Role.JAAPC: 6,
    Role.PROVIDER: 2,
}
"""A role belongs to a body of a level and is never granted over more than that body's area.

Facilitators are of a commune, or of a district's network, which scores the units of the district itself and none below
(shared.auth.user.Grant); who facilitates in its communes, too, has a grant for each. A provider's area is its unit's,
at whatever level that sits; the grant reaches this unit alone.
"""


def may_give(giver: User, grant: Grant) -> bool:
    """Whether one of the giver's grants carries the right to give this one."""
    return any(
        grant.role in GIVES.get(held.role, ()) and held.covers(grant.area_code, grant.unit_code)
        for held in giver.grants
    )


def must_give(giver: User, grant: Grant) -> None:
    """Raise Forbidden unless the giver may give, and so also take, this grant."""
    if not may_give(giver, grant):
        raise Forbidden(
            "grant_beyond_reach",
            en=f"Your roles do not let you give or take {grant}.",
            km=f"តួនាទីរបស់អ្នកមិនអនុញ្ញាតឱ្យផ្ដល់ ឬដកសិទ្ធិ {grant} ទេ។",
        )


def must_fit(grant: Grant, *, pointer: str) -> None:
    """Raise Invalid when a role is granted over an area that is too wide for it, or without the unit it needs."""
    shortest = SHORTEST_CODE.get(grant.role, 0)
    if len(grant.area_code) < shortest:
        level = LEVELS[shortest // 2 - 1]
        raise Invalid.field(
            f"{pointer}/area_code",
            "area_too_wide",
            en=f"The role {grant.role} is granted for a {level} ({shortest} digits) or less.",
            km=f"តួនាទី {grant.role} ត្រូវផ្ដល់សម្រាប់តំបន់ដែលមានលេខកូដយ៉ាងតិច {shortest} ខ្ទង់។",
        )
    if grant.role == Role.PROVIDER and grant.unit_code is None:
        raise Invalid.field(
            f"{pointer}/unit_code",
            "unit_required",
            en="A provider's grant names the service unit.",
            km="សិទ្ធិរបស់អ្នកផ្តល់សេវាត្រូវបញ្ជាក់អង្គភាពផ្តល់សេវា។",
        )
    if grant.role != Role.PROVIDER and grant.unit_code is not None:
        raise Invalid.field(
            f"{pointer}/unit_code",
            "unit_not_allowed",
            en="Only a provider's grant names a service unit.",
            km="មានតែសិទ្ធិរបស់អ្នកផ្តល់សេវាប៉ុណ្ណោះដែលបញ្ជាក់អង្គភាព។",
        )
