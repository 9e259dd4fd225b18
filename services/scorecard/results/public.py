"""Which results are public: the newest version of each, as long as it is not withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.windows import for_machines, in_english, in_khmer
from shared.digits import khmer_digits
from shared.errors import Gone, NotFound

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


async def count_publications(db: AsyncSession, round_id: UUID) -> int | None:
    """Counts what was published, withdrawn or pooled in a round, as each changes the nation's sums: while it stays the
    same, so does all that is public of it. None before the first.
    """
    of_nation = (col(AreaResult.round_id) == round_id, col(AreaResult.area_code) == "")
    count: int | None = await db.scalar(select(func.sum(col(AreaResult.version))).where(*of_nation))
    return count


def is_shown(result: Result | None) -> bool:
    """Whether a version that was read, the newest or one asked for by number, is public: withdrawing takes all back."""
    return result is not None and result.withdrawn_at is None


def must_be_shown(result: Result | None) -> Result:
    """The same version. Raises NotFound where there is none, Gone where it was taken back."""
    if result is None:
        raise NotFound(
            "result_not_published",
            en="This unit has no published result in this round.",
            km="អង្គភាពនេះមិនមានលទ្ធផលដែលបានផ្សព្វផ្សាយក្នុងជុំវាយតម្លៃនេះទេ។",
        )
    if result.withdrawn_at is not None:
        at = result.withdrawn_at
        raise Gone(
            "result_withdrawn",
            en=f"This result was taken back on {in_english(at)}; it is public no longer.",
            km=f"លទ្ធផលនេះត្រូវបានដកចេញវិញនៅ{in_khmer(at)}; លែងផ្សព្វផ្សាយជាសាធារណៈទៀតហើយ។",
            extra={"withdrawn_at": for_machines(at)},
        )
    return result


def version_not_found(version: int, versions: Sequence[int]) -> NotFound:
    """The refusal of a version that was never published, where others are public."""
    there = ", ".join(map(str, versions))
    return NotFound(
        "result_version_not_found",
        en=f"This result has no version {version}. Public is: {there}.",
        km=f"លទ្ធផលនេះគ្មានកំណែទី {khmer_digits(str(version))} ទេ។ កំណែដែលផ្សព្វផ្សាយជាសាធារណៈ៖ {khmer_digits(there)}។",
    )


async def get_public_result(db: AsyncSession, scored_round: Round, unit_code: str) -> Result:
    """The public result of a unit, whose code may be an old one of it. Raises NotFound, or Gone when taken back."""
    aliases = select(col(Unit.code)).where(col(Unit.aliases).contains([unit_code]))
    statement = (
        select(Result)
        .where(col(Result.round_id) == scored_round.id)
        .where((col(Result.unit_code) == unit_code) | col(Result.unit_code).in_(aliases))
        .order_by(col(Result.withdrawn_at).is_not(None), col(Result.unit_code) != unit_code, col(Result.version).desc())
        .limit(1)
        .options(*LEAN)
    )
    return must_be_shown(await db.scalar(statement))
