"""The page that a poster's QR code opens: a unit's information for citizens, made for a small phone and a weak line."""

import gzip
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.packs import listing, words
from services.registry.packs.queries import current_years, find_pack, last_pack
from services.registry.packs.schemas import PackContent
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code
from shared.areas import UnitCode
from shared.db import Transaction
from shared.errors import NotFound
from shared.language import Language
from shared.routing import Router
from shared.schemas import Year

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
UNIT_CODE, YEAR = TypeAdapter[str](UnitCode), TypeAdapter[int](Year)
pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
LONGEST_SEARCH = 100
Lang = Annotated[str, Query(description="km or en")]

router = Router(prefix="/i4c", include_in_schema=False)


@router.api_route("", methods=["GET", "HEAD"])
async def show_units_page(
    request: Request, db: Transaction, lang: Lang = "km", q: str = "", area: str = ""
) -> Response:
    """Service units by area and by name."""
    language = _language(lang)
    wanted = q[:LONGEST_SEARCH].replace("\0", "")
    found = await listing.read_list(db, wanted, area)
    return _page(request, "list.html", language, "/i4c", {"q": wanted, "area": area}, q=wanted, **found)


@router.api_route("/{code}", methods=["GET", "HEAD"])
async def show_pack_page(
    request: Request, code: str, db: Transaction, lang: Lang = "km", year: str | None = None
) -> Response:
    """A unit's pack of the last year that has one, or of another; what is said instead where there is none."""
    language = _language(lang)
    unit = await _find_unit(db, code)
    if unit is None:
        return _nothing(request, language, code, None, "unknown", "unknown_more", status=404)
    wanted = _year(year)
    pack = await find_pack(db, unit.id, wanted, None) if year is None or wanted else None
    years = await current_years(db, unit.id)
    if pack is None:
        last = await last_pack(db, unit.id, wanted) if year is None or wanted else None
        return _no_pack(request, language, unit, last.withdrawal_reason if last else None, years)
    content = PackContent.model_validate(pack.content)
    parameters = {} if year is None else {"year": year}
    values: dict[str, Any] = {"content": content, "unit": content.unit, "code": unit.code, "years": years}
    return _page(request, "pack.html", language, f"/i4c/{unit.code}", parameters, **values)


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
    return _page(request, "nothing.html", language, f"/i4c/{quote(code, safe='')}", {}, status=status, **values)


def _page(
    request: Request,
    template: str,
    language: Language,
    path: str,
    parameters: Mapping[str, str],
    *,
    status: int = 200,
    **values: Any,
) -> Response:
    """A page in a language, packed where the reader takes that, or 304 where the reader has it."""
    text = pages.get_template(template).render(
        **values,
        **_helpers(path, language, parameters),
        style=Markup(STYLE),  # noqa: S704 - our own text
    )
    body = text.encode()
    etag = f'W/"{sha256(body).hexdigest()[:24]}"'
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "public, max-age=60",
        "Content-Language": language,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if status == 200 and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, compresslevel=6, mtime=0), "gzip"
    return Response(body, status, headers, "text/html; charset=utf-8")


def _helpers(path: str, language: Language, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What templates call things by."""

    def link(**more: str) -> str:
        asked = {name: value for name, value in more.items() if value}
        return f"{path}?{urlencode(asked)}" if asked else path

    lang = "" if language == "km" else language
    return {
        "language": language,
        "suffix": "?lang=en" if language == "en" else "",
        "t": words.words(language),
        "both": lambda thing, name: getattr(thing, f"{name}_{language}"),
        "number": lambda value: words.number(value, language),
        "riel": lambda value: words.riel(value, language),
        "year": lambda value: words.year(value, language),
        "day": lambda value: words.day(value, language),
        "value": lambda fact, value: words.fact_value(
            value, fact.value_type, getattr(fact, f"unit_{language}"), language
        ),
        "here": lambda other: link(**parameters, lang="" if other == "km" else other),
        "of_year": lambda year: link(year=str(year), lang=lang),
        "of_area": lambda code: link(area=code, lang=lang),
    }


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
