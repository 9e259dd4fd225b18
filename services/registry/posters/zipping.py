"""A job's posters as a zip, sent while it is put together: no more than a few are held at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
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
    made = await _in_order(runtime, job, area)
    for first in range(0, len(made), AT_ONCE):
        some = made[first : first + AT_ONCE]
        packs = await _standing(runtime, some)
        for one in some:
            pdf = await _poster(runtime, job, packs[one.pack_id]) if one.pack_id in packs else None
            if pdf is not None:
                name = f"{_folder(one.area_code)}{one.unit_code}-{job.year}-{job.size}-{job.lang}.pdf"
                await asyncio.to_thread(zipped.add, name, pdf)
                yield zipped.taken()
    zipped.close()
    yield zipped.taken()


class _Made(NamedTuple):
    """A poster of a job, with where its unit lies when the zip begins."""

    area_code: str
    unit_code: str
    pack_id: UUID


async def _in_order(runtime: Runtime, job: PosterJob, area: str) -> list[_Made]:
    code, (low, high) = col(Unit.area_code), prefix_range(area)
    statement = (
        select(code, col(PosterJobItem.unit_code), col(PosterJobItem.pack_id))
        .join(Pack, col(Pack.id) == col(PosterJobItem.pack_id))
        .join(Unit, col(Unit.id) == col(Pack.unit_id))
        .where(col(PosterJobItem.job_id) == job.id, col(PosterJobItem.status) == "done", code >= low, code < high)
        .order_by(code, col(PosterJobItem.unit_code))
    )
    async with runtime.database.transaction() as db:
        return [_Made(*row) for row in await db.execute(statement)]


async def _standing(runtime: Runtime, made: Sequence[_Made]) -> dict[UUID, Pack]:
    """Their packs, by id, without those that were withdrawn by now."""
    ids = [one.pack_id for one in made]
    statement = select(Pack).where(col(Pack.id).in_(ids), col(Pack.withdrawn_at).is_(None))
    async with runtime.database.transaction() as db:
        return {pack.id: pack for pack in await db.scalars(statement)}


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
