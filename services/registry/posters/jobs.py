"""Making the posters of an area some at a time, going on where it stopped: a nation's are twelve thousand."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.jobs.forgetting import forget_jobs
from services.registry.jobs.working import keep_working, work_on_next
from services.registry.packs.models import Pack
from services.registry.posters.compiling import Compiler, NotMade, edition
from services.registry.posters.keeping import forget_posters, keep_posters, make_poster, posters_there
from services.registry.posters.models import PosterJob, PosterJobItem
from shared.runtime import Runtime

AT_ONCE = 16
ROOMY_BYTES = 3 * 2**30
PROCESSES = min(2, os.cpu_count() or 1) if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > ROOMY_BYTES else 1
"""Each takes 150 MB: a server of 2 GB has room for one beside everything else."""
PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '5min'")
"""The transaction waits while posters are being made."""

log = structlog.get_logger()


async def make_asked_posters(runtime: Runtime) -> None:
    """Work on the jobs there are, in turns; anybody may have posters made, so that they are forgotten here too."""
    compilers = [Compiler(background=True) for _ in range(PROCESSES)]
    try:
        await keep_working(partial(make_next, runtime, compilers), partial(forget_old, runtime))
    finally:
        for compiler in compilers:
            compiler.close()


async def forget_old(runtime: Runtime) -> None:
    """Forget posters and jobs that nobody needs any more."""
    async with runtime.database.transaction() as db:
        await forget_posters(db)
        await forget_jobs(db, PosterJob)


async def make_next(runtime: Runtime, compilers: Sequence[Compiler]) -> bool:
    """Make the next posters of the job whose turn it is; False when there are none.

    What was made and that it was stands in one transaction: whoever is killed meanwhile has begun nothing.
    """
    public_url = runtime.settings.public_url

    async def work(db: AsyncSession, job: PosterJob, items: Sequence[PosterJobItem]) -> Mapping[str, int]:
        await db.execute(PATIENCE)
        made_as = edition(public_url)
        there = await posters_there(db, [item.pack_id for item in items], job.size, job.lang, made_as)
        missing = [item for item in items if item.pack_id not in there]
        packs = {pack.id: pack for pack in await db.scalars(_packs(missing))}
        made = await _make(job, missing, packs, compilers, public_url)
        await keep_posters(db, made, job.size, job.lang, made_as)
        for item in items:
            item.status = "failed" if item.error else "done"
        return Counter(item.status for item in items)

    return await work_on_next(runtime.database, PosterJob, PosterJobItem, AT_ONCE, work)


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
