"""Recording scoring meetings with their attendance, correcting and reading them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import any_, select
from sqlmodel import col

from services.scorecard.meetings.models import Meeting
from services.scorecard.meetings.recording import correct, record
from services.scorecard.meetings.schemas import MeetingChangeIn, MeetingIn, MeetingRead
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard, must_see
from services.scorecard.scorecards.reach import units_in_reach
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]
MeetingReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]

router = Router(prefix="/meetings", tags=["meetings"])


@router.post(
    "", status_code=201, responses={200: {"model": MeetingRead, "description": "This meeting was recorded before"}}
)
async def record_meeting(body: MeetingIn, user: Facilitator, db: Transaction, response: Response) -> MeetingRead:
    """Record a meeting that was held, with who came. Sending it again answers 200, also after it was corrected.

    Its ballots and tallies may come before or after it, or name no meeting at all.
    """
    meeting, is_new = await record(db, body, user)
    if not is_new:
        response.status_code = 200
    set_etag(response, meeting.version)
    return MeetingRead.of(meeting)


@router.get("")
async def list_meetings(
    round_id: UUID,
    user: MeetingReader,
    db: Transaction,
    page: Paging,
    area: RoundArea | None = None,
    unit_code: UnitCode | None = None,
) -> Page[MeetingRead]:
    """A round's meetings about a unit or the units of an area, by default of all in reach; late ones too."""
    await get_round(db, round_id)
    statement = select(Meeting).where(col(Meeting.round_id) == round_id)
    codes = col(Meeting.unit_codes)
    if unit_code is None:
        units = units_in_reach(round_id, user, area)
        statement = statement.where(units.where(col(Scorecard.unit_code) == any_(codes)).exists())
    else:
        card = await get_scorecard(db, round_id, unit_code)
        await must_see(db, user, [card])
        statement = statement.where(codes.contains([card.unit_code]))
    return await paginate(db, statement, page, keys=[col(Meeting.id)], read=MeetingRead.of)


@router.get("/{meeting_id}")
async def read_meeting(meeting_id: UUID, user: MeetingReader, db: Transaction, response: Response) -> MeetingRead:
    """One meeting, for facilitators and reviewers of any of its units."""
    meeting = await db.get(Meeting, meeting_id)
    if meeting is None:
        raise meeting_not_found()
    statement = select(Scorecard).where(
        col(Scorecard.round_id) == meeting.round_id, col(Scorecard.unit_code).in_(meeting.unit_codes)
    )
    await must_see(db, user, (await db.scalars(statement)).all())
    set_etag(response, meeting.version)
    return MeetingRead.of(meeting)


@router.put("/{meeting_id}")
async def correct_meeting(
    meeting_id: UUID, body: MeetingChangeIn, user: Facilitator, db: Transaction, if_match: Matching, response: Response
) -> MeetingRead:
    """Correct a meeting's record while any of its units is being scored."""
    seen = await db.get(Meeting, meeting_id)
    if seen is None:
        raise meeting_not_found()
    meeting = await correct(db, seen, body, user, if_match)
    await db.flush()
    set_etag(response, meeting.version)
    return MeetingRead.of(meeting)


def meeting_not_found() -> NotFound:
    """The refusal of an id that no meeting has."""
    return NotFound("meeting_not_found", en="There is no meeting with this id.", km="រកមិនឃើញការប្រជុំនេះទេ។")
