"""The page that a poster's QR code opens: a unit's information for citizens, made for a small phone and a weak line."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.packs import listing, words
from services.registry.packs.failing import PageRoute
from services.registry.packs.queries import current_years, find_pack, last_pack
from services.registry.packs.rendering import show_page
from services.registry.packs.schemas import PackContent
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code
from shared.areas import UnitCode
from shared.db import Database, running_database
from shared.errors import NotFound
from shared.language import Language
from shared.routing import Router
from shared.schemas import Year

UNIT_CODE, YEAR = TypeAdapter[str](UnitCode), TypeAdapter[int](Year)
LONGEST_SEARCH = 100
Lang = Annotated[str, Query(description="km or en")]
Pages = Annotated[Database, Depends(running_database)]
"""Each page reads in a transaction of its own, whose failure it can still tell of by a page."""

router = Router(prefix="/i4c", include_in_schema=False)
router.route_class = PageRoute


@router.api_route("", methods=["GET", "HEAD"])
async def show_units_page(
    request: Request, database: Pages, lang: Lang = "km", q: str = "", area: str = ""
) -> Response:
    """Service units by area and by name."""
    language = _language(lang)
    wanted = q[:LONGEST_SEARCH].replace("\0", "")
    async with database.transaction() as db:
        found = await listing.read_list(db, wanted, area)
    return show_page(request, "list.html", language, "/i4c", {"q": wanted, "area": area}, q=wanted, **found)


@router.api_route("/{code}", methods=["GET", "HEAD"])
async def show_pack_page(
    request: Request, code: str, database: Pages, lang: Lang = "km", year: str | None = None
) -> Response:
    """A unit's pack of the last year that has one, or of another; what is said instead where there is none."""
    language = _language(lang)
    wanted = _year(year)
    async with database.transaction() as db:
        unit = await _find_unit(db, code)
        if unit is None:
            return _nothing(request, language, code, None, "unknown", "unknown_more", status=404)
        pack = await find_pack(db, unit.id, wanted, None) if year is None or wanted else None
        years = await current_years(db, unit.id)
        if pack is None:
            last = await last_pack(db, unit.id, wanted) if year is None or wanted else None
            return _no_pack(request, language, unit, last.withdrawal_reason if last else None, years)
    content = PackContent.model_validate(pack.content)
    parameters = {} if year is None else {"year": year}
    values: dict[str, Any] = {"content": content, "unit": content.unit, "code": unit.code, "years": years}
    values["closed_on"] = unit.closed_on if unit.status == "closed" else None
    return show_page(request, "pack.html", language, f"/i4c/{unit.code}", parameters, **values)


def _no_pack(
    request: Request, language: Language, unit: Unit, withdrawn_for: str | None, years: Sequence[int]
) -> Response:
    if withdrawn_for is not None:
        text = "nothing_of_year" if years else "ask"
        return _nothing(
            request, language, unit.code, unit, "withdrawn", text, status=410, years=years, reason=withdrawn_for
        )
    text = "nothing_of_year" if years else "nothing_more"
    return _nothing(request, language, unit.code, unit, "nothing", text, status=404, years=years)


def _nothing(
    request: Request,
    language: Language,
    code: str,
    unit: Unit | None,
    heading: str,
    text: str,
    *,
    status: int,
    years: Sequence[int] = (),
    reason: str | None = None,
) -> Response:
    said = words.words(language)
    values = {"unit": unit, "heading": said[heading], "text": said[text], "years": years, "reason": reason}
    return show_page(request, "nothing.html", language, f"/i4c/{quote(code, safe='')}", {}, status=status, **values)


async def _find_unit(db: AsyncSession, code: str) -> Unit | None:
    """The unit that a code leads to, however it was typed."""
    try:
        return await get_by_any_code(db, UNIT_CODE.validate_python(code.upper()))
    except (ValidationError, NotFound):
        return None


def _year(text: str | None) -> int | None:
    try:
        return YEAR.validate_strings(text) if text is not None else None
    except ValidationError:
        return None


def _language(lang: str) -> Language:
    return "en" if lang == "en" else "km"
