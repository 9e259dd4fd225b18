"""Whom a message concerns: the one table of roles, and the rule of places.

A message is sent to roles at one or more areas. A reader sees it when one of their grants has such a role at such an
area, above it or below it: an officer of the district sees what happens in its communes, and a facilitator of a commune
sees that a round has opened in the province. A message about one service unit reaches, of the providers, that unit's
alone.

Each message carries all the labels that a reader's grant may bear, so that finding a reader's messages is one indexed
comparison of two lists: `caf@0203` for facilitators of 0203 and above it, `caf<0203` for those below it,
`provider/HC-020301-1` for that unit's.
"""

from collections.abc import Iterable, Sequence

from shared.auth.permissions import Role
from shared.auth.user import Grant
from shared.events import Event
from shared.events.budget import AllocationMade, AllocationReleased, EnvelopeOpened
from shared.events.jaap import ActionChanged, FundingRequested, PlanOpened
from shared.events.registry import PackPublished, PackWithdrawn
from shared.events.scorecard import ResultPublished, ResultWithdrawn, RoundClosed, RoundOpened

_COMMUNE = (Role.COMMUNE_CLERK, Role.JAAPC)
_OFFICERS = (Role.DISTRICT_OFFICER, Role.PROVINCE_OFFICER)

ROLES: dict[type[Event], tuple[Role, ...]] = {
    PackPublished: (Role.CAF, Role.PROVIDER, Role.COMMUNE_CLERK),
    PackWithdrawn: (Role.CAF, Role.PROVIDER, Role.COMMUNE_CLERK),
    RoundOpened: (Role.CITIZEN, Role.CAF, Role.PROVIDER, *_COMMUNE, *_OFFICERS, Role.NCDDS, Role.PARTNER),
    RoundClosed: (Role.CAF, Role.PROVIDER, *_COMMUNE, *_OFFICERS, Role.NCDDS, Role.PARTNER),
    ResultPublished: (Role.CITIZEN, Role.CAF, Role.PROVIDER, *_COMMUNE, Role.DISTRICT_OFFICER),
    ResultWithdrawn: (Role.CITIZEN, Role.CAF, Role.PROVIDER, *_COMMUNE, Role.DISTRICT_OFFICER),
    PlanOpened: (Role.CAF, *_COMMUNE, Role.DISTRICT_OFFICER),
    ActionChanged: (Role.CAF, *_COMMUNE),
    FundingRequested: _OFFICERS,
    EnvelopeOpened: (Role.COMMUNE_CLERK, *_OFFICERS),
    AllocationMade: _COMMUNE,
    AllocationReleased: (*_COMMUNE, *_OFFICERS),
}


def area_codes_of(event: Event) -> list[str]:
    """The areas an event is about."""
    codes: Sequence[str] | None = getattr(event, "area_codes", None)
    return [str(getattr(event, "area_code", ""))] if codes is None else list(codes)


def labels_of_message(roles: Iterable[Role], area_codes: Sequence[str], unit_code: str | None) -> list[str]:
    """The labels a message carries."""
    labels: set[str] = set()
    for role in roles:
        if role == Role.PROVIDER and unit_code is not None:
            labels.add(f"{role}/{unit_code}")
            continue
        for code in area_codes:
            labels.add(f"{role}<{code}")
            labels.update(f"{role}@{above}" for above in with_areas_above(code))
    return sorted(labels)


def labels_of_reader(grants: Iterable[Grant]) -> list[str]:
    """The labels a reader looks for."""
    labels: set[str] = set()
    for grant in grants:
        labels.add(f"{grant.role}@{grant.area_code}")
        labels.update(f"{grant.role}<{above}" for above in with_areas_above(grant.area_code)[1:])
        if grant.unit_code is not None:
            labels.add(f"{grant.role}/{grant.unit_code}")
    return sorted(labels)


def with_areas_above(code: str) -> list[str]:
    """The code and those of all areas above it, up to "" for the nation."""
    return [code[:length] for length in range(len(code), -1, -2)]
