"""Changes of areas as people order them: made at once, or kept for their day and then applied by a worker."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas import refusals
from services.registry.areas.applying import (
    LOCK,
    OPERATIONS,
    carry_out,
    read_country,
    recorded_change,
    with_ids,
)
from services.registry.areas.country import Country
from services.registry.areas.models import AreaChange, today_in_cambodia
from services.registry.areas.operations import ChangeHeader, Operation
from services.registry.areas.planning import plan_change
from services.registry.audit.queries import record
from shared.database_errors import is_connection_error, of_database_error
from shared.db import Database
from shared.errors import Invalid, Problem, ServiceUnavailable, internal_error
from shared.runtime import Runtime

LOOK_SECONDS = 60.0
FARTHEST = timedelta(days=5 * 366)
"""Further ahead lies a slip of the pen."""
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('registry.area-changes'))")
"""One process applies what is due; the others look again in a minute."""

log = structlog.get_logger()


async def change_areas(db: AsyncSession, operations: Sequence[Operation], change: ChangeHeader) -> AreaChange:
    """Make the change, or schedule it when its day has not come in Cambodia. Raises Invalid or Conflict."""
    today = today_in_cambodia()
    if change.effective_on > today + FARTHEST:
        raise Invalid.field(
            "/effective_on",
            "effective_too_far",
            en="A change can be scheduled for the next five years.",
            km="ការផ្លាស់ប្ដូរអាចគ្រោងទុកបានតែក្នុងរយៈពេលប្រាំឆ្នាំខាងមុខប៉ុណ្ណោះ។",
        )
    operations = await with_ids(db, operations)
    recorded = recorded_change(change, operations)
    if change.effective_on > today:
        await _schedule(db, recorded, operations)
    else:
        recorded.settle("applied", datetime.now(UTC))
        await carry_out(db, recorded, operations)
    return recorded


async def _schedule(db: AsyncSession, recorded: AreaChange, operations: Sequence[Operation]) -> None:
    """Keep a change that fits the country as it will be by then; its units and the past are looked at on the day."""
    await db.execute(LOCK)
    country = await _expected_country(db, recorded.effective_on)
    plan = plan_change(country, operations, recorded.effective_on, official=recorded.kind == "import")
    if plan.refusals:
        raise refusals.problem_of(plan.refusals)
    db.add(recorded)
    await db.flush()
    on = str(recorded.effective_on)
    record(db, "area", recorded.id, "scheduled", by=recorded.by_account_id, kind=recorded.kind, effective_on=on)


async def _expected_country(db: AsyncSession, day: date) -> Country:
    """The country as the scheduled changes will have made it; one that does not fit any more is passed over."""
    statement = select(AreaChange).where(col(AreaChange.state) == "scheduled", col(AreaChange.effective_on) <= day)
    fitting: list[AreaChange] = []
    country = await read_country(db)
    for scheduled in await db.scalars(statement.order_by(col(AreaChange.effective_on), col(AreaChange.id))):
        if _fits(country, scheduled):
            fitting.append(scheduled)
            continue
        country = await read_country(db)
        for earlier in fitting:
            _fits(country, earlier)
    return country


def _fits(country: Country, scheduled: AreaChange) -> bool:
    operations = OPERATIONS.validate_python(scheduled.operations)
    plan = plan_change(country, operations, scheduled.effective_on, official=scheduled.kind == "import")
    if plan.refusals:
        return False
    country.accept([*plan.opened, *plan.changed], scheduled.effective_on)
    return True


async def apply_due_changes(database: Database) -> int:
    """Apply the scheduled changes whose day has come, the earliest first; how many were taken up.

    Each has a transaction of its own. One that no longer fits says so in its row, and the others go on.
    """
    taken = 0
    while await _apply_next(database):
        taken += 1
    return taken


async def _apply_next(database: Database) -> bool:
    async with database.transaction() as db:
        if not await db.scalar(TRY_LOCK):
            return False
        statement = select(AreaChange).where(
            col(AreaChange.state) == "scheduled", col(AreaChange.effective_on) <= today_in_cambodia()
        )
        statement = statement.order_by(col(AreaChange.effective_on), col(AreaChange.id)).limit(1).with_for_update()
        due: AreaChange | None = await db.scalar(statement)
        if due is None:
            return False
        try:
            async with db.begin_nested():
                due.settle("applied", datetime.now(UTC))
                await carry_out(db, due, OPERATIONS.validate_python(due.operations))
        except Exception as error:
            await _fail(db, due, error)
    return True


async def _fail(db: AsyncSession, due: AreaChange, error: Exception) -> None:
    """Write down why a change could not be made. Raises the error when the same try later may well do."""
    problem = error if isinstance(error, Problem) else internal_error()
    if is_connection_error(error):
        raise error
    if isinstance(error, DBAPIError):
        problem = of_database_error(error)
        if isinstance(problem, ServiceUnavailable):
            raise error
    await db.refresh(due)
    due.settle("failed", datetime.now(UTC))
    due.failure = {"code": problem.code, "detail_en": problem.en, "detail_km": problem.km}
    unexpected = None if isinstance(error, Problem) else error
    log.error("area_change_failed", change=str(due.id), kind=due.kind, code=problem.code, exc_info=unexpected)


async def apply_changes_when_due(runtime: Runtime) -> None:
    """The registry's worker: a cheap look every minute."""
    while True:
        await apply_due_changes(runtime.database)
        await asyncio.sleep(LOOK_SECONDS)
