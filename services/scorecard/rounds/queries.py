"""Reads and set-wise writes around rounds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.rounds.models import Round
from shared.errors import Invalid, NotFound

PLANNING = text("SELECT pg_advisory_xact_lock(hashtext('scorecard planning'))")
"""Held while a round opens or closes and while units arrive, so that no unit falls between the two."""
PLAN = """
    INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count)
    SELECT r.id, u.code, u.kind, u.area_code, i.id, jsonb_array_length(i.indicators)
    FROM round AS r
    JOIN round_indicator_set AS chosen ON chosen.round_id = r.id
    JOIN indicator_set AS i ON i.id = chosen.indicator_set_id
    JOIN unit AS u ON u.kind = i.unit_kind AND u.status = 'open'
    WHERE r.state = 'open' AND {narrowed}
      AND EXISTS (SELECT FROM unnest(r.area_codes) AS area WHERE starts_with(u.area_code, area))
    ON CONFLICT DO NOTHING
"""
PLAN_ROUND = text(PLAN.format(narrowed="r.id = CAST(:round_id AS uuid)"))
PLAN_UNITS = text(PLAN.format(narrowed="u.id = ANY(CAST(:unit_ids AS uuid[]))"))


async def get_round(db: AsyncSession, round_id: UUID, *, lock: bool = False) -> Round:
    """The round of a path. Raises NotFound."""
    statement = select(Round).where(col(Round.id) == round_id)
    row: Round | None = await db.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound("round_not_found", en="There is no round with this id.", km="រកមិនឃើញជុំវាយតម្លៃនេះទេ។")
    return row


async def plan_round(db: AsyncSession, round_id: UUID) -> None:
    """Give every unit inside a round that was just opened its scorecard; under PLANNING."""
    await db.execute(PLAN_ROUND, {"round_id": round_id})


async def plan_units(db: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Give units that appeared while rounds are open their scorecards; under PLANNING."""
    await db.execute(PLAN_UNITS, {"unit_ids": list(unit_ids)})


async def get_indicator_sets(db: AsyncSession, ids: Sequence[UUID] | None) -> list[IndicatorSet]:
    """The sets of these ids, one per kind; each kind's newest when none are named. Raises Invalid."""
    statement = select(IndicatorSet).order_by(col(IndicatorSet.unit_kind), col(IndicatorSet.version).desc())
    if ids is None:
        return list((await db.scalars(statement.ext(distinct_on(col(IndicatorSet.unit_kind))))).all())
    found = list((await db.scalars(statement.where(col(IndicatorSet.id).in_(ids)))).all())
    known = {row.id for row in found}
    for position, wanted in enumerate(ids):
        if wanted not in known:
            raise Invalid.field(
                f"/indicator_set_ids/{position}",
                "indicator_set_unknown",
                en="There is no indicator set with this id.",
                km="គ្មានសំណុំលក្ខណៈវិនិច្ឆ័យដែលមានលេខសម្គាល់នេះទេ។",
            )
    if len({row.unit_kind for row in found}) < len(found):
        raise Invalid.field(
            "/indicator_set_ids",
            "unit_kind_repeated",
            en="Name one indicator set per kind of unit.",
            km="សូមជ្រើសសំណុំលក្ខណៈវិនិច្ឆ័យតែមួយ សម្រាប់ប្រភេទអង្គភាពនីមួយៗ។",
        )
    return found
