"""Asking for the packs of an area, and seeing how far that is."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.jobs.asking import cancel_job, enter, get_job, jobs_of
from services.registry.packs.jobs import list_units
from services.registry.packs.models import Outcome, PackJob, PackJobItem
from services.registry.packs.publishing import must_have_come_near
from services.registry.packs.routes import PackPublisher
from services.registry.packs.schemas import PackJobInput, PackJobItemRead, PackJobRead
from services.registry.unit_kinds.queries import get_kind
from shared.areas import AreaScope
from shared.db import Transaction
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(prefix="/pack-jobs", tags=["packs"])


@router.post("", status_code=202)
async def create_pack_job(body: PackJobInput, user: PackPublisher, db: Transaction) -> PackJobRead:
    """Publish the packs of the units that are open in an area now; the answer's id tells how far it is.

    A unit that moves meanwhile, or whose area gets another code, is published all the same. It goes on where it
    stopped when the service is started again. 409 while too many jobs of the account or the province have not ended.
    """
    user.must_cover(body.area)
    await must_have_come_near(db, body.year, "/year")
    if body.kind is not None:
        await get_kind(db, body.kind)
    job = PackJob(area_code=body.area, year=body.year, kind=body.kind, asked_by=user.id)
    await enter(db, job)
    job.total = await list_units(db, job)
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
    statement = jobs_of(PackJob, area)
    return await paginate(db, statement, page, keys=[col(PackJob.id)], read=PackJobRead.of, newest_first=True)


@router.get("/{job_id}")
async def read_pack_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PackJobRead:
    """How far a job is."""
    return PackJobRead.of(await get_job(db, PackJob, job_id, user))


@router.get("/{job_id}/items")
async def list_pack_job_items(
    job_id: UUID,
    user: PackPublisher,
    db: Transaction,
    page: Paging,
    outcome: Annotated[Outcome | None, Query(description="Only units of which this came")] = None,
) -> Page[PackJobItemRead]:
    """What came of each unit that is done, by their codes."""
    await get_job(db, PackJob, job_id, user)
    asked = col(PackJobItem.outcome)
    statement = select(PackJobItem).where(
        PackJobItem.of_job(job_id), asked.is_not(None) if outcome is None else asked == outcome
    )
    return await paginate(db, statement, page, keys=[col(PackJobItem.unit_code)], read=PackJobItemRead.of)


@router.post("/{job_id}:cancel")
async def cancel_pack_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PackJobRead:
    """End a job before it is through; packs that are published stay."""
    return PackJobRead.of(await cancel_job(db, PackJob, job_id, user))
