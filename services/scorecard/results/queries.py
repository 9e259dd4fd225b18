"""Counting units, and reading and adding to results and their sums by area."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.ballots.models import Ballot
from services.scorecard.counting.models import AreaProgress, UnitHistogram
from services.scorecard.counting.queries import count_unit, unit_histogram
from services.scorecard.results.making import Counted, History
from services.scorecard.results.models import AreaResult, Result, ResultCount
from services.scorecard.results.sums import ARRAYS, NUMBERS, Changes
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import get_round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.self_assessments.models import SelfAssessment
from shared.areas import prefix_range

ADD_SUMS = text(
    f"""
    INSERT INTO area_result AS kept
        (round_id, area_code, unit_kind, year, indicator_set_id, steps, compiled_at, {", ".join((*NUMBERS, *ARRAYS))})
    SELECT :round_id, area_code, unit_kind, year, indicator_set_id, steps, compiled_at, {", ".join((*NUMBERS, *ARRAYS))}
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS added (
        area_code text, unit_kind text, year integer, indicator_set_id uuid, steps integer, compiled_at timestamptz,
        {", ".join(f"{name} integer" for name in NUMBERS)}, {", ".join(f"{name} integer[]" for name in ARRAYS)})
    ORDER BY area_code COLLATE "C" DESC, unit_kind
    ON CONFLICT (round_id, area_code, unit_kind) DO UPDATE SET
        {", ".join(f"{name} = kept.{name} + excluded.{name}" for name in NUMBERS)},
        {
        ", ".join(
            f"{name} = ARRAY(SELECT a + b FROM unnest(kept.{name}, excluded.{name})"
            " WITH ORDINALITY AS pair (a, b, place) ORDER BY place)"
            for name in ARRAYS
        )
    },
        compiled_at = coalesce(excluded.compiled_at, kept.compiled_at),
        version = kept.version + 1
    """  # noqa: S608 - names of columns are put in
)
"""Rows are locked from the communes up to the nation, everywhere in this order: two publishers wait for each other, at
the end of their transactions, and never in a circle."""


async def share_round(db: AsyncSession, round_id: UUID) -> Round:
    """The round of a path, kept from closing until the caller is done; before any scorecard is locked, as closing locks
    the round first. Raises NotFound.
    """
    await db.execute(select(col(Round.id)).where(col(Round.id) == round_id).with_for_update(read=True, key_share=True))
    return await get_round(db, round_id)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is read of many units at once, beside their histograms."""

    ballots: dict[str, int]
    self_scores: dict[str, list[int | None]]


async def read_beside(db: AsyncSession, round_id: UUID, unit_codes: Sequence[str]) -> Beside:
    """How many ballots count, and what the staff gave themselves."""
    of_units = (col(Ballot.round_id) == round_id, col(Ballot.unit_code).in_(unit_codes))
    counted = select(col(Ballot.unit_code), func.count()).where(*of_units, ~col(Ballot.late), ~col(Ballot.withdrawn))
    ballots = {row[0]: row[1] for row in await db.execute(counted.group_by(col(Ballot.unit_code)))}
    assessed = select(col(SelfAssessment.unit_code), col(SelfAssessment.scores)).where(
        col(SelfAssessment.round_id) == round_id, col(SelfAssessment.unit_code).in_(unit_codes)
    )
    return Beside(ballots, {row[0]: row[1] for row in await db.execute(assessed)})


async def count_now(db: AsyncSession, card: Scorecard, beside: Beside) -> Counted:
    """All that was scored, from the ballots and tallies themselves; exact where the scorecard is locked."""
    code = card.unit_code
    return Counted(await count_unit(db, card), beside.ballots.get(code, 0), beside.self_scores.get(code))


async def count_running(db: AsyncSession, card: Scorecard) -> Counted:
    """The same as far as the worker has counted."""
    of_unit = (col(UnitHistogram.round_id) == card.round_id, col(UnitHistogram.unit_code) == card.unit_code)
    ballots = await db.scalar(select(func.sum(col(UnitHistogram.ballots))).where(*of_unit))
    villages = await unit_histogram(db, card.round_id, card.unit_code)
    beside = await read_beside(db, card.round_id, [card.unit_code])
    return Counted(villages, ballots or 0, beside.self_scores.get(card.unit_code))


async def histories(
    db: AsyncSession, round_id: UUID, unit_codes: Sequence[str], *, lock: bool = True
) -> defaultdict[str, History]:
    """What was said about units before; what waits of theirs is locked where asked, in the order of their codes."""
    earlier: defaultdict[str, list[Result]] = defaultdict(list)
    of_units = (col(Result.round_id) == round_id, col(Result.unit_code).in_(unit_codes))
    for result in await db.scalars(select(Result).where(*of_units).order_by(col(Result.version))):
        earlier[result.unit_code].append(result)
    counts = select(ResultCount).where(
        col(ResultCount.round_id) == round_id, col(ResultCount.unit_code).in_(unit_codes)
    )
    counts = counts.order_by(col(ResultCount.unit_code))
    if lock:
        counts = counts.with_for_update()
    waiting = {row.unit_code: row for row in await db.scalars(counts)}
    found = {code: History(earlier[code], waiting.get(code)) for code in {*earlier, *waiting}}
    return defaultdict(History, found)


async def add_to_areas(
    db: AsyncSession, round_id: UUID, changes: Changes, *, compiled_at: datetime | None = None
) -> None:
    """Change the sums of areas; the last thing that a transaction does, as all others wait for the nation's row."""
    rows = changes.rows(compiled_at)
    if rows:
        await db.execute(ADD_SUMS, {"round_id": round_id, "rows": json.dumps(rows)})


async def find_result(db: AsyncSession, round_id: UUID, unit_code: str, version: int | None = None) -> Result | None:
    """A version of a unit's result, also a withdrawn one; the newest when none is named."""
    statement = select(Result).where(col(Result.round_id) == round_id, col(Result.unit_code) == unit_code)
    if version is not None:
        statement = statement.where(col(Result.version) == version)
    found: Result | None = await db.scalar(statement.order_by(col(Result.version).desc()).limit(1))
    return found


async def public_versions(db: AsyncSession, round_id: UUID, unit_code: str) -> list[int]:
    """The versions of a unit's result that are not withdrawn, the oldest first."""
    of_unit = (col(Result.round_id) == round_id, col(Result.unit_code) == unit_code, col(Result.withdrawn_at).is_(None))
    return list(await db.scalars(select(col(Result.version)).where(*of_unit).order_by(col(Result.version))))


async def read_area(db: AsyncSession, round_id: UUID, area_code: str) -> list[AreaResult]:
    """The rows of an area, one per kind of unit."""
    of_area = (col(AreaResult.round_id) == round_id, col(AreaResult.area_code) == area_code)
    rows = await db.scalars(select(AreaResult).where(*of_area).order_by(col(AreaResult.unit_kind)))
    return list(rows)


async def read_progress(db: AsyncSession, round_id: UUID, area_code: str) -> dict[str, AreaProgress]:
    """How far an area's scorecards are, by kind of unit."""
    of_area = (col(AreaProgress.round_id) == round_id, col(AreaProgress.area_code) == area_code)
    rows = await db.scalars(select(AreaProgress).where(*of_area))
    return {row.unit_kind: row for row in rows}


async def read_children(db: AsyncSession, round_id: UUID, area_code: str) -> list[tuple[str, int, int, int]]:
    """Of each area one level below: code, units shown, units suppressed, participants."""
    low, high = prefix_range(area_code)
    code = col(AreaResult.area_code)
    statement = (
        select(code, *(func.sum(getattr(AreaResult, name)) for name in NUMBERS))
        .where(col(AreaResult.round_id) == round_id, func.length(code) == len(area_code) + 2)
        .where(code >= low, code < high)
        .group_by(code)
        .order_by(code)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await db.execute(statement)]
