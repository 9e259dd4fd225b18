"""Which scorecards a caller reaches, and what is recorded about their units."""

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit, within_reach
from services.scorecard.scorecards.models import Scorecard
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.registry_copy import under

R = TypeVar("R")


async def codes_served(db: AsyncSession, user: User) -> Collection[str]:
    """The codes, also old ones, of units that serve a commune in which the caller facilitates (areas.must_serve)."""
    communes = [grant.area_code for grant in user.with_permission(Permission.BALLOT_RECORD).grants]
    if not communes:
        return ()
    serves = col(Unit.catchment).overlap(communes)  # type: ignore[attr-defined]
    found = await db.execute(select(col(Unit.code), col(Unit.aliases)).where(serves))
    return [known_by for code, aliases in found for known_by in (code, *aliases)]


def in_reach(statement: Select[R], user: User, area: str | None, served: Collection[str] = ()) -> Select[R]:
    """Narrow a statement over scorecards to those that the caller's roles reach, all or those in an area.

    `served` are units in reach wherever they lie. Raises Forbidden for an area beyond.
    """
    area_code, unit_code = col(Scorecard.area_code), col(Scorecard.unit_code)
    reached = within_reach(user, area_code, unit_code)
    statement = statement.where(or_(reached, unit_code.in_(served)) if served else reached)
    if area is None:
        return statement
    user.must_cover(area)
    return under(statement, area_code, area)


def units_in_reach(round_id: UUID, user: User, area: str | None) -> Select[str]:
    """The codes of the round's units in reach; by them what is recorded about a unit goes where its scorecard goes."""
    return in_reach(select(col(Scorecard.unit_code)).where(col(Scorecard.round_id) == round_id), user, area)


def with_scorecards(record: Any) -> Select[Any]:
    """Records of a table that are about one unit each, by round_id and unit_code, joined with its scorecard."""
    same_round = col(Scorecard.round_id) == col(record.round_id)
    return select(record).join(Scorecard, same_round & (col(Scorecard.unit_code) == col(record.unit_code)))
