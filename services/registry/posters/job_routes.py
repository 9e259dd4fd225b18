"""Asking for the posters of an area, seeing how far that is, and taking them home."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select, text
from sqlmodel import col

from services.registry.areas.codes import last_code
from services.registry.audit.queries import record
from services.registry.jobs.asking import cancel_job, enter, get_job, jobs_of
from services.registry.packs.routes import PackPublisher
from services.registry.posters.models import PosterItemStatus, PosterJob, PosterJobItem
from services.registry.posters.schemas import PosterJobInput, PosterJobItemRead, PosterJobRead
from services.registry.posters.zipping import zip_posters
from services.registry.unit_kinds.queries import get_kind
from shared.areas import AreaScope, covers, prefix_range
from shared.db import Transaction
from shared.errors import Conflict, Invalid
from shared.paging import Page, Paging, paginate
from shared.routing import Router

LIST_ITEMS = text(
    """
    INSERT INTO poster_job_item (job_id, unit_code, area_code, pack_id, status)
    SELECT :job_id, u.code, u.area_code, p.id, 'waiting'
    FROM unit u JOIN pack p ON p.unit_id = u.id AND p.year = :year AND p.current
    WHERE u.area_code >= :low AND u.area_code < :high AND u.status = 'open'
      AND (CAST(:kind AS text) IS NULL OR u.kind = :kind)
    """
)
ZIP_ANSWER = {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}

router = Router(prefix="/poster-jobs", tags=["posters"])


@router.post("", status_code=202)
async def create_poster_job(body: PosterJobInput, user: PackPublisher, db: Transaction) -> PosterJobRead:
    """Make the posters of all open units of an area that have a pack of the year; the id tells how far it is.

    Beside this, single posters are made as ever. It goes on where it stopped when the service is started again. 409
    while too many jobs of the account or the province have not ended.
    """
    user.must_cover(body.area)
    if body.kind is not None:
        await get_kind(db, body.kind)
    job = PosterJob(
        area_code=body.area, year=body.year, kind=body.kind, size=body.size, lang=body.lang, asked_by=user.id
    )
    await enter(db, job)
    low, high = prefix_range(body.area)
    values = {"job_id": job.id, "year": body.year, "low": low, "high": high, "kind": body.kind}
    job.total = (await db.execute(LIST_ITEMS, values)).rowcount  # type: ignore[attr-defined]
    if job.total == 0:
        raise Conflict(
            "no_packs",
            en=f"No open unit there has a pack of {body.year}. Publish packs first.",
            km=f"គ្មានអង្គភាពណាមួយនៅទីនោះមានកញ្ចប់ព័ត៌មានសម្រាប់ឆ្នាំ {body.year} ទេ។ សូមផ្សព្វផ្សាយកញ្ចប់ព័ត៌មានជាមុនសិន។",
        )
    record(
        db, "poster_job", job.id, "asked_for", by=user.id,
        area=body.area, year=body.year, kind=body.kind, size=body.size, lang=body.lang, total=job.total,
    )  # fmt: skip
    return PosterJobRead.of(job)


@router.get("")
async def list_poster_jobs(
    user: PackPublisher,
    db: Transaction,
    page: Paging,
    area: Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])] = "",
) -> Page[PosterJobRead]:
    """The jobs of an area, the newest first; the caller's role covers it."""
    user.must_cover(area)
    statement = jobs_of(PosterJob, area)
    return await paginate(db, statement, page, keys=[col(PosterJob.id)], read=PosterJobRead.of, newest_first=True)


@router.get("/{job_id}.zip", response_class=StreamingResponse, responses=ZIP_ANSWER)  # type: ignore[arg-type]
async def export_posters(
    job_id: UUID,
    request: Request,
    user: PackPublisher,
    db: Transaction,
    area: Annotated[
        AreaScope | None, Query(description="Only in this area of the job, such as one district to be printed")
    ] = None,
) -> StreamingResponse:
    """The posters that are made so far, in folders by province, district and commune."""
    job = await get_job(db, PosterJob, job_id, user)
    if area is not None and not covers(job.area_code, area):
        raise Invalid.field(
            "query/area",
            "area_not_in_job",
            en=f"This job makes the posters of {job.area_code}; {area} does not lie in it.",
            km=f"កិច្ចការនេះបង្កើតផ្ទាំងព័ត៌មានសម្រាប់តំបន់ {job.area_code}; {area} មិនស្ថិតក្នុងតំបន់នោះទេ។",
        )
    named = last_code(job.area_code) if area is None else area
    name = f"posters-{job.year}-{job.size}-{job.lang}{'-' if named else ''}{named}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    pieces = zip_posters(request.app.state.runtime, job, area or "")
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/{job_id}")
async def read_poster_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PosterJobRead:
    """How far a job is."""
    return PosterJobRead.of(await get_job(db, PosterJob, job_id, user))


@router.get("/{job_id}/items")
async def list_poster_job_items(
    job_id: UUID,
    user: PackPublisher,
    db: Transaction,
    page: Paging,
    status: Annotated[PosterItemStatus | None, Query(description="Only units of which this is so")] = None,
) -> Page[PosterJobItemRead]:
    """The units of a job by their codes."""
    await get_job(db, PosterJob, job_id, user)
    statement = select(PosterJobItem).where(PosterJobItem.of_job(job_id))
    if status is not None:
        statement = statement.where(col(PosterJobItem.status) == status)
    return await paginate(db, statement, page, keys=[col(PosterJobItem.unit_code)], read=PosterJobItemRead.of)


@router.post("/{job_id}:cancel")
async def cancel_poster_job(job_id: UUID, user: PackPublisher, db: Transaction) -> PosterJobRead:
    """End a job before it is through; posters that are made stay."""
    return PosterJobRead.of(await cancel_job(db, PosterJob, job_id, user))
