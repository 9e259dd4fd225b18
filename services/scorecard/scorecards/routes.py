"""Watching a round's scorecards, and taking each through its states."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import units_of
from services.scorecard.change_requests.models import find_open_request
from services.scorecard.flags.checks import check_unit, count_open
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.late import count_late
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard, is_scored, must_see
from services.scorecard.scorecards.reach import codes_served, in_reach
from services.scorecard.scorecards.refusals import villages_without_scores
from services.scorecard.scorecards.schemas import ReasonIn, ScorecardDetail, ScorecardRead, ScorecardState, StepRead
from services.scorecard.scorecards.steps import ScorecardStep, record_step
from services.scorecard.scorecards.village_queries import read_villages
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

ScorecardReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]
Submitter = Annotated[User, Depends(Requires(Permission.SCORECARD_SUBMIT))]
ScorecardReviewer = Annotated[User, Depends(Requires(Permission.SCORECARD_REVIEW))]
CodeBeginning = Annotated[
    str,
    Query(pattern=r"^[A-Z]{1,4}(-[0-9-]{0,12})?$", description="What a unit's code begins with", examples=["HC-02"]),
]

router = Router(prefix="/rounds/{round_id}", tags=["scorecards"])


@router.get("/scorecards")
async def list_scorecards(
    round_id: UUID,
    user: ScorecardReader,
    db: Transaction,
    page: Paging,
    area: RoundArea | None = None,
    state: ScorecardState | None = None,
    unit_kind: UnitKind | None = None,
    unit: CodeBeginning | None = None,
    planned_from: Annotated[date | None, Query(description="Planned on this day or later")] = None,
    planned_until: Annotated[date | None, Query(description="Planned on this day or before")] = None,
) -> Page[ScorecardRead]:
    """The round's scorecards in an area, by default in all that the caller's roles reach; without any score.

    Where no area is named, a facilitator also finds the units of other communes that serve the own one.
    """
    await get_round(db, round_id)
    of_round = select(Scorecard).where(col(Scorecard.round_id) == round_id)
    statement = in_reach(of_round, user, area, await codes_served(db, user))
    if unit is not None:
        statement = under(statement, col(Scorecard.unit_code), unit)
    if planned_from is not None:
        statement = statement.where(col(Scorecard.planned_on) >= planned_from)
    if planned_until is not None:
        statement = statement.where(col(Scorecard.planned_on) <= planned_until)
    for column, wanted in ((col(Scorecard.state), state), (col(Scorecard.unit_kind), unit_kind)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    cards = await paginate(db, statement, page, keys=[col(Scorecard.unit_code)], read=lambda card: card)
    units = await units_of(db, [card.unit_code for card in cards.items])
    items = [ScorecardRead.of(card, units[card.unit_code]) for card in cards.items]
    return Page(items=items, next_cursor=cards.next_cursor)


@router.get("/units/{unit_code}/scorecard")
async def read_scorecard(
    round_id: UUID, unit_code: UnitCode, user: ScorecardReader, db: Transaction, response: Response
) -> ScorecardDetail:
    """One scorecard with its villages, what came late and whether somebody asks to change it; without any score."""
    card = await get_scorecard(db, round_id, unit_code)
    await must_see(db, user, [card])
    villages = await read_villages(db, card)
    late = await count_late(db, card)
    asked = await find_open_request(db, card)
    read = await answer(db, card, response)
    flags = await count_open(db, card)
    return ScorecardDetail.with_details(read, villages, late, asked.id if asked else None, flags)


@router.get("/units/{unit_code}/history")
async def list_scorecard_history(
    round_id: UUID, unit_code: UnitCode, user: ScorecardReader, db: Transaction, page: Paging
) -> Page[StepRead]:
    """Every step of a scorecard, the first one first: who, when, from which state to which, and why."""
    card = await get_scorecard(db, round_id, unit_code)
    await must_see(db, user, [card])
    step = ScorecardStep
    statement = select(step).where(col(step.round_id) == round_id, col(step.unit_code) == card.unit_code)
    return await paginate(db, statement, page, keys=[col(step.id)], read=StepRead.of)


@router.post("/units/{unit_code}:submit")
async def submit_scorecard(
    round_id: UUID, unit_code: UnitCode, user: Submitter, db: Transaction, response: Response
) -> ScorecardRead:
    """End a unit's scoring and hand its result to review; scores that are being stored are waited for and counted.

    Each village in which a meeting was planned must have scores by then, or be skipped with a reason.
    """
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    before, now = card.state, datetime.now(UTC)
    card.submit(user.id, now, scored=await is_scored(db, card))
    if missing := [village for village in await read_villages(db, card) if village.state == "planned"]:
        raise villages_without_scores(missing)
    await record_step(db, card, "submitted", by=user.id, before=before, at=now)
    await check_unit(db, card, now)
    return await answer(db, card, response)


@router.post("/units/{unit_code}:complete")
async def complete_scorecard(
    round_id: UUID, unit_code: UnitCode, user: ScorecardReviewer, db: Transaction, response: Response
) -> ScorecardRead:
    """End the review of a unit's scorecard well; its result can be published then. Not by the one who submitted it."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    before, now = card.state, datetime.now(UTC)
    card.complete(user.id, now)
    await record_step(db, card, "completed", by=user.id, before=before, at=now)
    return await answer(db, card, response)


@router.post("/units/{unit_code}:return")
async def return_scorecard(
    round_id: UUID, unit_code: UnitCode, body: ReasonIn, user: ScorecardReviewer, db: Transaction, response: Response
) -> ScorecardRead:
    """Give a scorecard in review back to its facilitators, with the reason: it takes scores again until resubmitted."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code, card.unit_code)
    before = card.state
    card.send_back()
    await record_step(db, card, "returned", by=user.id, before=before, reason=body.reason)
    return await answer(db, card, response)


async def answer(db: AsyncSession, card: Scorecard, response: Response) -> ScorecardRead:
    """The scorecard as it is now, with its version as ETag."""
    units = await units_of(db, [card.unit_code])
    set_etag(response, card.version)
    return ScorecardRead.of(card, units[card.unit_code])
