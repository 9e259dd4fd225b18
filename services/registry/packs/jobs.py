"""Publishing the packs of an area some at a time, going on where it stopped: a nation's are twelve thousand."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.packs.models import PackJob, PackJobItem
from services.registry.packs.publishing import Published, publish_packs
from services.registry.units.models import Unit
from shared.registry_copy import under
from shared.runtime import Runtime

AT_ONCE = 100
"""Units of one transaction: a second's work, after which others who change these units get their turn."""
LOOK_SECONDS = 1.0
LOCK_UNITS = text("SELECT id FROM unit WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")
"""In the order in which those lock them who change several; who writes facts of these units meanwhile need not wait."""


async def publish_asked_packs(runtime: Runtime) -> None:
    """Work on the jobs there are, the oldest first, and look for new ones every second."""
    while True:
        if not await publish_next(runtime):
            await asyncio.sleep(LOOK_SECONDS)


async def publish_next(runtime: Runtime) -> bool:
    """Publish the next packs of the oldest job that nobody works on; False when there is none."""
    open_jobs = select(PackJob).where(col(PackJob.status).in_(["queued", "running"])).order_by(col(PackJob.id)).limit(1)
    async with runtime.database.transaction() as db:
        job = await db.scalar(open_jobs.with_for_update(skip_locked=True))
        if job is None:
            return False
        units = await _next_units(db, job)
        if units:
            _count(db, job, await publish_packs(db, units, job.year, by=job.asked_by))
        else:
            job.finish("done")
    return True


def units_of(area: str, kind: str | None) -> Select[Unit]:
    """The open units of an area that a job publishes packs of."""
    statement = under(select(Unit).where(col(Unit.status) == "open"), col(Unit.area_code), area)
    return statement if kind is None else statement.where(col(Unit.kind) == kind)


async def _next_units(db: AsyncSession, job: PackJob) -> Sequence[Unit]:
    statement = units_of(job.area_code, job.kind).where(col(Unit.code) > job.after).order_by(col(Unit.code))
    found = (await db.scalars(statement.limit(AT_ONCE))).all()
    await db.execute(LOCK_UNITS, {"ids": [unit.id for unit in found]})
    if found:
        job.status, job.after = "running", found[-1].code
    ids = [unit.id for unit in found]
    still = select(Unit).where(col(Unit.id).in_(ids), col(Unit.status) == "open").order_by(col(Unit.code))
    return (await db.scalars(still.execution_options(populate_existing=True))).all()


def _count(db: AsyncSession, job: PackJob, published: Sequence[Published]) -> None:
    for one in published:
        setattr(job, one.outcome, getattr(job, one.outcome) + 1)
        db.add(
            PackJobItem(
                job_id=job.id,
                unit_code=one.unit.code,
                outcome=one.outcome,
                version=one.pack.version if one.pack else None,
                facts=one.pack.facts if one.pack else 0,
                error=one.error,
            )
        )
