"""Publishing the packs of an area some at a time, going on where it stopped: a nation's are twelve thousand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.jobs.forgetting import forget_jobs
from services.registry.jobs.models import OPEN
from services.registry.jobs.working import keep_working, work_on_next
from services.registry.packs.models import PackJob, PackJobItem
from services.registry.packs.publishing import Published, publish_packs
from services.registry.units.models import Unit
from shared.areas import prefix_range
from shared.runtime import Runtime

AT_ONCE = 100
"""Units of one transaction: a second's work, after which others who change these units get their turn."""
LIST_UNITS = text(
    """
    INSERT INTO pack_job_item (job_id, unit_id, unit_code, facts)
    SELECT :job_id, id, code, 0 FROM unit
    WHERE area_code >= :low AND area_code < :high AND status = 'open' AND code > :after
      AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    ON CONFLICT DO NOTHING
    """
)
LOCK_UNITS = text("SELECT id FROM unit WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")
"""In the order in which those lock them who change several; who writes facts of these units meanwhile need not wait."""


async def publish_asked_packs(runtime: Runtime) -> None:
    """Work on the jobs there are, in turns, and forget old ones."""
    await keep_working(partial(publish_next, runtime), partial(forget_old, runtime))


async def publish_next(runtime: Runtime) -> bool:
    """Publish the next packs of the job whose turn it is; False when there is none."""
    await _list_of_the_version_before(runtime)
    return await work_on_next(runtime.database, PackJob, PackJobItem, AT_ONCE, _publish)


async def forget_old(runtime: Runtime) -> None:
    """Forget jobs that nobody needs any more."""
    async with runtime.database.transaction() as db:
        await forget_jobs(db, PackJob)


async def list_units(db: AsyncSession, job: PackJob) -> int:
    """Write down the open units of the job's area as they are now, and answer how many there are."""
    low, high = prefix_range(job.area_code)
    values = {"job_id": job.id, "low": low, "high": high, "kind": job.kind, "after": job.after}
    return (await db.execute(LIST_UNITS, values)).rowcount  # type: ignore[attr-defined, no-any-return]


async def _list_of_the_version_before(runtime: Runtime) -> None:
    """List what is left of jobs that were asked for before jobs listed their units."""
    unlisted = select(PackJob).where(col(PackJob.status).in_(OPEN), col(PackJob.turn_at).is_(None))
    async with runtime.database.transaction() as db:
        for job in await db.scalars(unlisted.with_for_update(skip_locked=True)):
            await list_units(db, job)
            job.turn_at = await db.scalar(select(func.now()))


async def _publish(db: AsyncSession, job: PackJob, items: Sequence[PackJobItem]) -> Mapping[str, int]:
    """Publish what the items' units have to say now; those that were closed since are passed over."""
    ids = [item.unit_id for item in items]
    await db.execute(LOCK_UNITS, {"ids": ids})
    still = select(Unit).where(col(Unit.id).in_(ids), col(Unit.status) == "open").order_by(col(Unit.code))
    units = (await db.scalars(still.execution_options(populate_existing=True))).all()
    done: dict[UUID | None, Published] = {
        one.unit.id: one for one in await publish_packs(db, units, job.year, by=job.asked_by)
    }
    for item in items:
        _write(item, done.get(item.unit_id))
    return Counter(str(item.outcome) for item in items)


def _write(item: PackJobItem, done: Published | None) -> None:
    if done is None:
        item.outcome, item.error = "closed", "unit_closed"
        return
    item.outcome, item.error = done.outcome, done.error
    if done.pack is not None:
        item.version, item.facts = done.pack.version, done.pack.facts
