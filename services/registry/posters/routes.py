"""A unit's poster."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from services.registry.packs.queries import get_pack
from services.registry.packs.routes import OfVersion, OfYear
from services.registry.posters.compiling import NotMade, edition, queue
from services.registry.posters.content import Size
from services.registry.posters.keeping import find_poster, keep_posters, make_poster
from services.registry.units.queries import get_by_any_code
from shared.areas import UnitCode
from shared.db import Database, running_database
from shared.errors import InternalError
from shared.language import Language
from shared.routing import Router

PDF_ANSWER = {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}

router = Router(prefix="/units/{code}", tags=["posters"])


@router.get("/poster.pdf", response_class=Response, responses=PDF_ANSWER)  # type: ignore[arg-type]
async def read_unit_poster(
    code: UnitCode,
    request: Request,
    database: Annotated[Database, Depends(running_database)],
    year: OfYear = None,
    version: OfVersion = None,
    size: Annotated[Size, Query(description="Of the paper")] = "a3",
    lang: Annotated[Language, Query(description="Which language goes first")] = "km",
    if_none_match: Annotated[str | None, Header(description="The ETag of the poster that you have")] = None,
) -> Response:
    """A unit's information for citizens as a poster to print, with a QR code that leads to its page.

    Made when first asked for, in well under half a second. 410 where the pack was withdrawn; 503 while many are made.
    """
    public_url = request.app.state.runtime.settings.public_url
    made_as = edition(public_url)
    async with database.transaction() as db:
        unit = await get_by_any_code(db, code)
        pack = await get_pack(db, unit, year, version)
        headers = _headers(pack.id, size, lang, made_as, f"{unit.code}-{pack.year}-v{pack.version}-{size}-{lang}")
        if if_none_match is not None and headers["ETag"] in if_none_match:
            return Response(status_code=304, headers=headers)
        pdf = await find_poster(db, pack.id, size, lang, made_as)
    if pdf is None:
        async with queue.place() as compiler:
            try:
                pdf = await make_poster(compiler, pack, size, lang, public_url)
            except NotMade as error:
                raise poster_not_made() from error
        async with database.transaction() as db:
            await keep_posters(db, {pack.id: pdf}, size, lang, made_as)
    return Response(pdf, media_type="application/pdf", headers=headers)


def poster_not_made() -> InternalError:
    """The answer where a pack's content cannot be set."""
    return InternalError(
        "poster_not_made",
        en="The poster could not be made; the pack can be read all the same.",
        km="មិនអាចបង្កើតផ្ទាំងព័ត៌មានបានទេ ប៉ុន្តែកញ្ចប់ព័ត៌មាននៅតែអាចអានបាន។",
    )


def _headers(pack_id: UUID, size: str, lang: str, made_as: str, name: str) -> dict[str, str]:
    tag = sha256(f"{pack_id} {size} {lang} {made_as}".encode()).hexdigest()[:24]
    return {
        "ETag": f'"{tag}"',
        "Cache-Control": "public, max-age=60",
        "Content-Disposition": f'inline; filename="{name}.pdf"',
    }
