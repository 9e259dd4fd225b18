"""Asking for money."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from services.jaap.actions.queries import get_action
from services.jaap.actions.schemas import ActionRead
from services.jaap.funding.schemas import FundingAsked
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.events.jaap import FundingRequested
from shared.outbox import emit
from shared.routing import Router

Requester = Annotated[User, Depends(Requires(Permission.FUNDING_REQUEST))]

router = Router(prefix="/actions", tags=["funding"])


@router.post("/{action_id}:request-funds")
async def request_funds(
    action_id: UUID, asked: FundingAsked, user: Requester, db: Transaction, response: Response
) -> ActionRead:
    """Ask for money from outside for an agreed action; officers then allocate it from envelopes in budget.

    One request is open at a time. Who asks may not allocate, so the request bears the asker's account.
    """
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    request = action.ask_for(asked.amount, by=user.id)
    await db.flush()
    await emit(
        db,
        FundingRequested(
            request_id=request.id,
            action_id=action.id,
            plan_id=action.plan_id,
            year=action.year,
            area_code=action.area_code,
            title_km=action.title_km,
            title_en=action.title_en or action.title_km,
            amount=request.amount,
            requested_by=request.requested_by,
        ),
    )
    set_etag(response, action.version)
    return ActionRead.of(action)
