"""Recording a proposal once."""

from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.proposals.models import Proposal
from services.scorecard.proposals.schemas import ProposalIn
from services.scorecard.scorecards.queries import NONE_SHARED, Shared, must_facilitate, share_scorecard
from shared.auth.user import User
from shared.errors import Conflict


async def record(db: AsyncSession, body: ProposalIn, user: User, shared: Shared = NONE_SHARED) -> tuple[Proposal, bool]:
    """The recorded proposal, and whether it is new. Raises why it is not taken; one that comes late is kept too."""
    card = await share_scorecard(db, body.round_id, body.unit_code, shared)
    await must_facilitate(db, user, card)
    body = body.model_copy(update={"unit_code": card.unit_code})
    proposal = Proposal(**body.model_dump(), proposed_by=user.id, proposed_at=datetime.now(UTC))
    statement = insert(Proposal).values(proposal.model_dump()).on_conflict_do_nothing().returning(col(Proposal.id))
    if await db.scalar(statement) is not None:
        return proposal, True
    before: Proposal = await db.get_one(Proposal, body.id)
    if before.model_dump(include=set(ProposalIn.model_fields)) != body.model_dump():
        raise Conflict(
            "conflict",
            en="A different proposal is recorded under this id. A new proposal needs a new id.",
            km="លេខសម្គាល់នេះមានសំណើផ្សេងរួចហើយ។ សំណើថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
        )
    return before, False
