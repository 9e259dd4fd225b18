"""Reading what actions ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import and_, or_, select
from sqlmodel import col

from services.budget.requests.models import FundingRequest, RequestStatus
from services.budget.requests.schemas import RequestRead
from shared.areas import AreaScope, prefix_range
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/requests", tags=["requests"])

RequestReader = Annotated[User, Depends(Requires(Permission.REQUEST_READ))]


@router.get("")
async def list_requests(
    user: RequestReader,
    db: Transaction,
    page: Paging,
    area: AreaScope | None = None,
    year: Year | None = None,
    status: RequestStatus | None = None,
) -> Page[RequestRead]:
    """The requests of an area; without one, all that the reader's roles reach."""
    statement = select(FundingRequest)
    if area is None:
        ranges = [prefix_range(grant.area_code) for grant in user.grants]
        code = col(FundingRequest.area_code)
        statement = statement.where(or_(*(and_(code >= low, code < high) for low, high in ranges)))
    else:
        user.must_cover(area)
        statement = under(statement, col(FundingRequest.area_code), area)
    if year is not None:
        statement = statement.where(col(FundingRequest.year) == year)
    if status is not None:
        statement = statement.where(col(FundingRequest.status) == status)
    return await paginate(db, statement, page, keys=[col(FundingRequest.id)], read=RequestRead.of)


@router.get("/{request_id}")
async def read_request(request_id: UUID, user: RequestReader, db: Transaction) -> RequestRead:
    """One request."""
    request = await db.get(FundingRequest, request_id)
    if request is None:
        raise NotFound("request_not_found", en="There is no such request.", km="រកមិនឃើញសំណើថវិកានេះទេ។")
    user.must_cover(request.area_code)
    return RequestRead.of(request)
