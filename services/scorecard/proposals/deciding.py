"""Deciding on proposals: one at a time per unit, under the update lock of its scorecard."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.ballots.schemas import MAXIMUM_OWN_INDICATORS
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.proposals.models import Proposal
from services.scorecard.proposals.schemas import ChoiceIn, MergeIn
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard, must_accept_scores
from services.scorecard.scorecards.refusals import indicator_unknown
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.errors import Conflict, Invalid, NotFound

IS_SCORED = text(
    """
    SELECT EXISTS (SELECT FROM ballot WHERE round_id = :round_id AND unit_code = :unit_code)
        OR EXISTS (SELECT FROM tally WHERE round_id = :round_id AND unit_code = :unit_code)
        OR EXISTS (SELECT FROM self_assessment WHERE round_id = :round_id AND unit_code = :unit_code)
    """
)


async def get_proposal(db: AsyncSession, proposal_id: UUID) -> Proposal:
    """The proposal of a path. Raises NotFound."""
    proposal = await db.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound("proposal_not_found", en="There is no proposal with this id.", km="រកមិនឃើញសំណើនេះទេ។")
    return proposal


async def lock(db: AsyncSession, proposal_id: UUID, user: User) -> tuple[Proposal, Scorecard]:
    """The proposal and its unit's scorecard, which nobody else decides on or scores meanwhile. Raises Forbidden."""
    seen = await get_proposal(db, proposal_id)
    card = await get_scorecard(db, seen.round_id, seen.unit_code, lock=True)
    user.must_cover(card.area_code)
    proposal: Proposal = await db.get_one(Proposal, proposal_id, populate_existing=True)
    return proposal, card


async def merge(db: AsyncSession, proposal: Proposal, card: Scorecard, into: MergeIn, user: User) -> None:
    """The proposal, and those that were merged into it, go into another one or into an indicator."""
    if into.proposal_id is not None:
        await _must_be_open_to(db, proposal, into.proposal_id)
    else:
        await _must_be_on_ballot(db, card, into.indicator_code)
    proposal.merge(user.id, datetime.now(UTC), indicator_code=into.indicator_code, merged_into=into.proposal_id)
    await db.flush()
    await db.execute(
        update(Proposal)
        .where(col(Proposal.merged_into) == proposal.id)
        .values(indicator_code=into.indicator_code, merged_into=into.proposal_id)
        .execution_options(synchronize_session=False)
    )


async def choose(db: AsyncSession, proposal: Proposal, card: Scorecard, choice: ChoiceIn, user: User) -> None:
    """The proposal becomes the last indicator of the unit's ballot. Raises Conflict once anything was scored on it."""
    await _must_be_unscored(db, card)
    if len(card.own_indicators) >= MAXIMUM_OWN_INDICATORS:
        raise Conflict(
            "too_many_own_indicators",
            en=f"This unit has {MAXIMUM_OWN_INDICATORS} indicators of its own already. Merge the proposal into one.",
            km=f"អង្គភាពនេះមានលក្ខណៈវិនិច្ឆ័យផ្ទាល់ខ្លួនចំនួន {khmer_digits(MAXIMUM_OWN_INDICATORS)} រួចហើយ។"
            " សូមបញ្ចូលសំណើនេះទៅក្នុងលក្ខណៈវិនិច្ឆ័យណាមួយ។",
        )
    code = f"own_{len(card.own_indicators) + 1}"
    label_km = choice.label_km or proposal.text_km or proposal.text_en
    label_en = choice.label_en or proposal.text_en or proposal.text_km
    proposal.choose(user.id, datetime.now(UTC), code)
    card.add_indicator({"code": code, "label_km": label_km, "label_en": label_en})
    await db.flush()


async def _must_be_unscored(db: AsyncSession, card: Scorecard) -> None:
    """All of a unit's ballots answer the same questions, also those that came late or were taken back."""
    if card.state != "planned":
        await must_accept_scores(db, card)
    if await db.scalar(IS_SCORED, {"round_id": card.round_id, "unit_code": card.unit_code}):
        raise Conflict(
            "already_scored",
            en="This unit has scores already: its indicators stay as they are.",
            km="អង្គភាពនេះមានពិន្ទុរួចហើយ៖ លក្ខណៈវិនិច្ឆ័យរបស់វាមិនអាចកែប្រែបានទៀតទេ។",
        )


async def _must_be_open_to(db: AsyncSession, proposal: Proposal, target_id: UUID) -> None:
    """Raise Invalid unless the target is another proposal about the same unit, itself neither merged nor declined."""
    target = await db.get(Proposal, target_id, populate_existing=True)
    if target is None or (target.round_id, target.unit_code) != (proposal.round_id, proposal.unit_code):
        raise Invalid.field(
            "/proposal_id",
            "proposal_unknown",
            en="There is no such proposal about this unit in this round.",
            km="គ្មានសំណើនេះសម្រាប់អង្គភាពនេះក្នុងជុំវាយតម្លៃនេះទេ។",
        )
    if target.id == proposal.id or target.state in ("merged", "declined"):
        raise Invalid.field(
            "/proposal_id",
            "proposal_not_open",
            en="Merge into another proposal that still stands: one that is proposed or chosen.",
            km="សូមបញ្ចូលទៅក្នុងសំណើផ្សេងដែលនៅមានសុពលភាព៖ សំណើដែលបានស្នើ ឬបានជ្រើសរើស។",
        )


async def _must_be_on_ballot(db: AsyncSession, card: Scorecard, code: str | None) -> None:
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    if code not in {indicator["code"] for indicator in [*questions.indicators, *card.own_indicators]}:
        raise indicator_unknown()
