"""Working on jobs: each has its turn, some of its items in one transaction, so that a kill loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.jobs.asking import may_go_on
from services.registry.jobs.models import OPEN, Job, JobItem
from shared.db import Database

J = TypeVar("J", bound=Job)
I = TypeVar("I", bound=JobItem)  # noqa: E741 - J and I, as Job and Item
Work = Callable[[AsyncSession, J, Sequence[I]], Awaitable[Mapping[str, int]]]
"""Does some items, writes into each what came of it, and says how far each of the job's counts goes up."""
LOOK_SECONDS = 1.0
TIDY_SECONDS = 300.0


async def keep_working(work_next: Callable[[], Awaitable[bool]], tidy: Callable[[], Awaitable[None]]) -> None:
    """Work on while there is something to do, look for more every second, and tidy up every five minutes."""
    clock = asyncio.get_running_loop().time
    tidied = -TIDY_SECONDS
    while True:
        if clock() - tidied > TIDY_SECONDS:
            await tidy()
            tidied = clock()
        if not await work_next():
            await asyncio.sleep(LOOK_SECONDS)


async def work_on_next(database: Database, jobs: type[J], items: type[I], at_once: int, work: Work[J, I]) -> bool:
    """Give one job its turn, that which has waited for longest; False when there is nothing to do.

    Several registries share a job: each takes items that nobody else has. A job that fails lets the others go first.
    """
    waiting = select(col(jobs.id)).where(col(jobs.status).in_(OPEN), jobs.is_listed())
    async with database.transaction() as db:
        line = (await db.scalars(waiting.order_by(col(jobs.turn_at).nulls_first(), col(jobs.id)))).all()
    for job_id in line:
        try:
            async with database.transaction() as db:
                if await _turn(db, jobs, items, job_id, at_once, work):
                    return True
        except Exception:
            async with database.transaction() as db:
                await _count(db, jobs, job_id, {})
            raise
    return False


async def _turn(db: AsyncSession, jobs: type[J], items: type[I], job_id: UUID, at_once: int, work: Work[J, I]) -> bool:
    """Do some of a job's items, or end it when there are none; False while somebody else does the last ones."""
    job: J | None = await db.get(jobs, job_id)
    if job is None or job.status not in OPEN:
        return False
    if not await may_go_on(db, job):
        if await _end(db, job, "cancelled"):
            record(db, jobs.SUBJECT, job.id, "cancelled", by=None, reason="not_permitted_any_more")
        return True
    statement = select(items).where(items.of_job(job_id), items.waiting()).order_by(col(items.unit_code))
    taken = (await db.scalars(statement.limit(at_once).with_for_update(skip_locked=True))).all()
    if taken:
        counts = await work(db, job, taken)
        await db.flush()
        await _count(db, jobs, job_id, counts)
        return True
    if await db.scalar(select(col(items.unit_code)).where(items.of_job(job_id), items.waiting()).limit(1)) is not None:
        return False
    await _end(db, job, "done")
    return True


async def _end(db: AsyncSession, job: Job, status: Literal["done", "cancelled"]) -> bool:
    """End a job; False when somebody else just has."""
    await db.refresh(job, with_for_update=True)
    still_open = job.status in OPEN
    if still_open:
        job.finish(status)
    return still_open


async def _count(db: AsyncSession, jobs: type[Job], job_id: UUID, counts: Mapping[str, int]) -> None:
    """Let the counts go up and the turn be over; a job that was cancelled meanwhile stays so."""
    running = case((col(jobs.status) == "queued", "running"), else_=col(jobs.status))
    more: dict[str, ColumnElement[int]] = {name: col(getattr(jobs, name)) + by for name, by in counts.items()}
    values = {"turn_at": func.clock_timestamp(), "status": running, **more}
    await db.execute(
        update(jobs).where(col(jobs.id) == job_id).values(values).execution_options(synchronize_session=False)
    )
