"""Asking to change a scorecard that was submitted, and deciding it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import must_cover_unit, units_of, within_reach
from services.scorecard.change_requests.models import RequestState, ScorecardRequest, find_open_request
from services.scorecard.change_requests.schemas import (
    ApprovalIn,
    RefusalIn,
    ScorecardRequestIn,
    ScorecardRequestRead,
)
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.late import include_late
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard
from services.scorecard.scorecards.reach import with_scorecards
from services.scorecard.scorecards.steps import record_step
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

Asker = Annotated[User, Depends(Requires(Permission.CHANGE_REQUEST))]
RequestReader = Annotated[User, Depends(Requires(Permission.CHANGE_REQUEST_READ))]
Decider = Annotated[User, Depends(Requires(Permission.SCORECARD_REVIEW))]

router = Router(tags=["change requests"])


@router.post("/rounds/{round_id}/units/{unit_code}/requests", status_code=201)
async def request_scorecard_change(
    round_id: UUID, unit_code: UnitCode, body: ScorecardRequestIn, user: Asker, db: Transaction
) -> ScorecardRequestRead:
    """Ask to change a scorecard that was submitted: by its facilitators or the unit itself, one request at a time."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    must_cover_unit(user, (await units_of(db, [card.unit_code]))[card.unit_code])
    card.must_need_unlocking()
    if await find_open_request(db, card) is not None:
        raise Conflict(
            "request_open",
            en="A request to change this scorecard is waiting to be decided already.",
            km="មានសំណើកែប្រែតារាងពិន្ទុនេះកំពុងរង់ចាំការសម្រេចរួចហើយ។",
        )
    asked = ScorecardRequest(
        round_id=card.round_id,
        unit_code=card.unit_code,
        reason=body.reason,
        asked_by=user.id,
        asked_at=datetime.now(UTC),
    )
    db.add(asked)
    await record_step(db, card, "change_requested", by=user.id, before=card.state, reason=body.reason)
    return ScorecardRequestRead.of(asked)


@router.get("/requests")
async def list_scorecard_requests(
    user: RequestReader,
    db: Transaction,
    page: Paging,
    round_id: UUID | None = None,
    area: RoundArea | None = None,
    state: RequestState | None = None,
) -> Page[ScorecardRequestRead]:
    """Requests to change scorecards, the oldest first, by default in all that the caller's roles reach."""
    card, asked = Scorecard, ScorecardRequest
    statement = with_scorecards(asked).where(within_reach(user, col(card.area_code), col(card.unit_code)))
    if area is not None:
        statement = under(statement, col(card.area_code), area)
    for column, wanted in ((col(asked.round_id), round_id), (col(asked.state), state)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return await paginate(db, statement, page, keys=[col(asked.id)], read=ScorecardRequestRead.of)


@router.post("/requests/{request_id}:approve")
async def approve_scorecard_request(
    request_id: UUID, body: ApprovalIn, user: Decider, db: Transaction
) -> ScorecardRequestRead:
    """Let the scorecard be scored again until it is resubmitted; neither by who asked nor by who submitted it.

    A published result stays as it is until another version is published. Once the round is closed only facilitators
    score; with `include_late` their records that came after scoring had ended count from now on.
    """
    asked, card = await _lock(db, request_id, user)
    before, now = card.state, datetime.now(UTC)
    asked.approve(card, user.id, now, body.note)
    await record_step(db, card, "change_approved", by=user.id, before=before, reason=body.note, at=now)
    if body.include_late:
        asked.late_counted = await include_late(db, card)
        await db.flush()
    return ScorecardRequestRead.of(asked)


@router.post("/requests/{request_id}:refuse")
async def refuse_scorecard_request(
    request_id: UUID, body: RefusalIn, user: Decider, db: Transaction
) -> ScorecardRequestRead:
    """Leave the scorecard as it was submitted, with a note; neither by who asked nor by who submitted it."""
    asked, card = await _lock(db, request_id, user)
    now = datetime.now(UTC)
    asked.refuse(card, user.id, now, body.note)
    await record_step(db, card, "change_refused", by=user.id, before=card.state, reason=body.note, at=now)
    return ScorecardRequestRead.of(asked)


async def _lock(db: AsyncSession, request_id: UUID, user: User) -> tuple[ScorecardRequest, Scorecard]:
    """The request and its scorecard, which is locked first, as by whoever asks. Raises unless the caller reaches it."""
    asked = await db.get(ScorecardRequest, request_id)
    if asked is None:
        raise NotFound("request_not_found", en="There is no request with this id.", km="រកមិនឃើញសំណើដែលមានលេខសម្គាល់នេះទេ។")
    card = await get_scorecard(db, asked.round_id, asked.unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    await db.refresh(asked, with_for_update=True)
    return asked, card
