"""Opening, reading and resizing envelopes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.areas import Area
from services.budget.envelopes.models import Envelope
from services.budget.envelopes.queries import get_envelope, lock_envelopes, not_found
from services.budget.envelopes.schemas import AmountIn, EnvelopeIn, EnvelopeRead
from services.budget.fiscal_years.queries import must_be_fiscal_year
from services.budget.fund_sources.models import FundSource
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid
from shared.etag import Matching, set_etag
from shared.events.budget import EnvelopeOpened
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import must_be_areas, under
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/envelopes", tags=["envelopes"])

EnvelopeWriter = Annotated[User, Depends(Requires(Permission.ENVELOPE_WRITE))]


@router.post("", status_code=201, responses={200: {"description": "This envelope was opened before"}})
async def open_envelope(body: EnvelopeIn, user: EnvelopeWriter, db: Transaction, response: Response) -> EnvelopeRead:
    """Set money of one body aside for a year; the same request with the same id changes nothing."""
    user.must_cover(body.body.area_code)
    await must_be_areas(db, Area, [body.body.area_code], pointer="/body/area_code")
    await must_be_fiscal_year(db, body.year)
    await must_be_fund_source(db, body.fund_source)
    content = content_of(body)
    values = content | {"amount": body.amount, "opened_by": user.id} | ({"id": body.id} if body.id else {})
    row = Envelope(**values).model_dump(exclude_none=True)
    envelope: Envelope | None = await db.scalar(
        insert(Envelope).values(row).on_conflict_do_nothing(index_elements=["id"]).returning(Envelope)
    )
    if envelope is None:
        assert body.id is not None
        envelope = await get_envelope(db, body.id)
        must_be_repeat(envelope, content)
        response.status_code = 200
    else:
        await emit(db, opened(envelope))
    set_etag(response, envelope.version)
    return EnvelopeRead.of(envelope)


@router.get("")
async def list_envelopes(
    db: Transaction, page: Paging, year: Year | None = None, area: AreaScope = ""
) -> Page[EnvelopeRead]:
    """The envelopes of bodies in an area, with what is left in each."""
    statement = under(select(Envelope), col(Envelope.area_code), area)
    if year is not None:
        statement = statement.where(col(Envelope.year) == year)
    return await paginate(db, statement, page, keys=[col(Envelope.id)], read=EnvelopeRead.of)


@router.get("/{envelope_id}")
async def read_envelope(envelope_id: UUID, db: Transaction, response: Response) -> EnvelopeRead:
    """One envelope; its ETag changes with every allocation."""
    envelope = await get_envelope(db, envelope_id)
    set_etag(response, envelope.version)
    return EnvelopeRead.of(envelope)


@router.patch("/{envelope_id}")
async def resize_envelope(
    envelope_id: UUID, body: AmountIn, user: EnvelopeWriter, if_match: Matching, db: Transaction, response: Response
) -> EnvelopeRead:
    """Change the amount set aside, never below what is allocated."""
    envelope = (await lock_envelopes(db, [envelope_id])).get(envelope_id)
    if envelope is None:
        raise not_found()
    user.must_cover(envelope.area_code)
    if_match.must_match(envelope.version)
    envelope.resize(body.amount)
    set_etag(response, envelope.version)
    return EnvelopeRead.of(envelope)


async def must_be_fund_source(db: AsyncSession, code: str) -> None:
    """Raise Invalid naming the field when there is no such source."""
    if await db.get(FundSource, code) is None:
        raise Invalid.field(
            "/fund_source",
            "fund_source_unknown",
            en=f"There is no fund source {code}; GET /fund-sources lists them.",
            km=f"គ្មានប្រភពថវិកា {code} ទេ។",
        )


def content_of(body: EnvelopeIn) -> dict[str, Any]:
    """What was asked for at the opening, as columns."""
    return {
        "year": body.year,
        "fund_source": body.fund_source,
        "body_kind": body.body.kind,
        "area_code": body.body.area_code,
        "body_name_km": body.body.name_km,
        "body_name_en": body.body.name_en,
        "opened_with": body.amount,
    }


def must_be_repeat(envelope: Envelope, content: dict[str, Any]) -> None:
    """Raise Conflict when the id belongs to an envelope that was opened with other content."""
    if any(getattr(envelope, name) != value for name, value in content.items()):
        raise Conflict(
            "id_taken",
            en="This id belongs to an envelope with other content. Use a new id for a new envelope.",
            km="លេខសម្គាល់នេះជារបស់ថវិកាផ្សេង។ សូមប្រើលេខសម្គាល់ថ្មីសម្រាប់ថវិកាថ្មី។",
        )


def opened(envelope: Envelope) -> EnvelopeOpened:
    """The event of an envelope's opening."""
    return EnvelopeOpened(
        envelope_id=envelope.id,
        year=envelope.year,
        fund_source=envelope.fund_source,
        area_code=envelope.area_code,
        amount=envelope.amount,
    )
