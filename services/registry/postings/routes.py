"""Recording posters that were put up, correcting, withdrawing and reading them."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.postings.models import Posting
from services.registry.postings.recording import must_show_a_pack, record_postings
from services.registry.postings.schemas import (
    PostingChange,
    PostingInput,
    PostingRead,
    PostingSync,
    PostingWithdrawal,
)
from services.registry.syncing import SyncReceipt, sync_records
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound, Problem
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router
from shared.schemas import Year

PostingWriter = Annotated[User, Depends(Requires(Permission.POSTING_WRITE))]
KEPT_FROM_CACHES = {"Cache-Control": "no-store"}
"""A posting may name who put it up."""

router = Router(prefix="/postings", tags=["postings"])


@router.post(
    "", status_code=201, responses={200: {"model": PostingRead, "description": "This posting was recorded before"}}
)
async def record_posting(body: PostingInput, user: PostingWriter, db: Transaction, response: Response) -> PostingRead:
    """Record that a unit's poster was put up. Sent again it answers 200, also after it was corrected or withdrawn."""
    (outcome,) = await record_postings(db, [body], user)
    if isinstance(outcome, Problem):
        raise outcome
    if not outcome.is_new:
        response.status_code = 200
    posting, unit = await get_posting(db, outcome.record.id, user)
    return _shown(posting, unit.code, response)


@router.post(":sync")
async def sync_postings(body: PostingSync, user: PostingWriter, db: Transaction, request: Request) -> SyncReceipt:
    """Take up to 200 postings out of a phone that had no signal, in any order and as often as they are sent.

    One that cannot be taken harms no other. A phone forgets what was accepted or is a duplicate, shows what was
    rejected or is in conflict, and sends again what got no answer.
    """
    language = request.headers.get("accept-language")
    return await sync_records(body.postings, PostingInput, lambda sent: record_postings(db, sent, user), language)


@router.get("")
async def list_postings(
    user: PostingWriter,
    db: Transaction,
    page: Paging,
    response: Response,
    unit: Annotated[UnitCode, Query(description="Of this unit", examples=["HC-020201-1"])],
    year: Annotated[Year | None, Query(description="Only of this year")] = None,
    withdrawn: Annotated[bool, Query(description="Instead, those that were withdrawn")] = False,
) -> Page[PostingRead]:
    """A unit's postings, the latest first; the caller's role covers the unit. Areas have the posting report."""
    of_unit = await get_by_any_code(db, unit)
    user.must_cover(of_unit.area_code, of_unit.code)
    response.headers.update(KEPT_FROM_CACHES)
    taken_back = col(Posting.withdrawn_at)
    statement = select(Posting).where(
        col(Posting.unit_id) == of_unit.id, taken_back.is_not(None) if withdrawn else taken_back.is_(None)
    )
    if year is not None:
        statement = statement.where(col(Posting.year) == year)
    keys = [col(Posting.posted_on), col(Posting.id)]
    return await paginate(
        db, statement, page, keys=keys, read=lambda posting: PostingRead.of(posting, of_unit.code), newest_first=True
    )


@router.get("/{posting_id}")
async def read_posting(posting_id: UUID, user: PostingWriter, db: Transaction, response: Response) -> PostingRead:
    """One posting."""
    posting, unit = await get_posting(db, posting_id, user)
    return _shown(posting, unit.code, response)


@router.put("/{posting_id}")
async def correct_posting(
    posting_id: UUID,
    body: PostingChange,
    user: PostingWriter,
    if_match: Matching,
    db: Transaction,
    response: Response,
) -> PostingRead:
    """Correct what was recorded of a posting; of which unit and year it is stays."""
    posting, unit = await get_posting(db, posting_id, user, lock=True)
    if_match.must_match(posting.version)
    await must_show_a_pack(db, posting, body.pack_version, body.posted_on)
    posting.correct(body.values())
    record(db, "posting", posting.id, "corrected", by=user.id, unit=unit.code, version=posting.version)
    return _shown(posting, unit.code, response)


@router.post("/{posting_id}:withdraw")
async def withdraw_posting(
    posting_id: UUID, body: PostingWithdrawal, user: PostingWriter, db: Transaction, response: Response
) -> PostingRead:
    """Take back a posting that was not made, or is recorded twice: it counts no more, and stays on record."""
    posting, unit = await get_posting(db, posting_id, user, lock=True)
    posting.withdraw(by=user.id, at=datetime.now(UTC), reason=body.reason)
    record(db, "posting", posting.id, "withdrawn", by=user.id, unit=unit.code, year=posting.year)
    return _shown(posting, unit.code, response)


async def get_posting(db: AsyncSession, posting_id: UUID, user: User, *, lock: bool = False) -> tuple[Posting, Unit]:
    """A posting and its unit, which the caller covers. Raises NotFound, Forbidden."""
    posting: Posting | None = await db.get(Posting, posting_id, with_for_update=lock or None, populate_existing=lock)
    if posting is None:
        raise NotFound("posting_not_found", en="There is no posting with this id.", km="រកមិនឃើញកំណត់ត្រាការបិទផ្សាយនេះទេ។")
    unit: Unit = (await db.scalars(select(Unit).where(col(Unit.id) == posting.unit_id))).one()
    user.must_cover(unit.area_code, unit.code)
    return posting, unit


def _shown(posting: Posting, unit_code: str, response: Response) -> PostingRead:
    set_etag(response, posting.version)
    response.headers.update(KEPT_FROM_CACHES)
    return PostingRead.of(posting, unit_code)
