"""Recording the meetings of bodies, correcting, withdrawing and reading them."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.bodies.models import Body
from services.registry.bodies.queries import get_body, in_reach
from services.registry.bodies.routes import InArea, OfKind
from services.registry.body_meetings.models import BodyMeeting
from services.registry.body_meetings.recording import check_day, must_be_only_one, record_meetings
from services.registry.body_meetings.schemas import (
    BodyMeetingChange,
    BodyMeetingInput,
    BodyMeetingRead,
    BodyMeetingSync,
    BodyMeetingWithdrawal,
)
from services.registry.duties.keeping import keep_duties
from services.registry.syncing import SyncReceipt, sync_records
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound, Problem
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

BodyMeetingReader = Annotated[User, Depends(Requires(Permission.BODY_MEETING_READ))]
BodyMeetingWriter = Annotated[User, Depends(Requires(Permission.BODY_MEETING_WRITE))]

router = Router(prefix="/body-meetings", tags=["body meetings"])


@router.post(
    "", status_code=201, responses={200: {"model": BodyMeetingRead, "description": "This meeting was recorded before"}}
)
async def record_body_meeting(
    body: BodyMeetingInput, user: BodyMeetingWriter, db: Transaction, response: Response
) -> BodyMeetingRead:
    """Record a meeting that a body held. Sending it again answers 200, also after it was corrected or withdrawn."""
    (outcome,) = await record_meetings(db, [body], user)
    if isinstance(outcome, Problem):
        raise outcome
    if not outcome.is_new:
        response.status_code = 200
    set_etag(response, outcome.record.version)
    return BodyMeetingRead.of(outcome.record)


@router.post(":sync")
async def sync_body_meetings(
    body: BodyMeetingSync, user: BodyMeetingWriter, db: Transaction, request: Request
) -> SyncReceipt:
    """Take up to 200 meetings out of a phone that had no signal, in any order and as often as they are sent.

    One that cannot be taken harms no other. A phone forgets what was accepted or is a duplicate, shows what was
    rejected or is in conflict, and sends again what got no answer.
    """
    language = request.headers.get("accept-language")
    return await sync_records(body.meetings, BodyMeetingInput, lambda sent: record_meetings(db, sent, user), language)


@router.get("")
async def list_body_meetings(
    user: BodyMeetingReader,
    db: Transaction,
    page: Paging,
    area: InArea = "",
    kind: OfKind = None,
    body_id: Annotated[UUID | None, Query(description="Only of this body")] = None,
    from_: Annotated[date | None, Query(alias="from", description="Only from this day on")] = None,
    until: Annotated[date | None, Query(description="Only until this day")] = None,
    withdrawn: Annotated[bool, Query(description="Instead, those that were withdrawn")] = False,
) -> Page[BodyMeetingRead]:
    """Meetings of the bodies that the caller's roles cover, the latest first."""
    statement = select(BodyMeeting).join(Body, col(Body.id) == col(BodyMeeting.body_id)).where(in_reach(user))
    statement = under(statement, col(Body.area_code), area) if area else statement
    taken_back = col(BodyMeeting.withdrawn_at)
    statement = statement.where(taken_back.is_not(None) if withdrawn else taken_back.is_(None))
    if kind is not None:
        statement = statement.where(col(Body.kind) == kind)
    if body_id is not None:
        statement = statement.where(col(BodyMeeting.body_id) == body_id)
    if from_ is not None:
        statement = statement.where(col(BodyMeeting.held_on) >= from_)
    if until is not None:
        statement = statement.where(col(BodyMeeting.held_on) <= until)
    keys = [col(BodyMeeting.held_on), col(BodyMeeting.id)]
    return await paginate(db, statement, page, keys=keys, read=BodyMeetingRead.of, newest_first=True)


@router.get("/{meeting_id}")
async def read_body_meeting(
    meeting_id: UUID, user: BodyMeetingReader, db: Transaction, response: Response
) -> BodyMeetingRead:
    """One meeting."""
    meeting = await _get(db, meeting_id)
    user.must_cover((await get_body(db, meeting.body_id)).area_code)
    set_etag(response, meeting.version)
    return BodyMeetingRead.of(meeting)


@router.put("/{meeting_id}")
async def correct_body_meeting(
    meeting_id: UUID,
    body: BodyMeetingChange,
    user: BodyMeetingWriter,
    if_match: Matching,
    db: Transaction,
    response: Response,
) -> BodyMeetingRead:
    """Correct what was recorded of a meeting; of which body it was stays."""
    meeting, of_body = await _lock(db, meeting_id, user)
    if_match.must_match(meeting.version)
    check_day(of_body, body.held_on)
    await must_be_only_one(db, meeting, body)
    meeting.correct(body.values())
    await keep_duties(db, [of_body.id])
    record(db, "body_meeting", meeting.id, "corrected", by=user.id, body=str(of_body.id), version=meeting.version)
    set_etag(response, meeting.version)
    return BodyMeetingRead.of(meeting)


@router.post("/{meeting_id}:withdraw")
async def withdraw_body_meeting(
    meeting_id: UUID, body: BodyMeetingWithdrawal, user: BodyMeetingWriter, db: Transaction, response: Response
) -> BodyMeetingRead:
    """Take back a meeting that was not held, or is recorded twice: it counts no more, and stays on record."""
    meeting, of_body = await _lock(db, meeting_id, user)
    meeting.withdraw(by=user.id, at=datetime.now(UTC), reason=body.reason)
    await keep_duties(db, [of_body.id])
    record(db, "body_meeting", meeting.id, "withdrawn", by=user.id, body=str(of_body.id), held_on=str(meeting.held_on))
    set_etag(response, meeting.version)
    return BodyMeetingRead.of(meeting)


async def _get(db: AsyncSession, meeting_id: UUID, *, lock: bool = False) -> BodyMeeting:
    meeting: BodyMeeting | None = await db.get(
        BodyMeeting, meeting_id, with_for_update=lock or None, populate_existing=lock
    )
    if meeting is None:
        raise NotFound("body_meeting_not_found", en="There is no meeting with this id.", km="រកមិនឃើញការប្រជុំនេះទេ។")
    return meeting


async def _lock(db: AsyncSession, meeting_id: UUID, user: User) -> tuple[BodyMeeting, Body]:
    """The meeting to change, after its body, as whoever records one takes them."""
    body = await get_body(db, (await _get(db, meeting_id)).body_id, lock=True)
    user.must_cover(body.area_code)
    return await _get(db, meeting_id, lock=True), body
