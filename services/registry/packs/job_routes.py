"""Asking for the packs of an area, and seeing how far that is."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.packs.jobs import units_of
from services.registry.packs.models import Outcome, PackJob, PackJobItem
from services.registry.packs.routes import PackPublisher
from services.registry.packs.schemas import PackJobInput, PackJobItemRead, PackJobRead
from services.registry.unit_kinds.queries import get_kind
from shared.areas import AreaScope
from shared.db import Transaction
from shared.errors import NotFound
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

router = Router(prefix="/pack-jobs", tags=["packs"])


@router.post("", status_code=202)
async def create_pack_job(body: PackJobInput, user: PackPublisher, db: Transaction) -> PackJobRead:
    """Publish the packs of all open units of an area, some at a time; the answer's id tells how far it is.

    It goes on where it stopped when the service is started again.
    """
    user.must_cover(body.area)
    if body.kind is not None:
        await get_kind(db, body.kind)
    total = await db.scalar(select(func.count()).select_from(units_of(body.area, body.kind).subquery()))
    job = PackJob(area_code=body.area, year=body.year, kind=body.kind, asked_by=user.id, total=total or 0)
    db.add(job)
    await db.flush()
    record(db, "pack_job", job.id, "asked_for", by=user.id, area=body.area, year=body.year, kind=body.kind)
    return PackJobRead.of(job)


@router.get("")
async def list_pack_jobs(
    user: PackPublisher,
    db: Transaction,
    page: Paging,
    area: Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])] = "",
) -> Page[PackJobRead]:
    """The jobs of an area, the newest first; the caller's role covers it."""
    user.must_cover(area)
    statement = under(select(PackJob), col(PackJob.area_code), area)
    return await paginate(db, statement, page, keys=[col(PackJob.id)], read=PackJobRead.of, newest_first=True)


@router.get("/{job_id}")
async def read_pack_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PackJobRead:
    """How far a job is."""
    job = await _get(db, job_id)
    user.must_cover(job.area_code)
    return PackJobRead.of(job)


@router.get("/{job_id}/items")
async def list_pack_job_items(
    job_id: UUID,
    user: PackPublisher,
    db: Transaction,
    page: Paging,
    outcome: Annotated[Outcome | None, Query(description="Only units of which this came")] = None,
) -> Page[PackJobItemRead]:
    """What came of each unit that is done, by their codes."""
    user.must_cover((await _get(db, job_id)).area_code)
    statement = select(PackJobItem).where(col(PackJobItem.job_id) == job_id)
    if outcome is not None:
        statement = statement.where(col(PackJobItem.outcome) == outcome)
    return await paginate(db, statement, page, keys=[col(PackJobItem.unit_code)], read=PackJobItemRead.of)


@router.post("/{job_id}:cancel")
async def cancel_pack_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PackJobRead:
    """End a job before it is through; packs that are published stay."""
    job = await _get(db, job_id, lock=True)
    user.must_cover(job.area_code)
    job.finish("cancelled")
    record(db, "pack_job", job.id, "cancelled", by=user.id)
    return PackJobRead.of(job)


async def _get(db: AsyncSession, job_id: UUID, *, lock: bool = False) -> PackJob:
    statement = select(PackJob).where(col(PackJob.id) == job_id)
    job: PackJob | None = await db.scalar(statement.with_for_update() if lock else statement)
    if job is None:
        raise NotFound("pack_job_not_found", en="There is no job with this id.", km="រកមិនឃើញកិច្ចការដែលមានលេខសម្គាល់នេះទេ។")
    return job
