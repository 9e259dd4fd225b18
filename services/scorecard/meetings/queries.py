"""Which of a round's records a caller may read: those about units in reach."""

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlmodel import col

from services.scorecard.scorecards.models import Scorecard
from shared.areas import prefix_range
from shared.auth.user import User


def units_in_reach(round_id: UUID, user: User, area: str | None) -> Select[str]:
    """The codes of the round's units in an area, by default in all that the caller's roles reach.

    Raises Forbidden. What is recorded about a unit is looked up by it, so that it goes where the unit's scorecard goes.
    """
    code = col(Scorecard.area_code)
    if area is None:
        bounds = [prefix_range(grant.area_code) for grant in user.grants]
    else:
        user.must_cover(area)
        bounds = [prefix_range(area)]
    inside = or_(*((code >= low) & (code < high) for low, high in bounds))
    return select(col(Scorecard.unit_code)).where(col(Scorecard.round_id) == round_id, inside)
