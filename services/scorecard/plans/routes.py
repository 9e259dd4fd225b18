"""Planning which units take part in a round, when, and in which villages meetings are held."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.counting.queries import note_change
from services.scorecard.plans.export import read_plan_rows
from services.scorecard.plans.files import COLUMNS, PLAN_BODY, PlanLine, read_plan
from services.scorecard.plans.planning import Plan, Planner, must_take_part
from services.scorecard.plans.queries import (
    HAS_PROPOSALS,
    drop_other_villages,
    read_plan_state,
    write_plan,
)
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import PLANNING, get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import find_scorecard, get_scorecard, get_unit
from services.scorecard.scorecards.refusals import must_be_plannable, must_be_planned_in
from services.scorecard.scorecards.routes import ScorecardReader, Submitter, answer
from services.scorecard.scorecards.schemas import ReasonIn, ScorecardRead, VillageRead
from services.scorecard.scorecards.steps import record_step
from services.scorecard.scorecards.village_queries import read_villages
from services.scorecard.scorecards.villages import VillageScorecard, find_foreign_villages, village_not_in_commune
from shared.areas import UnitCode, VillageCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.etag import Matching
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import DryRun, ImportResult, Problems
from shared.routing import Router
from shared.schemas import Input

ScorecardPlanner = Annotated[User, Depends(Requires(Permission.SCORECARD_PLAN))]

router = Router(prefix="/rounds/{round_id}", tags=["scorecards"])


class PlannedVillageIn(Input):
    """A village in which a meeting about the unit is planned."""

    village_code: VillageCode
    planned_on: date | None = Field(default=None, examples=["2026-03-14"])


class ScorecardPlanIn(Input):
    """When a unit is scored, and in which villages meetings are held."""

    planned_on: date | None = Field(default=None, examples=["2026-03-14"])
    villages: Annotated[list[PlannedVillageIn], Field(max_length=200, default_factory=list)]


@router.post("/scorecards:import", openapi_extra=PLAN_BODY)
async def import_scorecard_plan(
    round_id: UUID, request: Request, user: ScorecardPlanner, db: Transaction, dry_run: DryRun = True
) -> ImportResult:
    """Plan scorecards from a table or from JSON: the columns unit_code, village_code and planned_on.

    A row without a village makes the unit take part, one with a village plans a meeting there; an empty day leaves
    things as they are. In a round that scores listed units only, these are the list. Units outside the caller's areas
    or the round's, and villages that the unit does not serve, are errors; a day outside the round is a warning. All of
    it is carried out, or, with an error, nothing.
    """
    content = await request.body()
    now, problems = datetime.now(UTC), Problems()
    lines = await asyncio.to_thread(read_plan, content, request.headers.get("content-type", ""))
    checked = await asyncio.to_thread(problems.check, lines, PlanLine)
    if not dry_run:
        await db.execute(PLANNING)
    row = await get_round(db, round_id)
    must_be_planned_in(row, now)
    state = await read_plan_state(db, row, (line for _, line in checked), lock=not dry_run)
    plan = await asyncio.to_thread(Planner(state, user, problems).make, checked)
    result = problems.result(content, dry_run=dry_run, counts=plan.counts(len(lines)))
    if not dry_run:
        await write_plan(db, row, plan, by=user.id, now=now)
    return result


@router.get("/plan.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_scorecard_plan(
    round_id: UUID,
    file_format: TableFormat,
    user: ScorecardReader,
    db: Transaction,
    area: RoundArea = "",
    form: Annotated[bool, Query(description="Also units that the round could score and that are not planned")] = False,
) -> StreamingResponse:
    """The plan as a file in the columns of the import, of all that the caller's roles reach: units, then villages."""
    row = await get_round(db, round_id)
    rows = await read_plan_rows(db, row, user, area, form=form)
    return table_answer(file_format, f"plan-{row.year}{'-' if area else ''}{area}", COLUMNS, rows)


@router.put("/units/{unit_code}/plan")
async def plan_scorecard(
    round_id: UUID,
    unit_code: UnitCode,
    body: ScorecardPlanIn,
    user: ScorecardPlanner,
    db: Transaction,
    if_match: Matching,
    response: Response,
) -> ScorecardRead:
    """Say when a unit is scored and in which villages; If-Match is `*` where it has no scorecard in the round yet.

    The villages that are named are all that are planned then.
    """
    await db.execute(PLANNING)
    row, unit = await _round_and_unit(db, round_id, unit_code, user)
    card = await find_scorecard(db, (round_id, unit.code), update=True)
    if_match.must_match(card.version if card else 0)
    now = datetime.now(UTC)
    must_be_planned_in(row, now)
    must_take_part(row, unit)
    if card is not None:
        must_be_plannable(card.state)
    await _must_be_villages_of(db, unit, body.villages)
    days = {village.village_code: village.planned_on for village in body.villages}
    plan = Plan(villages={(unit.code, village): day for village, day in days.items()})
    (plan.new if card is None else plan.changed)[unit.code] = body.planned_on
    await write_plan(db, row, plan, by=user.id, now=now)
    await drop_other_villages(db, round_id, unit.code, list(days))
    if card is not None:
        await db.refresh(card)
    return await answer(db, card or await get_scorecard(db, round_id, unit.code), response)


@router.delete("/units/{unit_code}/plan", status_code=204)
async def drop_scorecard_plan(round_id: UUID, unit_code: UnitCode, user: ScorecardPlanner, db: Transaction) -> None:
    """Take a unit out of the plan of a round that is not open yet, with its villages."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id)
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    row.must_be_planned()
    if await db.scalar(HAS_PROPOSALS, {"round_id": round_id, "unit_code": card.unit_code}):
        raise Conflict(
            "unit_in_use",
            en="Citizens have proposed indicators for this unit in this round: it stays in the plan.",
            km="ប្រជាពលរដ្ឋបានស្នើលក្ខណៈវិនិច្ឆ័យសម្រាប់អង្គភាពនេះក្នុងជុំនេះហើយ៖ អង្គភាពនេះនៅក្នុងផែនការដដែល។",
        )
    await db.execute(
        delete(Scorecard).where(col(Scorecard.round_id) == round_id, col(Scorecard.unit_code) == card.unit_code)
    )
    await note_change(db, round_id)


@router.post("/units/{unit_code}/villages/{village_code}:skip")
async def skip_village(
    round_id: UUID, unit_code: UnitCode, village_code: VillageCode, body: ReasonIn, user: Submitter, db: Transaction
) -> VillageRead:
    """Say why no meeting is held in a village where one was planned; should one be held after all, it counts."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    must_be_plannable(card.state)
    standing = {village.village_code: village for village in await read_villages(db, card)}.get(village_code)
    if standing is None:
        raise NotFound(
            "village_not_planned",
            en="No meeting about this unit is planned in this village.",
            km="គ្មានការប្រជុំអំពីអង្គភាពនេះត្រូវបានគ្រោងក្នុងភូមិនេះទេ។",
        )
    if standing.state == "held":
        raise Conflict(
            "village_held",
            en="This village has scores already: there is nothing to skip.",
            km="ភូមិនេះមានពិន្ទុរួចហើយ៖ មិនចាំបាច់រំលងទេ។",
        )
    planned = await db.get_one(VillageScorecard, (round_id, card.unit_code, village_code))
    planned.skipped_reason, planned.skipped_by, planned.skipped_at = body.reason, user.id, datetime.now(UTC)
    card.version += 1
    reason = f"{village_code}: {body.reason}"
    await record_step(db, card, "village_skipped", by=user.id, before=card.state, reason=reason)
    return standing.model_copy(update={"state": "skipped", "skipped_reason": body.reason})


async def _round_and_unit(db: AsyncSession, round_id: UUID, unit_code: str, user: User) -> tuple[Round, Unit]:
    row = await get_round(db, round_id)
    unit = await get_unit(db, unit_code)
    user.must_cover(unit.area_code)
    return row, unit


async def _must_be_villages_of(db: AsyncSession, unit: Unit, villages: Sequence[PlannedVillageIn]) -> None:
    """Raise Invalid naming a village that the unit does not serve, or that stands there twice."""
    foreign = await find_foreign_villages(db, ((unit.code, village.village_code) for village in villages))
    seen: set[str] = set()
    for position, village in enumerate(villages):
        pointer = f"/villages/{position}/village_code"
        if (unit.code, village.village_code) in foreign:
            raise village_not_in_commune(pointer)
        if village.village_code in seen:
            raise Invalid.field(
                pointer,
                "village_repeated",
                en="Each village is planned once.",
                km="ភូមិនីមួយៗអាចគ្រោងបានតែម្ដង។",
            )
        seen.add(village.village_code)
