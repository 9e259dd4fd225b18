"""Making the posters of an area some at a time, going on where it stopped: a nation's are twelve thousand."""

import asyncio
import os
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.packs.models import Pack
from services.registry.posters.compiling import Compiler, NotMade, edition
from services.registry.posters.keeping import forget_posters, keep_posters, make_poster, posters_there
from services.registry.posters.models import PosterJob, PosterJobItem
from shared.runtime import Runtime

AT_ONCE = 16
LOOK_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 300.0
"""Anybody may have posters made: some 3,000 in that time, 200 MB above the bound."""
PROCESSES = min(2, os.cpu_count() or 1)
PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '5min'")
"""The transaction waits while posters are being made."""
COUNT = text(
    """
    UPDATE poster_job SET done = done + :done, failed = failed + :failed, status = 'running'
    WHERE id = :id AND status IN ('queued', 'running')
    """
)
FORGET_JOBS = text("DELETE FROM poster_job WHERE finished_at < now() - interval '30 days'")

log = structlog.get_logger()


async def make_asked_posters(runtime: Runtime) -> None:
    """Work on the jobs there are, the oldest first; look for new ones every second, and tidy up every five minutes."""
    compilers = [Compiler(background=True) for _ in range(PROCESSES)]
    clock = asyncio.get_running_loop().time
    tidied = -HOUSEKEEPING_SECONDS
    try:
        while True:
            if clock() - tidied > HOUSEKEEPING_SECONDS:
                await forget_old(runtime)
                tidied = clock()
            if not await make_next(runtime, compilers):
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        for compiler in compilers:
            compiler.close()


async def forget_old(runtime: Runtime) -> None:
    """Forget posters and jobs that nobody needs any more."""
    async with runtime.database.transaction() as db:
        await forget_posters(db)
        await db.execute(FORGET_JOBS)


async def make_next(runtime: Runtime, compilers: Sequence[Compiler]) -> bool:
    """Make the next posters of the oldest job, those that nobody else is making; False when there are none.

    What was made and that it was stands in one transaction: whoever is killed meanwhile has begun nothing.
    """
    open_jobs = select(PosterJob).where(col(PosterJob.status).in_(["queued", "running"])).order_by(col(PosterJob.id))
    async with runtime.database.transaction() as db:
        job = await db.scalar(open_jobs.limit(1))
        if job is None:
            return False
        await db.execute(PATIENCE)
        items = await _take(db, job)
        if not items:
            return await _finish(db, job)
        public_url = runtime.settings.public_url
        made_as = edition(public_url)
        there = await posters_there(db, [item.pack_id for item in items], job.size, job.lang, made_as)
        missing = [item for item in items if item.pack_id not in there]
        packs = {pack.id: pack for pack in await db.scalars(_packs(missing))}
        made = await _make(job, missing, packs, compilers, public_url)
        await keep_posters(db, made, job.size, job.lang, made_as)
        for item in items:
            item.status = "failed" if item.error else "done"
        failed = sum(item.status == "failed" for item in items)
        await db.flush()
        await db.execute(COUNT, {"id": job.id, "done": len(items) - failed, "failed": failed})
    return True


async def _take(db: AsyncSession, job: PosterJob) -> Sequence[PosterJobItem]:
    waiting = select(PosterJobItem).where(col(PosterJobItem.job_id) == job.id, col(PosterJobItem.status) == "waiting")
    statement = waiting.order_by(col(PosterJobItem.unit_code)).limit(AT_ONCE).with_for_update(skip_locked=True)
    return (await db.scalars(statement)).all()


async def _finish(db: AsyncSession, job: PosterJob) -> bool:
    """End the job unless somebody else still makes some of its posters; whether it was ended."""
    waiting = select(col(PosterJobItem.unit_code)).where(
        col(PosterJobItem.job_id) == job.id, col(PosterJobItem.status) == "waiting"
    )
    if await db.scalar(waiting.limit(1)) is not None:
        return False
    await db.refresh(job, with_for_update=True)
    if job.finished_at is None:
        job.finish("done")
    return True


async def _make(
    job: PosterJob,
    items: Sequence[PosterJobItem],
    packs: dict[UUID, Pack],
    compilers: Sequence[Compiler],
    public_url: str,
) -> dict[UUID, bytes]:
    """The posters of packs, by as many processes as there are; why one could not be made stands in its item."""
    made: dict[UUID, bytes] = {}
    line = iter(items)

    async def work(compiler: Compiler) -> None:
        for item in line:
            try:
                made[item.pack_id] = await make_poster(compiler, packs[item.pack_id], job.size, job.lang, public_url)
            except NotMade as error:
                item.error = "poster_not_made"
                log.warning("poster_not_made", unit=item.unit_code, job=str(job.id), reason=str(error)[:200])

    async with asyncio.TaskGroup() as group:
        for compiler in compilers:
            group.create_task(work(compiler))
    return made


def _packs(items: Sequence[PosterJobItem]) -> Select[Pack]:
    return select(Pack).where(col(Pack.id).in_([item.pack_id for item in items]))
