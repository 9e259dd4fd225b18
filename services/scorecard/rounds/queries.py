"""Reads and set-wise writes around rounds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.queries import note_change
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.steps import record_opening
from shared.errors import Conflict, Invalid, NotFound

PLANNING = text("SELECT pg_advisory_xact_lock(hashtext('scorecard planning'))")
"""Held while a round opens or closes and while units arrive, so that no unit falls between the two."""
FITTING = """
    FROM round AS r
    JOIN round_indicator_set AS chosen ON chosen.round_id = r.id
    JOIN indicator_set AS i ON i.id = chosen.indicator_set_id
    JOIN unit AS u ON u.kind = i.unit_kind AND u.status = 'open'
    CROSS JOIN LATERAL (
        SELECT r.scoring_opens_at IS NULL OR r.scoring_opens_at <= CAST(:now AS timestamptz) AS scoring) AS window_
    WHERE r.state = 'open' AND EXISTS (SELECT FROM unnest(r.area_codes) AS area WHERE starts_with(u.area_code, area))
      AND (r.scoring_closes_at IS NULL OR r.scoring_closes_at > CAST(:now AS timestamptz))
"""
"""An open round's units, with their questions; none once its scoring is over."""
PLAN = """
    WITH planned AS (
        INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, steps,
                               state, accepts_scores)
        SELECT r.id, u.code, u.kind, u.area_code, i.id, jsonb_array_length(i.indicators), jsonb_array_length(i.scale),
               CASE WHEN window_.scoring THEN 'running' ELSE 'planned' END, window_.scoring
        {fitting} AND r.planning = 'all_units' AND {narrowed}
        ON CONFLICT DO NOTHING
        RETURNING round_id)
    INSERT INTO round_change (round_id) SELECT DISTINCT round_id FROM planned
"""
OF_ROUND, OF_UNITS = "r.id = CAST(:round_id AS uuid)", "u.id = ANY(CAST(:unit_ids AS uuid[]))"
PLAN_ROUND = text(PLAN.format(fitting=FITTING, narrowed=OF_ROUND))
PLAN_UNITS = text(PLAN.format(fitting=FITTING, narrowed=OF_UNITS))
DROP_UNFITTING = text(
    f"""
    DELETE FROM scorecard WHERE round_id = CAST(:round_id AS uuid) AND state = 'planned'
      AND unit_code NOT IN (SELECT u.code {FITTING} AND {OF_ROUND})
    """  # noqa: S608 - constants are put in
)
TAKE_UP_LISTED = text(
    f"""
    UPDATE scorecard SET
        unit_kind = fitting.kind, area_code = fitting.area_code, indicator_set_id = fitting.indicator_set_id,
        indicator_count = fitting.indicators + jsonb_array_length(scorecard.own_indicators), steps = fitting.steps,
        state = CASE WHEN fitting.scoring THEN 'running' ELSE 'planned' END, accepts_scores = fitting.scoring,
        version = scorecard.version + 1
    FROM (SELECT u.code, u.kind, u.area_code, i.id AS indicator_set_id, jsonb_array_length(i.indicators) AS indicators,
                 jsonb_array_length(i.scale) AS steps, window_.scoring {FITTING} AND {OF_ROUND}) AS fitting
    WHERE scorecard.round_id = CAST(:round_id AS uuid) AND scorecard.unit_code = fitting.code
      AND scorecard.state = 'planned'
    """  # noqa: S608 - constants are put in
)
"""What the plan was imported with may have changed until the round opened: the questions, the unit's area."""

IS_WORKED_ON = text(
    """
    SELECT EXISTS (SELECT FROM meeting WHERE round_id = :round_id)
        OR EXISTS (SELECT FROM proposal WHERE round_id = :round_id)
        OR EXISTS (SELECT FROM comment WHERE round_id = :round_id)
    """
)


IS_KNOWN_KIND = text(
    "(EXISTS (SELECT FROM unit WHERE unit.kind = indicator_set.unit_kind AND unit.status = 'open')"
    " OR EXISTS (SELECT FROM indicator_set AS shipped"
    " WHERE shipped.unit_kind = indicator_set.unit_kind AND shipped.is_example))"
)
"""Some unit is of the set's kind, or it is one of ISAF's own three, whose units the registry may yet have to tell."""


async def get_round(db: AsyncSession, round_id: UUID, *, lock: bool = False) -> Round:
    """The round of a path. Raises NotFound."""
    statement = select(Round).where(col(Round.id) == round_id)
    row: Round | None = await db.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound("round_not_found", en="There is no round with this id.", km="រកមិនឃើញជុំវាយតម្លៃនេះទេ។")
    return row


def touches(area: str) -> TextClause:
    """A condition: rounds of which an area lies above it, is it, or lies in it."""
    return text(
        "EXISTS (SELECT FROM unnest(round.area_codes) AS code"
        " WHERE starts_with(CAST(:area AS text), code) OR starts_with(code, CAST(:area AS text)))"
    ).bindparams(area=area)


async def plan_round(db: AsyncSession, round_id: UUID, now: datetime) -> None:
    """Give the units of a round that was just opened their scorecards; under PLANNING.

    Those that the plan named are taken up; where every unit takes part, so are the others. Of the plan's, one that
    is no longer in the round's areas, or was closed, is left out.
    """
    values = {"round_id": round_id, "now": now}
    for statement in (DROP_UNFITTING, TAKE_UP_LISTED, PLAN_ROUND):
        await db.execute(statement, values)
    await record_opening(db, round_id=round_id)
    await note_change(db, round_id)


async def drop_round(db: AsyncSession, row: Round) -> None:
    """Delete a locked round that was never opened, with its plan. Raises Conflict where somebody has worked on it."""
    await db.execute(delete(Scorecard).where(col(Scorecard.round_id) == row.id))
    if await db.scalar(IS_WORKED_ON, {"round_id": row.id}):
        raise Conflict(
            "round_in_use",
            en="Facilitators have recorded meetings, proposals or comments for this round: it is not dropped.",
            km="អ្នកសម្របសម្រួលបានកត់ត្រាកិច្ចប្រជុំ សំណើ ឬយោបល់សម្រាប់ជុំនេះហើយ៖ មិនអាចលុបបានទេ។",
        )
    await db.delete(row)
    await db.flush()


async def plan_units(db: AsyncSession, unit_ids: Sequence[UUID], now: datetime | None = None) -> None:
    """Give units that appeared while rounds are open their scorecards; under PLANNING."""
    await db.execute(PLAN_UNITS, {"unit_ids": list(unit_ids), "now": now or datetime.now(UTC)})
    await record_opening(db, unit_ids=list(unit_ids))


async def get_indicator_sets(db: AsyncSession, ids: Sequence[UUID] | None) -> list[IndicatorSet]:
    """The sets of these ids, one per kind; each known kind's newest when none are named. Raises Invalid."""
    statement = select(IndicatorSet).order_by(col(IndicatorSet.unit_kind), col(IndicatorSet.version).desc())
    if ids is None:
        newest = statement.where(IS_KNOWN_KIND).ext(distinct_on(col(IndicatorSet.unit_kind)))
        return list((await db.scalars(newest)).all())
    found = list((await db.scalars(statement.where(col(IndicatorSet.id).in_(ids)))).all())
    known_kinds = set(await db.scalars(select(col(IndicatorSet.unit_kind)).where(IS_KNOWN_KIND)))
    by_id = {row.id: row for row in found}
    for position, wanted in enumerate(ids):
        pointer = f"/indicator_set_ids/{position}"
        if wanted not in by_id:
            raise indicator_set_unknown(pointer)
        if by_id[wanted].unit_kind not in known_kinds:
            raise kind_without_units(by_id[wanted].unit_kind, pointer)
    if len({row.unit_kind for row in found}) < len(found):
        raise Invalid.field(
            "/indicator_set_ids",
            "unit_kind_repeated",
            en="Name one indicator set per kind of unit.",
            km="សូមជ្រើសសំណុំលក្ខណៈវិនិច្ឆ័យតែមួយ សម្រាប់ប្រភេទអង្គភាពនីមួយៗ។",
        )
    return found


def indicator_set_unknown(pointer: str) -> Invalid:
    """The refusal of an id that no set has."""
    return Invalid.field(
        pointer,
        "indicator_set_unknown",
        en="There is no indicator set with this id.",
        km="គ្មានសំណុំលក្ខណៈវិនិច្ឆ័យដែលមានលេខសម្គាល់នេះទេ។",
    )


def kind_without_units(unit_kind: str, pointer: str) -> Invalid:
    """The refusal of questions that nobody could be asked."""
    return Invalid.field(
        pointer,
        "kind_without_units",
        en=f"No open unit is of the kind {unit_kind}, which this set is for. Look whether the kind is spelt as in the"
        " registry; if it is, register its units first.",
        km=f"គ្មានអង្គភាពណាមួយមានប្រភេទ {unit_kind} ដែលសំណុំលក្ខណៈវិនិច្ឆ័យនេះកំណត់ទេ។ សូមពិនិត្យថាបានសរសេរប្រភេទត្រូវតាមបញ្ជី;"
        " បើត្រឹមត្រូវហើយ សូមចុះបញ្ជីអង្គភាពជាមុនសិន។",
    )
