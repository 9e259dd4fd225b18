"""Taking back a ballot that a facilitator recorded by mistake."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.ballots.models import Ballot, BallotWithdrawal
from services.scorecard.ballots.repeats import count
from services.scorecard.ballots.schemas import WithdrawnBallot
from services.scorecard.counting.queries import note_change
from services.scorecard.scorecards.queries import must_accept_scores, must_facilitate, share_scorecard
from shared.auth.user import User
from shared.errors import Conflict, NotFound


async def withdraw(db: AsyncSession, ballot_id: UUID, reason: str, user: User) -> WithdrawnBallot:
    """The ballot counts no more. Raises why it cannot be taken back; again with the same reason changes nothing."""
    seen = await db.scalar(select(Ballot).where(col(Ballot.id) == ballot_id, col(Ballot.channel) == "meeting"))
    if seen is None:
        raise NotFound(
            "ballot_not_found",
            en="There is no ballot of a meeting with this id. A phone's ballot cannot be taken back.",
            km="រកមិនឃើញសន្លឹកឆ្នោតនៃការប្រជុំដែលមានលេខសម្គាល់នេះទេ។ សន្លឹកឆ្នោតតាមទូរសព្ទមិនអាចដកវិញបានទេ។",
        )
    card = await share_scorecard(db, seen.round_id, seen.unit_code)
    await must_facilitate(db, user, card)
    ballot = await db.get_one(Ballot, ballot_id, with_for_update=True, populate_existing=True)
    before = await db.get(BallotWithdrawal, ballot_id)
    if before is None:
        await must_accept_scores(db, card)
        await count(db, ballot_id, people=-1)
        ballot.withdrawn = True
        before = BallotWithdrawal(
            ballot_id=ballot_id, reason=reason, withdrawn_by=user.id, withdrawn_at=datetime.now(UTC)
        )
        db.add(before)
        await note_change(db, ballot.round_id)
        await db.flush()
    elif before.reason != reason:
        raise Conflict(
            "already_withdrawn",
            en="This ballot was withdrawn already, for another reason.",
            km="សន្លឹកឆ្នោតនេះត្រូវបានដកវិញរួចហើយ ដោយមូលហេតុផ្សេង។",
        )
    return WithdrawnBallot(
        id=ballot_id,
        round_id=ballot.round_id,
        unit_code=ballot.unit_code,
        reason=before.reason,
        withdrawn_at=before.withdrawn_at,
    )
