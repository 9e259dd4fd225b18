"""Recording a meeting once, about units that the facilitator serves."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.meetings.models import Meeting
from services.scorecard.meetings.rules import check_meeting
from services.scorecard.meetings.schemas import MeetingChangeIn, MeetingIn
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import NONE_SHARED, Shared, comes_late, must_facilitate, share_scorecard
from services.scorecard.scorecards.villages import must_be_village_of
from shared.auth.user import User
from shared.errors import Conflict
from shared.etag import IfMatch


async def record(db: AsyncSession, body: MeetingIn, user: User, shared: Shared = NONE_SHARED) -> tuple[Meeting, bool]:
    """The recorded meeting, and whether it is new. Raises why it cannot be."""
    cards = await cards_of(db, body.round_id, body.unit_codes, user, shared)
    sent_hash = body.digest()
    body = body.about(cards)
    before = await _find_same(db, body, sent_hash)
    if before is not None:
        return before, False
    await check(db, body, cards)
    meeting = Meeting(
        **body.values(),
        late=all([await comes_late(db, card) for card in cards]),
        recorded_by=user.id,
        recorded_at=datetime.now(UTC),
        sent_hash=sent_hash,
    )
    statement = insert(Meeting).values(meeting.model_dump()).on_conflict_do_nothing().returning(col(Meeting.id))
    if await db.scalar(statement) is not None:
        return meeting, True
    before = await _find_same(db, body, sent_hash)
    assert before is not None
    return before, False


async def correct(db: AsyncSession, seen: Meeting, body: MeetingChangeIn, user: User, if_match: IfMatch) -> Meeting:
    """The meeting as it is said to have been now. Raises why it cannot be, or when somebody else corrected it."""
    cards = await cards_of(db, seen.round_id, [*seen.unit_codes, *body.unit_codes], user)
    about = await cards_of(db, seen.round_id, body.unit_codes, user)
    meeting: Meeting = await db.get_one(Meeting, seen.id, with_for_update=True, populate_existing=True)
    if_match.must_match(meeting.version)
    await check(db, body.about(about), about)
    meeting.correct(body.about(about).values(), running=any(card.accepts_scores for card in cards))
    return meeting


async def check(db: AsyncSession, body: MeetingChangeIn, cards: Sequence[Scorecard]) -> None:
    """Raise Invalid when the meeting cannot have been, or not in this village."""
    check_meeting(body)
    for card in cards:
        await must_be_village_of(db, body.village_code, card)


async def cards_of(
    db: AsyncSession, round_id: UUID, unit_codes: Iterable[str], user: User, shared: Shared = NONE_SHARED
) -> list[Scorecard]:
    """The scorecards of units that the caller serves, shared in the order of batches; one sent by two codes twice."""
    found = []
    for code in sorted(unit_codes):
        card = await share_scorecard(db, round_id, code, shared)
        await must_facilitate(db, user, card)
        found.append(card)
    return sorted(found, key=lambda card: card.unit_code)


async def _find_same(db: AsyncSession, body: MeetingIn, sent_hash: bytes) -> Meeting | None:
    """The meeting that was recorded under the same id. Raises Conflict when it was another one."""
    before: Meeting | None = await db.get(Meeting, body.id, populate_existing=True)
    if before is None or before.sent_hash == sent_hash:
        return before
    if any(getattr(before, name) != value for name, value in body.values().items()):
        raise Conflict(
            "conflict",
            en="A different meeting is recorded under this id. A new meeting needs a new id; correct one by PUT.",
            km="លេខសម្គាល់នេះមានការប្រជុំផ្សេងរួចហើយ។ ការប្រជុំថ្មីត្រូវមានលេខសម្គាល់ថ្មី; បើចង់កែ សូមកែកំណត់ត្រាដើម។",
        )
    return before
