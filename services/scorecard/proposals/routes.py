"""Proposing indicators in meetings, and merging, choosing or declining them."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlmodel import col

from services.scorecard.proposals import deciding
from services.scorecard.proposals.models import Proposal
from services.scorecard.proposals.recording import record
from services.scorecard.proposals.schemas import (
    ChoiceIn,
    DeclineIn,
    MergeIn,
    ProposalIn,
    ProposalRead,
    ProposalState,
)
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.queries import get_scorecard
from services.scorecard.scorecards.reach import units_in_reach
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.paging import Page, Paging, paginate
from shared.routing import Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]
ProposalReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]
AS_PROPOSED = ChoiceIn()

router = Router(prefix="/proposals", tags=["proposals"])


@router.post(
    "", status_code=201, responses={200: {"model": ProposalRead, "description": "This proposal was recorded before"}}
)
async def propose_indicator(body: ProposalIn, user: Facilitator, db: Transaction, response: Response) -> ProposalRead:
    """Record an indicator that citizens propose for a unit. Sending it again answers 200."""
    proposal, is_new = await record(db, body, user)
    if not is_new:
        response.status_code = 200
    return ProposalRead.of(proposal)


@router.get("")
async def list_proposals(
    round_id: UUID,
    user: ProposalReader,
    db: Transaction,
    page: Paging,
    area: RoundArea | None = None,
    unit_code: UnitCode | None = None,
    state: ProposalState | None = None,
) -> Page[ProposalRead]:
    """A round's proposals about a unit or the units of an area, by default all in the caller's reach."""
    await get_round(db, round_id)
    statement = select(Proposal).where(col(Proposal.round_id) == round_id)
    if unit_code is None:
        statement = statement.where(col(Proposal.unit_code).in_(units_in_reach(round_id, user, area)))
    else:
        card = await get_scorecard(db, round_id, unit_code)
        user.must_cover(card.area_code)
        statement = statement.where(col(Proposal.unit_code) == card.unit_code)
    if state is not None:
        statement = statement.where(col(Proposal.state) == state)
    return await paginate(db, statement, page, keys=[col(Proposal.id)], read=ProposalRead.of)


@router.get("/{proposal_id}")
async def read_proposal(proposal_id: UUID, user: ProposalReader, db: Transaction) -> ProposalRead:
    """One proposal, and what became of it."""
    proposal = await deciding.get_proposal(db, proposal_id)
    card = await get_scorecard(db, proposal.round_id, proposal.unit_code)
    user.must_cover(card.area_code)
    return ProposalRead.of(proposal)


@router.post("/{proposal_id}:merge")
async def merge_proposal(proposal_id: UUID, body: MergeIn, user: Facilitator, db: Transaction) -> ProposalRead:
    """Let a proposal go into an indicator of the ballot, or into another proposal that says it better."""
    proposal, card = await deciding.lock(db, proposal_id, user)
    await deciding.merge(db, proposal, card, body, user)
    return ProposalRead.of(proposal)


@router.post("/{proposal_id}:choose")
async def choose_proposal(
    proposal_id: UUID, user: Facilitator, db: Transaction, body: ChoiceIn = AS_PROPOSED
) -> ProposalRead:
    """Put a proposal on the unit's ballot, after all other indicators, before anybody has scored the unit.

    From then on it is public, as part of the ballot and of the unit's result; it counts for no area. At most five.
    """
    proposal, card = await deciding.lock(db, proposal_id, user)
    await deciding.choose(db, proposal, card, body, user)
    return ProposalRead.of(proposal)


@router.post("/{proposal_id}:decline")
async def decline_proposal(proposal_id: UUID, body: DeclineIn, user: Facilitator, db: Transaction) -> ProposalRead:
    """Say why a proposal is not taken up. A later decision may take it up all the same."""
    proposal, _ = await deciding.lock(db, proposal_id, user)
    proposal.decline(user.id, datetime.now(UTC), body.reason)
    await db.flush()
    return ProposalRead.of(proposal)
