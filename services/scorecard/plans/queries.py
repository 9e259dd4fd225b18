"""Reading what a plan touches, and writing it set by set: ten thousand units are a handful of statements."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.counting.queries import note_change
from services.scorecard.plans.files import PlanLine
from services.scorecard.plans.planning import Plan, PlanState
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.steps import record_opening
from services.scorecard.scorecards.villages import VillageScorecard, find_foreign_villages
from shared.registry_copy import CODES

LOCK_CARDS = text(
    """
    SELECT count(*) FROM (
        SELECT FROM scorecard WHERE round_id = :round_id AND unit_code = ANY(CAST(:codes AS text[]))
        ORDER BY unit_code FOR UPDATE) AS locked
    """
)
HAS_PROPOSALS = text("SELECT EXISTS (SELECT FROM proposal WHERE round_id = :round_id AND unit_code = :unit_code)")
CARDS = text(
    "SELECT unit_code, state, planned_on FROM scorecard"
    " WHERE round_id = :round_id AND unit_code = ANY(CAST(:codes AS text[]))"
)
VILLAGES = text(
    "SELECT unit_code, village_code, planned_on FROM village_scorecard"
    " WHERE round_id = :round_id AND unit_code = ANY(CAST(:codes AS text[]))"
)
NEW = text(
    """
    INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, steps,
                           planned_on, state, accepts_scores)
    SELECT chosen.round_id, u.code, u.kind, u.area_code, i.id, jsonb_array_length(i.indicators),
           jsonb_array_length(i.scale), new.planned_on,
           CASE WHEN :scoring THEN 'running' ELSE 'planned' END, :scoring
    FROM unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS new (code, planned_on)
    JOIN unit AS u ON u.code = new.code
    JOIN round_indicator_set AS chosen ON chosen.round_id = :round_id
    JOIN indicator_set AS i ON i.id = chosen.indicator_set_id AND i.unit_kind = u.kind
    ORDER BY u.code
    """
)
CHANGED = text(
    """
    UPDATE scorecard SET planned_on = new.planned_on
    FROM unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS new (code, planned_on)
    WHERE scorecard.round_id = :round_id AND scorecard.unit_code = new.code
    """
)
PLAN_VILLAGES = text(
    """
    INSERT INTO village_scorecard (round_id, unit_code, village_code, planned_on)
    SELECT CAST(:round_id AS uuid), *
    FROM unnest(CAST(:codes AS text[]), CAST(:villages AS text[]), CAST(:days AS date[]))
    ON CONFLICT (round_id, unit_code, village_code) DO UPDATE SET planned_on = excluded.planned_on
    """
)
NOTE_PLANNED = text(
    """
    WITH planned AS (
        UPDATE scorecard SET version = version + CASE WHEN unit_code = ANY(CAST(:new AS text[])) THEN 0 ELSE 1 END
        WHERE round_id = :round_id AND unit_code = ANY(CAST(:codes AS text[]))
        RETURNING round_id, unit_code, state)
    INSERT INTO scorecard_step (round_id, unit_code, by, action, from_state, to_state)
    SELECT round_id, unit_code, CAST(:by AS uuid), 'planned',
           CASE WHEN unit_code = ANY(CAST(:new AS text[])) THEN NULL ELSE state END,
           CASE WHEN unit_code = ANY(CAST(:new AS text[])) THEN 'planned' ELSE state END
    FROM planned
    """
)


async def read_plan_state(db: AsyncSession, row: Round, lines: Iterable[PlanLine], *, lock: bool) -> PlanState:
    """What there is of the rows' units; `lock` so that it still holds when the plan is written."""
    lines = list(lines)
    units = await _open_units(db, {line.unit_code for line in lines})
    codes = {unit.code for unit in units.values()}
    pairs = {(units[line.unit_code].code, line.village_code) for line in lines if line.unit_code in units}
    place = {"round_id": row.id, "codes": sorted(codes)}
    if lock:
        await db.execute(LOCK_CARDS, place)
    return PlanState(
        round=row,
        units=units,
        cards={card["unit_code"]: card for card in await _all(db, CARDS, place)},
        villages={
            (village["unit_code"], village["village_code"]): village["planned_on"]
            for village in await _all(db, VILLAGES, place)
        },
        foreign=frozenset(await find_foreign_villages(db, ((code, village) for code, village in pairs if village))),
    )


async def write_plan(db: AsyncSession, row: Round, plan: Plan, *, by: UUID, now: datetime) -> None:
    """Write scorecards and villages, with their history; under PLANNING and the locks of what there was."""
    if not plan.touched:
        return
    place = {"round_id": row.id}
    if plan.new:
        values = {"codes": list(plan.new), "days": list(plan.new.values()), "scoring": row.scoring(now) == "open"}
        await db.execute(NEW, place | values)
    if plan.changed:
        await db.execute(CHANGED, place | {"codes": list(plan.changed), "days": list(plan.changed.values())})
    if plan.villages:
        codes, villages = zip(*plan.villages, strict=True)
        days = list(plan.villages.values())
        await db.execute(PLAN_VILLAGES, place | {"codes": list(codes), "villages": list(villages), "days": days})
    await db.execute(NOTE_PLANNED, place | {"codes": sorted(plan.touched), "new": sorted(plan.new), "by": by})
    await record_opening(db, round_id=row.id)
    await note_change(db, row.id)


async def drop_other_villages(db: AsyncSession, round_id: UUID, unit_code: str, kept: Collection[str]) -> None:
    """Plan no other villages than these."""
    village = VillageScorecard
    of_unit = (col(village.round_id) == round_id) & (col(village.unit_code) == unit_code)
    await db.execute(delete(village).where(of_unit, col(village.village_code).not_in(kept)))


async def _open_units(db: AsyncSession, codes: Collection[str]) -> dict[str, Unit]:
    """The open units by the codes that name them, which may be old ones; there may be more than parameters can be."""
    open_ = select(Unit).where(col(Unit.status) == "open")
    wanted = bindparam("codes", sorted(codes), CODES)
    found = {unit.code: unit for unit in await db.scalars(open_.where(col(Unit.code) == func.any(wanted)))}
    missing = set(codes) - found.keys()
    if missing:
        aliases = col(Unit.aliases).overlap(bindparam("missing", sorted(missing), CODES))  # type: ignore[attr-defined]
        for unit in await db.scalars(open_.where(aliases)):
            found |= {alias: unit for alias in unit.aliases if alias in missing}
    return found


async def _all(db: AsyncSession, statement: Any, values: dict[str, Any]) -> Sequence[RowMapping]:
    return (await db.execute(statement, values)).mappings().all()
