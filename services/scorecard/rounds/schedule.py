"""Switching a round's scoring on and off at the hours that the round has set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.queries import note_change
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import PLAN_ROUND, PLANNING, get_round
from services.scorecard.scorecards.queries import LOCK_IN_ORDER, end_scoring
from services.scorecard.scorecards.steps import record_opening
from shared.db import Database
from shared.events.scorecard import RoundOpened
from shared.outbox import emit

Turn = Literal["begin", "end"]

CARDS = text(
    """
    SELECT
        EXISTS (SELECT FROM scorecard WHERE round_id = :round_id
                AND (state = 'planned' OR state = 'running' AND NOT accepts_scores)) AS waiting,
        EXISTS (SELECT FROM scorecard WHERE round_id = :round_id AND accepts_scores AND NOT unlocked) AS scoring
    """
)
BEGIN = text(
    """
    UPDATE scorecard SET state = 'running', accepts_scores = true, version = version + 1
    WHERE round_id = :round_id AND (state = 'planned' OR state = 'running' AND NOT accepts_scores)
    """
)


@dataclass(frozen=True, slots=True)
class Cards:
    """What there is among a round's scorecards."""

    waiting: bool
    """Some take no scores and would, were scoring open."""
    scoring: bool
    """Some take scores, beside those that were unlocked on request, which the hours do not bind."""


def due(row: Round, cards: Cards, now: datetime) -> Turn | None:
    """What the round's hours ask for now. Told by how things stand, so that nothing is missed while nobody looked."""
    scoring = row.scoring(now)
    if row.state != "open" or scoring == "not_yet":
        return None
    if scoring == "open":
        return "begin" if cards.waiting or row.scoring_began_at is None else None
    return "end" if cards.scoring else None


async def look_at(db: AsyncSession, round_id: UUID) -> Cards:
    """How a round's scorecards stand."""
    found = (await db.execute(CARDS, {"round_id": round_id})).one()
    return Cards(found.waiting, found.scoring)


async def keep_hours(db: AsyncSession, row: Round, now: datetime) -> Turn | None:
    """Do what is due in a round that is locked, under PLANNING; scores that are being stored are waited for."""
    turn = due(row, await look_at(db, row.id), now)
    if turn == "begin":
        await db.execute(PLAN_ROUND, {"round_id": row.id, "now": now})
        await db.execute(LOCK_IN_ORDER, {"round_id": row.id})
        await db.execute(BEGIN, {"round_id": row.id})
        await record_opening(db, round_id=row.id)
        await tell_of_scoring(db, row, now)
    elif turn == "end":
        await end_scoring(db, row.id)
    if turn is not None:
        await note_change(db, row.id)
    return turn


async def tell_of_scoring(db: AsyncSession, row: Round, now: datetime) -> None:
    """Citizens may score: said once, however often a round's hours are changed."""
    if row.begin_scoring(now):
        await emit(db, RoundOpened(**row.told()))


async def keep_all_hours(database: Database, now: datetime) -> datetime | None:
    """One pass over the open rounds, each in a transaction of its own; when the next turn is due, None when none is."""
    async with database.transaction() as db:
        rounds = (await db.scalars(select(Round).where(col(Round.state) == "open"))).all()
        late = [row.id for row in rounds if due(row, await look_at(db, row.id), now)]
    for round_id in late:
        async with database.transaction() as db:
            await db.execute(PLANNING)
            await keep_hours(db, await get_round(db, round_id, lock=True), now)
    return min((at for row in rounds if (at := row.next_turn(now)) is not None), default=None)
