"""Pooling a round's units that may not be shown by themselves, and doing so by itself when a round is over."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import add
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.pooling import Pool, Waiting, numbers_of, pool
from services.scorecard.results.queries import add_to_areas
from services.scorecard.results.schemas import Compiled
from services.scorecard.results.sums import Changes, Sums
from services.scorecard.results.suppression import COLUMNS, SPANS
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import get_round
from shared.db import Database
from shared.runtime import Runtime

QUIET_DAYS = 7
"""A closed round is compiled by itself when no result was published or withdrawn for so long."""
LOOK_SECONDS = 3600.0
FETCHED = 500
"""Units' counts held at a time."""
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('scorecard compiling'), hashtext(:round_id))")
LOCK = text(
    """
    SELECT unit_code, area_code, waiting, atoms, people, answers FROM result_count
    WHERE round_id = :round_id AND unit_kind = :unit_kind ORDER BY unit_code FOR UPDATE
    """
)
COUNTS = text(
    """
    SELECT people[CAST(:first AS integer) : CAST(:last AS integer)] AS people,
           cells[CAST(:low AS integer) : CAST(:high AS integer)] AS cells
    FROM result_count WHERE round_id = :round_id AND unit_code = ANY(CAST(:unit_codes AS text[]))
    """
)
POOLED = text(
    """
    UPDATE result_count AS counted SET
        atoms = counted.atoms || pooled.atoms,
        waiting = ARRAY(SELECT name FROM unnest(counted.waiting) AS name WHERE NOT jsonb_exists(pooled.atoms, name))
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS pooled (unit_code text, atoms jsonb)
    WHERE counted.round_id = :round_id AND counted.unit_code = pooled.unit_code
    """
)
FORGET = text(
    "UPDATE result_count SET people = NULL, answers = NULL, cells = NULL"
    " WHERE round_id = :round_id AND waiting = '{}' AND people IS NOT NULL"
)
OVER = text(
    """
    SELECT round.id FROM round
    WHERE state = 'closed' AND closed_at < :before
      AND EXISTS (SELECT FROM result_count AS c WHERE c.round_id = round.id AND c.waiting <> '{}')
      AND NOT EXISTS (SELECT FROM result AS r WHERE r.round_id = round.id
                      AND greatest(r.published_at, r.withdrawn_at) >= :before)
      AND NOT EXISTS (SELECT FROM area_result AS a WHERE a.round_id = round.id AND a.compiled_at >= :before)
    """
)


async def compile_closed_rounds(runtime: Runtime) -> None:
    """Pool what waits of rounds that are over, until cancelled."""
    while True:
        await compile_due(runtime.database, datetime.now(UTC) - timedelta(days=QUIET_DAYS))
        await asyncio.sleep(LOOK_SECONDS)


async def compile_due(database: Database, before: datetime) -> None:
    """Pool what waits of rounds closed before, of which nothing was published or withdrawn since."""
    async with database.transaction() as db:
        due = (await db.scalars(OVER, {"before": before})).all()
    for round_id in due:
        async with database.transaction() as db:
            await compile_round(db, await get_round(db, round_id), datetime.now(UTC))


async def compile_round(db: AsyncSession, scored_round: Round, now: datetime) -> Compiled:
    """Pool what can be pooled now; one at a time. What is pooled stays so, and another time adds to it."""
    await db.execute(ONE_AT_A_TIME, {"round_id": str(scored_round.id)})
    changes, pools, waiting = Changes(), 0, 0
    pooled: set[str] = set()
    for questions in scored_round.indicator_sets:
        place = {"round_id": scored_round.id, "unit_kind": questions.unit_kind}
        units = [_waiting(row) for row in await db.execute(LOCK, place)]
        made = await asyncio.to_thread(pool, units, scored_round.suppression_threshold)
        for entry in made:
            changes.add(
                await _sums(db, scored_round, entry, questions),
                area_code=entry.area_code,
                unit_kind=questions.unit_kind,
                year=scored_round.year,
                indicator_set_id=questions.id,
                steps=len(questions.scale),
            )
        await _keep_pools(db, scored_round, made)
        pools += len(made)
        pooled |= {code for entry in made for code in entry.unit_codes}
        waiting += sum(bool(unit.waiting) for unit in units)
    await add_to_areas(db, scored_round.id, changes, compiled_at=now)
    return Compiled(pools=pools, units=len(pooled), waiting=waiting)


def _waiting(row: Row[Any]) -> Waiting:
    numbers = {} if row.people is None else numbers_of(row.people, row.answers, COLUMNS)
    return Waiting(row.unit_code, row.area_code, set(row.waiting), dict(row.atoms), numbers)


async def _sums(db: AsyncSession, scored_round: Round, entry: Pool, questions: IndicatorSet) -> Sums:
    """What a pool adds to its areas."""
    indicators, steps = len(questions.indicators), len(questions.scale)
    span, width = SPANS[entry.split], indicators * steps
    bounds = {"first": span.start + 1, "last": span.stop, "low": span.start * width + 1, "high": span.stop * width}
    people, cells = [0] * (span.stop - span.start), [0] * ((span.stop - span.start) * width)
    for start in range(0, len(entry.unit_codes), FETCHED):
        codes = entry.unit_codes[start : start + FETCHED]
        for row in await db.execute(COUNTS, {"round_id": scored_round.id, "unit_codes": codes, **bounds}):
            people, cells = list(map(add, people, row.people)), list(map(add, cells, row.cells))
    return Sums.of_pool(entry.split, people, cells, indicators=indicators, steps=steps)


async def _keep_pools(db: AsyncSession, scored_round: Round, pools: Sequence[Pool]) -> None:
    """Remember who is in which pool; counts of which nothing waits any more are forgotten."""
    atoms: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in pools:
        for code in entry.unit_codes:
            atoms[code][entry.split] = entry.name
    rows = [{"unit_code": code, "atoms": names} for code, names in atoms.items()]
    if rows:
        await db.execute(POOLED, {"round_id": scored_round.id, "rows": json.dumps(rows)})
        await db.execute(FORGET, {"round_id": scored_round.id})
