"""Watching a round's scorecards, and ending a unit's scoring."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import or_, select
from sqlmodel import col

from services.scorecard.areas import units_of
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard
from services.scorecard.scorecards.schemas import ScorecardRead, ScorecardState
from shared.areas import UnitCode, prefix_range
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

ScorecardReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]
Submitter = Annotated[User, Depends(Requires(Permission.SCORECARD_SUBMIT))]

router = Router(prefix="/rounds/{round_id}", tags=["scorecards"])


@router.get("/scorecards")
async def list_scorecards(
    round_id: UUID,
    user: ScorecardReader,
    db: Transaction,
    page: Paging,
    area: RoundArea | None = None,
    state: ScorecardState | None = None,
) -> Page[ScorecardRead]:
    """The round's scorecards in an area, by default in all that the caller's roles reach; without any score."""
    await get_round(db, round_id)
    statement = select(Scorecard).where(col(Scorecard.round_id) == round_id)
    if area is None:
        bounds = [prefix_range(grant.area_code) for grant in user.grants]
        code = col(Scorecard.area_code)
        statement = statement.where(or_(*((code >= low) & (code < high) for low, high in bounds)))
    else:
        user.must_cover(area)
        statement = under(statement, col(Scorecard.area_code), area)
    if state is not None:
        statement = statement.where(col(Scorecard.state) == state)
    cards = await paginate(db, statement, page, keys=[col(Scorecard.unit_code)], read=lambda card: card)
    codes = [card.unit_code for card in cards.items]
    units = await units_of(db, codes)
    items = [ScorecardRead.of(card, units[card.unit_code]) for card in cards.items]
    return Page(items=items, next_cursor=cards.next_cursor)


@router.post("/units/{unit_code}:submit")
async def submit_scorecard(
    round_id: UUID, unit_code: UnitCode, user: Submitter, db: Transaction, response: Response
) -> ScorecardRead:
    """End a unit's scoring and hand its result to review; scores that are being stored are waited for and counted."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    card.submit(user.id, datetime.now(UTC))
    await db.flush()
    units = await units_of(db, [card.unit_code])
    set_etag(response, card.version)
    return ScorecardRead.of(card, units[card.unit_code])
