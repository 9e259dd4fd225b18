"""Comments by phone: the unit's token opens the way, and each phone may send so many."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.ballots.links import BallotLinks, Scanned, token_invalid
from services.scorecard.ballots.writes import PHONE_HASH
from services.scorecard.comments.schemas import CommentIn
from services.scorecard.scorecards.following import is_old_code
from services.scorecard.scorecards.queries import changed_meanwhile, refuse_scores
from shared.digits import khmer_digits
from shared.errors import Invalid, TooManyRequests

MOST_PER_PHONE = 12
"""About one for each indicator."""
MOST_HELD = 300
"""Comments of phones on a unit that may wait to be read: who sends more would bury what citizens say."""
HELD = text(
    """
    SELECT count(*) FROM (
        SELECT FROM comment JOIN comment AS sent USING (round_id, unit_code)
        WHERE sent.id = :comment_id AND comment.state = 'held' AND comment.channel = 'phone' LIMIT :most) AS waiting
    """
)
COUNT = text(
    f"""
    INSERT INTO comment_sender (round_id, unit_code, phone_hash, sent)
    SELECT round_id, :unit_code, {PHONE_HASH}, 1 FROM phone_key WHERE round_id = :round_id
    ON CONFLICT (round_id, unit_code, phone_hash) DO UPDATE SET sent = comment_sender.sent + 1
    RETURNING sent
    """  # noqa: S608 - a constant is put in
)


async def must_be_scanned(db: AsyncSession, comment: CommentIn, links: BallotLinks) -> Scanned:
    """What the comment's token says. Raises Invalid unless it is of its round and unit, and the phone's id is there."""
    scanned = links.scan(comment.ballot_token, comment.round_id)
    other = scanned.unit_code != comment.unit_code
    if other and not await is_old_code(db, scanned.unit_code, comment.unit_code):
        raise token_invalid()
    if comment.device_id is None:
        raise Invalid.field(
            "/device_id",
            "device_id_required",
            en="Send an id of this phone, which limits how many comments it may send. It is not kept.",
            km="សូមផ្ញើលេខសម្គាល់ទូរសព្ទ ដើម្បីកំណត់ចំនួនមតិដែលអាចផ្ញើបាន។ លេខនេះមិនត្រូវបានរក្សាទុកទេ។",
        )
    return scanned


async def count_phone(db: AsyncSession, links: BallotLinks, round_id: UUID, unit_code: str, device_id: str) -> None:
    """Count one more comment of this phone. Raises TooManyRequests over the limit.

    The phone's hash is another one than that of its ballot.
    """
    phone = links.blind(round_id, f"comments on {unit_code}", device_id)
    sent = await db.scalar(COUNT, {"round_id": round_id, "unit_code": unit_code, "phone": phone})
    if sent is None:
        await refuse_scores(db, round_id, unit_code, by_phone=True)
        raise changed_meanwhile()
    if sent > MOST_PER_PHONE:
        raise TooManyRequests(
            "too_many_comments",
            en=f"This phone has sent {MOST_PER_PHONE} comments on this unit, which is as many as each may.",
            km=f"ទូរសព្ទនេះបានផ្ញើមតិ {khmer_digits(MOST_PER_PHONE)} អំពីអង្គភាពនេះរួចហើយ ដែលជាចំនួនអតិបរមា។",
        )


async def must_leave_room(db: AsyncSession, comment_id: UUID) -> None:
    """Raise TooManyRequests when a phone's comment that was just stored is one too many of those that wait for the
    unit. Such as arrive in the same moment may all find room.
    """
    waiting = await db.scalar(HELD, {"comment_id": comment_id, "most": MOST_HELD + 1})
    if waiting is not None and waiting > MOST_HELD:
        raise TooManyRequests(
            "too_many_comments_wait",
            en=f"{MOST_HELD} comments on this unit wait to be read, which is as many as may. Nothing was stored; send"
            " yours again in a day or two, or tell it to a facilitator.",
            km=f"មានមតិ {khmer_digits(MOST_HELD)} អំពីអង្គភាពនេះកំពុងរង់ចាំការពិនិត្យ ដែលជាចំនួនអតិបរមា។"
            " មតិរបស់អ្នកមិនត្រូវបានរក្សាទុកទេ សូមផ្ញើម្ដងទៀតក្នុងមួយឬពីរថ្ងៃក្រោយ ឬប្រាប់អ្នកសម្របសម្រួល។",
        )
