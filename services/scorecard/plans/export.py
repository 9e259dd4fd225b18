"""The plan of a round as the table that is imported: what is planned, and what could be."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, func, null, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area, Unit, within_reach
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.villages import VillageScorecard
from shared.areas import prefix_range
from shared.auth.user import User


async def read_plan_rows(
    db: AsyncSession, row: Round, user: User, area: str, *, form: bool
) -> Sequence[Sequence[object]]:
    """The rows in the order of COLUMNS, by unit; each unit before its villages. `form`: also units not planned yet."""
    statements = [_cards(row, user, area), _villages(row, user, area)]
    if form:
        statements.append(_unplanned(row, user, area))
    rows = union_all(*statements).subquery()
    ordered = select(rows).order_by(rows.c.unit_code, func.coalesce(rows.c.village_code, ""))
    return (await db.execute(ordered)).all()


def _cards(row: Round, user: User, area: str) -> Any:
    card = Scorecard
    return (
        select(
            col(card.unit_code),
            col(Unit.name_km).label("unit_name"),
            cast(null(), Text).label("village_code"),
            cast(null(), Text).label("village_name"),
            col(card.planned_on),
        )
        .outerjoin(Unit, col(Unit.code) == col(card.unit_code))
        .where(col(card.round_id) == row.id, _reached(user, area, card.area_code, card.unit_code))
    )


def _villages(row: Round, user: User, area: str) -> Any:
    card, village = Scorecard, VillageScorecard
    name = (
        select(col(Area.name_km))
        .where(col(Area.code) == col(village.village_code))
        .order_by(col(Area.status).desc(), col(Area.id))
        .limit(1)
        .scalar_subquery()
    )
    place = and_(col(village.round_id) == col(card.round_id), col(village.unit_code) == col(card.unit_code))
    return (
        select(col(village.unit_code), col(Unit.name_km), col(village.village_code), name, col(village.planned_on))
        .join(card, place)
        .outerjoin(Unit, col(Unit.code) == col(card.unit_code))
        .where(col(card.round_id) == row.id, _reached(user, area, card.area_code, card.unit_code))
    )


def _unplanned(row: Round, user: User, area: str) -> Any:
    """Open units that the round could score."""
    inside = [_within(code, Unit.area_code) for code in row.area_codes]
    own = exists().where(col(Scorecard.round_id) == row.id, col(Scorecard.unit_code) == col(Unit.code))
    return select(col(Unit.code), col(Unit.name_km), null(), null(), null()).where(
        col(Unit.status) == "open",
        col(Unit.kind).in_([questions.unit_kind for questions in row.indicator_sets]),
        or_(false(), *inside),
        ~own,
        _reached(user, area, Unit.area_code, Unit.code),
    )


def _reached(user: User, area: str, area_code: Any, unit_code: Any) -> ColumnElement[bool]:
    return and_(within_reach(user, col(area_code), col(unit_code)), _within(area, area_code))


def _within(area: str, area_code: Any) -> ColumnElement[bool]:
    low, high = prefix_range(area)
    return and_(col(area_code) >= low, col(area_code) < high)
