"""What an operator repairs about counting."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import select, text
from sqlmodel import col

from services.scorecard.counting.models import Uncountable, Uncounted
from services.scorecard.counting.queries import note_change
from services.scorecard.counting.statements import RECORDS
from services.scorecard.rounds.queries import get_round
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.routing import Router

Operator = Annotated[User, Depends(Requires(Permission.OPERATE))]

router = Router(prefix="/rounds/{round_id}", tags=["operations"])
log = structlog.get_logger()


class CountingState(BaseModel):
    """How far a round is counted."""

    round_id: UUID
    waiting: int = Field(description="Ballots, and groups of tallies, that are not counted yet")
    set_aside: int = Field(description="Those that fit no scorecard; the table `uncountable` says why")


@router.get("/counting")
async def read_counting(round_id: UUID, user: Operator, db: Transaction) -> CountingState:
    """How many ballots and tallies' groups of a round are not counted, or cannot be."""
    user.must_cover("")
    await get_round(db, round_id)
    waiting = select(text(RECORDS)).where(col(Uncounted.round_id) == round_id)
    aside = select(text(RECORDS)).where(col(Uncountable.round_id) == round_id)
    return CountingState(
        round_id=round_id, waiting=await db.scalar(waiting) or 0, set_aside=await db.scalar(aside) or 0
    )


@router.post("/counting:restart", status_code=202)
async def recount_round(round_id: UUID, user: Operator, db: Transaction) -> CountingState:
    """Count all stored ballots and tallies of a round again, from nothing: after a restore, or where something was set
    aside and its cause repaired. Running views and participation fill up again in a minute or so; published results
    are not touched.
    """
    user.must_cover("")
    await get_round(db, round_id)
    await note_change(db, round_id, from_ballots=True)
    log.warning("recount_requested", round=str(round_id), by=str(user.id))
    return await read_counting(round_id, user, db)
