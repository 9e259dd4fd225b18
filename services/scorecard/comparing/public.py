"""Which rows of results are public: a later version takes the place of an earlier one, also when it was withdrawn."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.results.models import Result
from services.scorecard.rounds.models import Round
from shared.errors import NotFound

_Newer = aliased(Result)
LEAN = (defer(Result.group_cells), defer(Result.people), defer(Result.villages))  # type: ignore[arg-type]
"""Options of a statement that needs no groups: they are stored apart and would be read for nothing."""


def is_public(at: datetime | None = None) -> Any:
    """The condition: the newest version of a unit's result (of those published until `at`), and not withdrawn."""
    newer = (
        select(col(_Newer.id))
        .where(col(_Newer.round_id) == col(Result.round_id), col(_Newer.unit_code) == col(Result.unit_code))
        .where(col(_Newer.version) > col(Result.version))
    )
    public = col(Result.withdrawn_at).is_(None)
    if at is None:
        return public & ~newer.exists()
    return public & (col(Result.published_at) <= at) & ~newer.where(col(_Newer.published_at) <= at).exists()


async def get_public_result(db: AsyncSession, scored_round: Round, unit_code: str) -> Result:
    """The public result of a unit, whose code may be an old one of it. Raises NotFound."""
    aliases = select(col(Unit.code)).where(col(Unit.aliases).contains([unit_code]))
    statement = (
        select(Result)
        .where(col(Result.round_id) == scored_round.id, is_public())
        .where((col(Result.unit_code) == unit_code) | col(Result.unit_code).in_(aliases))
        .order_by(col(Result.unit_code) != unit_code)
        .limit(1)
        .options(*LEAN)
    )
    found: Result | None = await db.scalar(statement)
    if found is None:
        raise NotFound(
            "result_not_published",
            en="This unit has no published result in this round.",
            km="អង្គភាពនេះមិនមានលទ្ធផលដែលបានផ្សព្វផ្សាយក្នុងជុំវាយតម្លៃនេះទេ។",
        )
    return found
