"""Giving money to requests, and taking it back."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlmodel import col

from services.budget.allocations.models import Allocation
from services.budget.allocations.queries import get_allocation, get_sides, lock_allocation
from services.budget.allocations.schemas import AllocationIn, AllocationRead, ReleaseIn, made, released
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Forbidden
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/allocations", tags=["allocations"])

Allocator = Annotated[User, Depends(Requires(Permission.ALLOCATION_WRITE))]


@router.post("", status_code=201, responses={200: {"description": "This allocation was made before"}})
async def allocate(body: AllocationIn, user: Allocator, db: Transaction, response: Response) -> AllocationRead:
    """Give money of an envelope to a request, never more than either holds; the same id again changes nothing."""
    request, envelope = await get_sides(db, body.request_id, body.envelope_id)
    user.must_cover(envelope.area_code)
    if body.id is not None and (before := await db.get(Allocation, body.id)):
        if not before.is_repeat(body.request_id, body.envelope_id, body.amount):
            raise id_taken()
        response.status_code = 200
        return AllocationRead.of(before)
    if request.requested_by == user.id:
        raise Forbidden(
            "separation_of_duties",
            en="You asked for this money yourself: somebody else must allocate it.",
            km="អ្នកបានស្នើសុំថវិកានេះដោយខ្លួនឯង៖ ត្រូវមានអ្នកផ្សេងវិភាជវា។",
        )
    allocation = Allocation.make(request, envelope, body.amount, by=user.id, id=body.id)
    db.add(allocation)
    await db.flush()
    await emit(db, made(allocation))
    return AllocationRead.of(allocation)


@router.post("/{allocation_id}:release")
async def release_allocation(allocation_id: UUID, body: ReleaseIn, user: Allocator, db: Transaction) -> AllocationRead:
    """Let the money go back to its envelope; the request lacks it again."""
    allocation, request, envelope = await lock_allocation(db, allocation_id)
    user.must_cover(envelope.area_code)
    allocation.release(request, envelope, body.reason, by=user.id)
    await emit(db, released(allocation))
    return AllocationRead.of(allocation)


@router.get("")
async def list_allocations(
    db: Transaction,
    page: Paging,
    area: AreaScope = "",
    year: Year | None = None,
    request_id: UUID | None = None,
    envelope_id: UUID | None = None,
) -> Page[AllocationRead]:
    """The allocations to actions in an area, released ones too."""
    statement = under(select(Allocation), col(Allocation.area_code), area)
    for column, value in (
        (col(Allocation.year), year),
        (col(Allocation.request_id), request_id),
        (col(Allocation.envelope_id), envelope_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return await paginate(db, statement, page, keys=[col(Allocation.id)], read=AllocationRead.of)


@router.get("/{allocation_id}")
async def read_allocation(allocation_id: UUID, db: Transaction) -> AllocationRead:
    """One allocation."""
    return AllocationRead.of(await get_allocation(db, allocation_id))


def id_taken() -> Conflict:
    """The refusal of an id that belongs to another allocation."""
    return Conflict(
        "id_taken",
        en="This id belongs to another allocation. Use a new id for a new allocation.",
        km="លេខសម្គាល់នេះជារបស់ការវិភាជថវិកាផ្សេង។ សូមប្រើលេខសម្គាល់ថ្មី។",
    )
