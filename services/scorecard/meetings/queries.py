"""Which of a round's records a caller may read: those about units in reach."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from services.scorecard.areas import within_reach
from services.scorecard.scorecards.models import Scorecard
from shared.auth.user import User
from shared.registry_copy import under


def units_in_reach(round_id: UUID, user: User, area: str | None) -> Select[str]:
    """The codes of the round's units that the caller's roles reach, all or those in an area. Raises Forbidden.

    What is recorded about a unit is looked up by it, so that it goes where the unit's scorecard goes.
    """
    code, area_code = col(Scorecard.unit_code), col(Scorecard.area_code)
    reached = select(code).where(col(Scorecard.round_id) == round_id, within_reach(user, area_code, code))
    if area is None:
        return reached
    user.must_cover(area)
    return under(reached, area_code, area)
