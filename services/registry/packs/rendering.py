"""Pages from templates: their words, links and headers."""

import gzip
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.registry.packs import words
from shared.language import Language

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)


def show_page(
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
        "either": lambda thing, name: _either(thing, name, language),
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


def _either(thing: Any, name: str, language: Language) -> dict[str, str] | None:
    """A text in the page's language, in the other one where it is missing, as posters have it."""
    order: tuple[Language, Language] = ("km", "en") if language == "km" else ("en", "km")
    told = ((getattr(thing, f"{name}_{one}"), one) for one in order)
    return next(({"text": text, "lang": one} for text, one in told if text), None)
