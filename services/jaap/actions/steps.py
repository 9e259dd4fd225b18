"""The steps of an action on its path, and reports of its progress."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from services.jaap.actions.queries import get_action
from services.jaap.actions.schemas import ActionRead, DropReason, ProgressInput
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.outbox import emit
from shared.routing import Router

Committee = Annotated[User, Depends(Requires(Permission.ACTION_AGREE))]
Writer = Annotated[User, Depends(Requires(Permission.ACTION_WRITE))]

router = Router(prefix="/actions", tags=["actions"])


@router.post("/{action_id}:agree")
async def agree_action(action_id: UUID, user: Committee, db: Transaction, response: Response) -> ActionRead:
    """The committee takes a proposed action into the plan."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    await emit(db, action.agree())
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.post("/{action_id}:start")
async def start_action(action_id: UUID, user: Writer, db: Transaction, response: Response) -> ActionRead:
    """Work begins: with own resources once agreed, with outside resources once funded."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    await emit(db, action.start())
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.post("/{action_id}:finish")
async def finish_action(action_id: UUID, user: Writer, db: Transaction, response: Response) -> ActionRead:
    """The action in progress is done."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    await emit(db, action.finish())
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.post("/{action_id}:drop")
async def drop_action(
    action_id: UUID, dropped: DropReason, user: Writer, db: Transaction, response: Response
) -> ActionRead:
    """The action will not be done, for a reason that everybody can read; budget takes its money back."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    await emit(db, action.drop(dropped.reason))
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.post("/{action_id}/progress", status_code=201)
async def report_progress(
    action_id: UUID, report: ProgressInput, user: Writer, db: Transaction, response: Response
) -> ActionRead:
    """Say how far an action in progress has come; less than last time is an honest report, too."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    action.report(report.percent, report.note, report.reported_on, by=user.id)
    await db.flush()
    set_etag(response, action.version)
    return ActionRead.of(action)
