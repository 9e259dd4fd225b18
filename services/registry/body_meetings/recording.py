"""Recording meetings once, one or many, each judged on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.bodies.models import Body
from services.registry.bodies.queries import body_not_found
from services.registry.body_meetings.models import BodyMeeting
from services.registry.body_meetings.schemas import BodyMeetingChange, BodyMeetingInput
from services.registry.cafs.activity import note_work
from services.registry.duties.keeping import keep_duties
from services.registry.phone_records import Outcome, Recorded, keep_new, take_each
from shared.auth.user import User
from shared.errors import Conflict, Invalid


async def record_meetings(db: AsyncSession, sent: Sequence[BodyMeetingInput], user: User) -> list[Outcome[BodyMeeting]]:
    """What became of each meeting, in their order; what a meeting is refused for harms no other."""

    async def judge() -> list[Outcome[BodyMeeting]]:
        desk = await _open_desk(db, {one.body_id for one in sent}, {one.id for one in sent})
        return take_each(sent, lambda one: desk.take(one, user))

    outcomes, new = await keep_new(db, judge)
    if new:
        await keep_duties(db, list({meeting.body_id for meeting in new}))
        await note_work(db, user.id, max(meeting.held_on for meeting in new))
    return outcomes


def check_day(body: Body, held_on: date) -> None:
    """Raise Invalid for a day to come, or on which the body was not there."""
    if held_on > today_in_cambodia():
        raise Invalid.field(
            "/held_on",
            "date_in_future",
            en="A meeting is recorded once it was held: the day must not lie in the future.",
            km="ការប្រជុំត្រូវកត់ត្រាក្រោយពេលបានប្រជុំរួច៖ កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។",
        )
    body.must_be_there(held_on, "/held_on")


async def must_be_only_one(db: AsyncSession, meeting: BodyMeeting, change: BodyMeetingChange) -> None:
    """Raise Conflict when the body held another meeting on the day."""
    other = select(col(BodyMeeting.id)).where(
        col(BodyMeeting.body_id) == meeting.body_id,
        col(BodyMeeting.held_on) == change.held_on,
        col(BodyMeeting.withdrawn_at).is_(None),
        col(BodyMeeting.id) != meeting.id,
    )
    if found := await db.scalar(other):
        raise day_taken(change.held_on, found)


def day_taken(day: date, meeting_id: UUID) -> Conflict:
    """The refusal of a second meeting on a day: it is the same one, recorded by somebody else."""
    return Conflict(
        "meeting_recorded_already",
        en=f"A meeting of this body on {day} is recorded already. If something is wrong with it, correct that one.",
        km=f"ការប្រជុំនៅថ្ងៃទី {day} ត្រូវបានកត់ត្រារួចហើយ។ បើមានកំហុស សូមកែកំណត់ត្រានោះ។",
        extra={"meeting_id": str(meeting_id)},
    )


async def _open_desk(db: AsyncSession, body_ids: set[UUID], ids: set[UUID]) -> "_Desk":
    """Lock the bodies, in one order, and read what is recorded of them."""
    statement = select(Body).where(col(Body.id).in_(body_ids)).order_by(col(Body.id)).with_for_update()
    bodies = {body.id: body for body in await db.scalars(statement.execution_options(populate_existing=True))}
    known = {
        meeting.id: meeting for meeting in await db.scalars(select(BodyMeeting).where(col(BodyMeeting.id).in_(ids)))
    }
    standing = select(col(BodyMeeting.body_id), col(BodyMeeting.held_on), col(BodyMeeting.id)).where(
        col(BodyMeeting.body_id).in_(bodies), col(BodyMeeting.withdrawn_at).is_(None)
    )
    days = {(row.body_id, row.held_on): row.id for row in await db.execute(standing)}
    return _Desk(bodies, known, days)


@dataclass(slots=True)
class _Desk:
    """What is known of the bodies whose meetings were sent."""

    bodies: dict[UUID, Body]
    known: dict[UUID, BodyMeeting]
    days: dict[tuple[UUID, date], UUID]

    def take(self, sent: BodyMeetingInput, user: User) -> Recorded[BodyMeeting]:
        """The meeting, new or as it was sent before. Raises why it cannot be."""
        body = self.bodies.get(sent.body_id)
        if body is None:
            raise body_not_found()
        user.must_cover(body.area_code)
        before = self.known.get(sent.id)
        if before is not None:
            return Recorded(_same(before, sent), is_new=False)
        check_day(body, sent.held_on)
        if taken := self.days.get((body.id, sent.held_on)):
            raise day_taken(sent.held_on, taken)
        now = datetime.now(UTC)
        meeting = BodyMeeting(**sent.values(), recorded_by=user.id, recorded_at=now, sent_hash=sent.digest())
        self.known[meeting.id] = meeting
        self.days[body.id, meeting.held_on] = meeting.id
        return Recorded(meeting, is_new=True)


def _same(before: BodyMeeting, sent: BodyMeetingInput) -> BodyMeeting:
    """The meeting that was recorded under the same id. Raises Conflict when it was another one."""
    if not before.says(sent.values(), sent.digest()):
        raise Conflict(
            "conflict",
            en="A different meeting is recorded under this id. A new meeting needs a new id; correct one by PUT.",
            km="លេខសម្គាល់នេះមានការប្រជុំផ្សេងរួចហើយ។ ការប្រជុំថ្មីត្រូវមានលេខសម្គាល់ថ្មី; បើចង់កែ សូមកែកំណត់ត្រាដើម។",
        )
    return before
