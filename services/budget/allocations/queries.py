"""The ledger's locks: actions, then requests, then envelopes, then allocations, each kind in the order of ids."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.allocations.models import Allocation
from services.budget.allocations.schemas import released
from services.budget.envelopes.models import Envelope
from services.budget.envelopes.queries import lock_envelopes
from services.budget.requests.models import FundingRequest
from services.budget.requests.queries import lock_actions, lock_requests, lock_requests_of_actions
from services.budget.tables import now
from shared.errors import Invalid, NotFound
from shared.outbox import emit_all


async def lock_sides(
    db: AsyncSession, request_id: UUID, envelope_id: UUID
) -> tuple[FundingRequest | None, Envelope | None]:
    """A request and an envelope as they are now, locked."""
    requests = await lock_requests(db, [request_id])
    envelopes = await lock_envelopes(db, [envelope_id])
    return requests.get(request_id), envelopes.get(envelope_id)


async def get_sides(db: AsyncSession, request_id: UUID, envelope_id: UUID) -> tuple[FundingRequest, Envelope]:
    """The same, for a new allocation. Raises Invalid naming the field."""
    request, envelope = await lock_sides(db, request_id, envelope_id)
    if request is None:
        raise Invalid.field(
            "/request_id",
            "request_unknown",
            en="There is no such request; one that was just made arrives in a moment.",
            km="រកមិនឃើញសំណើថវិកានេះទេ។ សំណើដែលទើបនឹងធ្វើ នឹងមកដល់ក្នុងពេលបន្តិចទៀត។",
        )
    if envelope is None:
        raise Invalid.field("/envelope_id", "envelope_unknown", en="There is no such envelope.", km="រកមិនឃើញថវិកានេះទេ។")
    return request, envelope


async def lock_allocation(db: AsyncSession, allocation_id: UUID) -> tuple[Allocation, FundingRequest, Envelope]:
    """An allocation with both its sides as they are now, locked. Raises NotFound."""
    seen = await get_allocation(db, allocation_id)
    request, envelope = await lock_sides(db, seen.request_id, seen.envelope_id)
    assert request is not None
    assert envelope is not None
    await db.refresh(seen, with_for_update=True)
    return seen, request, envelope


async def get_allocation(db: AsyncSession, allocation_id: UUID) -> Allocation:
    """An allocation. Raises NotFound."""
    allocation = await db.get(Allocation, allocation_id)
    if allocation is None:
        raise NotFound("allocation_not_found", en="There is no such allocation.", km="រកមិនឃើញការវិភាជថវិកានេះទេ។")
    return allocation


async def withdraw_actions(db: AsyncSession, reasons: Mapping[UUID, str]) -> None:
    """Dropped actions, each with the reason: their requests are withdrawn and all they were given goes back."""
    actions = await lock_actions(db, reasons)
    for action in actions.values():
        action.dropped_at, action.drop_reason = action.dropped_at or now(), reasons[action.id]
    requests = await lock_requests_of_actions(db, reasons)
    allocations = await _live_allocations(db, requests)
    envelopes = await lock_envelopes(db, {allocation.envelope_id for allocation in allocations})
    for allocation in allocations:
        request = requests[allocation.request_id]
        allocation.release(request, envelopes[allocation.envelope_id], reasons[request.action_id], by=None)
    for request in requests.values():
        request.withdraw()
    if allocations:
        await emit_all(db, [released(allocation) for allocation in allocations])


async def _live_allocations(db: AsyncSession, requests: Mapping[UUID, FundingRequest]) -> Sequence[Allocation]:
    """What requests were given and still hold; no row of it changes while the requests are locked."""
    statement = select(Allocation).where(
        col(Allocation.request_id).in_(requests.keys()), col(Allocation.released_at).is_(None)
    )
    return (await db.scalars(statement.order_by(col(Allocation.id)))).all()
