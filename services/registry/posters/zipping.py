"""A job's posters as a zip, sent while it is put together: no more than a few are held at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlmodel import col

from services.registry.packs.models import Pack
from services.registry.posters.compiling import NotMade, edition, zip_queue
from services.registry.posters.keeping import find_poster, keep_posters, make_poster
from services.registry.posters.models import PosterJob, PosterJobItem
from services.registry.units.models import Unit
from shared.areas import prefix_range
from shared.runtime import Runtime
from shared.zips import ZipStream

AT_ONCE = 20


async def zip_posters(runtime: Runtime, job: PosterJob, area: str) -> AsyncIterator[bytes]:
    """A job's posters of units in an area ("": all) by the communes of today: `02/0202/020201/HC-020201-1.pdf`.

    One that is no longer kept is made anew; of packs that were withdrawn meanwhile there is none.
    """
    zipped = ZipStream(job.asked_at, packed=False)
    after = ("", "")
    while batch := await _next(runtime, job, area, after):
        after = batch[-1].area_code, batch[-1].item.unit_code
        for item, pack, area_code in batch:
            pdf = await _poster(runtime, job, pack)
            if pdf is not None:
                name = f"{_folder(area_code)}{item.unit_code}-{job.year}-{job.size}-{job.lang}.pdf"
                await asyncio.to_thread(zipped.add, name, pdf)
                yield zipped.taken()
    zipped.close()
    yield zipped.taken()


class _Made(NamedTuple):
    """A poster of a job, with where its unit lies now."""

    item: PosterJobItem
    pack: Pack
    area_code: str


async def _next(runtime: Runtime, job: PosterJob, area: str, after: tuple[str, str]) -> list[_Made]:
    code, (low, high) = col(Unit.area_code), prefix_range(area)
    place = tuple_(code, col(PosterJobItem.unit_code))
    statement = (
        select(PosterJobItem, Pack, code)
        .join(Pack, col(Pack.id) == col(PosterJobItem.pack_id))
        .join(Unit, col(Unit.id) == col(Pack.unit_id))
        .where(
            col(PosterJobItem.job_id) == job.id,
            col(PosterJobItem.status) == "done",
            col(Pack.withdrawn_at).is_(None),
            place > tuple_(*after),
            code >= low,
            code < high,
        )
    )
    async with runtime.database.transaction() as db:
        return [_Made(*row) for row in await db.execute(statement.order_by(place).limit(AT_ONCE))]


async def _poster(runtime: Runtime, job: PosterJob, pack: Pack) -> bytes | None:
    public_url = runtime.settings.public_url
    made_as = edition(public_url)
    async with runtime.database.transaction() as db:
        pdf = await find_poster(db, pack.id, job.size, job.lang, made_as)
    if pdf is None:
        try:
            pdf = await make_poster(zip_queue.here(), pack, job.size, job.lang, public_url)
        except NotMade:
            return None
        async with runtime.database.transaction() as db:
            await keep_posters(db, {pack.id: pdf}, job.size, job.lang, made_as)
    return pdf


def _folder(area_code: str) -> str:
    """The folders of an area, from the province down to the commune."""
    return "".join(f"{area_code[:digits]}/" for digits in range(2, min(len(area_code), 6) + 1, 2))
