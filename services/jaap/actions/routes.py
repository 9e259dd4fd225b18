"""Proposing actions, changing them while proposed, and reading them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.jaap.actions.models import Action
from services.jaap.actions.queries import find_action, get_action
from services.jaap.actions.schemas import ActionChanges, ActionCreate, ActionRead
from services.jaap.areas import Unit
from services.jaap.plans.models import AgendaItem, Plan
from services.jaap.plans.queries import get_plan
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid
from shared.etag import Matching, set_etag
from shared.events.jaap import ActionStatus
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import get_unit, under
from shared.routing import Router
from shared.schemas import Year

Writer = Annotated[User, Depends(Requires(Permission.ACTION_WRITE))]

router = Router(tags=["actions"])


@router.post(
    "/plans/{plan_id}/actions",
    status_code=201,
    responses={200: {"model": ActionRead, "description": "The same action was proposed before"}},
)
async def create_action(
    plan_id: UUID, content: ActionCreate, user: Writer, db: Transaction, response: Response
) -> ActionRead:
    """Propose an action for the plan; it gets the plan's next number.

    With an `id` made by the client, the same action sent again answers 200 and counts once.
    """
    plan = await get_plan(db, plan_id, lock=True)
    user.must_cover(plan.area_code)
    fingerprint = content.fingerprint(plan_id)
    known = await find_action(db, content.id) if content.id else None
    if known is not None:
        response.status_code = 200
        set_etag(response, known.version)
        return ActionRead.of(_same(known, fingerprint))
    action = Action(
        **content.model_dump(exclude_none=True),
        plan_id=plan.id,
        year=plan.year,
        area_code=plan.area_code,
        number=plan.take_number(),
        proposed_by=user.id,
        fingerprint=fingerprint,
        progress=[],
        requests=[],
    )
    action.must_add_up()
    action.unit_code = await _check_references(db, plan, action.unit_code, action.agenda_item_id)
    db.add(action)
    await db.flush()
    await emit(db, action.proposed())
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.patch("/actions/{action_id}")
async def change_action(
    action_id: UUID, changes: ActionChanges, user: Writer, db: Transaction, if_match: Matching, response: Response
) -> ActionRead:
    """Change a proposed action. Once agreed it stands as it was agreed on."""
    action = await get_action(db, action_id, lock=True)
    user.must_cover(action.area_code)
    if_match.must_match(action.version)
    action.must_be_open_to_edits()
    changed = changes.model_dump(exclude_unset=True)
    plan = await get_plan(db, action.plan_id)
    unit_code = await _check_references(db, plan, changed.get("unit_code"), changed.get("agenda_item_id"))
    if "unit_code" in changed:
        changed["unit_code"] = unit_code
    for name, value in changed.items():
        setattr(action, name, value)
    action.must_add_up()
    action.version += 1
    set_etag(response, action.version)
    return ActionRead.of(action)


@router.get("/actions")
async def list_actions(
    db: Transaction,
    page: Paging,
    plan_id: Annotated[UUID | None, Query(description="Actions of this plan")] = None,
    area: Annotated[AreaScope, Query(description="Actions of this area and below", examples=["0201"])] = "",
    year: Annotated[Year | None, Query(description="Actions of this year's plans", examples=[2026])] = None,
    status: Annotated[ActionStatus | None, Query(description="Actions that stand here", examples=["agreed"])] = None,
) -> Page[ActionRead]:
    """Actions by area, year and number."""
    statement = under(select(Action), col(Action.area_code), area)
    for column, wanted in ((Action.plan_id, plan_id), (Action.year, year), (Action.status, status)):
        if wanted is not None:
            statement = statement.where(col(column) == wanted)
    keys = [col(Action.area_code), col(Action.year), col(Action.number)]
    return await paginate(db, statement, page, keys=keys, read=ActionRead.of)


@router.get("/actions/{action_id}")
async def read_action(action_id: UUID, db: Transaction, response: Response) -> ActionRead:
    """One action with its progress reports and requests; the ETag is needed to change it."""
    action = await get_action(db, action_id)
    set_etag(response, action.version)
    return ActionRead.of(action)


def _same(known: Action, fingerprint: bytes) -> Action:
    if known.fingerprint != fingerprint:
        raise Conflict(
            "id_taken",
            en="An action with this id exists and has other content. Make a new id for a new action.",
            km="មានសកម្មភាពដែលប្រើ id នេះរួចហើយ ហើយមានខ្លឹមសារផ្សេង។ សូមបង្កើត id ថ្មី។",
        )
    return known


async def _check_references(
    db: AsyncSession, plan: Plan, unit_code: str | None, agenda_item_id: UUID | None
) -> str | None:
    """The unit's code of today. Raises Invalid when it is unknown or elsewhere, or the item is not on the agenda."""
    if unit_code is not None:
        unit = await get_unit(db, Unit, unit_code)
        unit_code = unit.code
        plan.must_contain(unit.code, unit.area_code)
    if agenda_item_id is None:
        return unit_code
    on_agenda = select(AgendaItem).where(
        col(AgendaItem.id) == agenda_item_id, col(AgendaItem.plan_id) == plan.id, col(AgendaItem.on_agenda)
    )
    if await db.scalar(on_agenda) is None:
        raise Invalid.field(
            "/agenda_item_id",
            "agenda_item_unknown",
            en="This is not an item of the plan's agenda.",
            km="ចំណុចនេះមិនមានក្នុងរបៀបវារៈនៃផែនការនេះទេ។",
        )
    return unit_code
