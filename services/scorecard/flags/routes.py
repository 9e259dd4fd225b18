"""Reviewers look at flags, decide about them, and let a unit be looked at again."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlmodel import col

from services.scorecard.flags.checks import check_unit
from services.scorecard.flags.models import Flag
from services.scorecard.flags.schemas import FlagDecisionIn, FlagKind, FlagRead, FlagState
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard
from services.scorecard.scorecards.reach import in_reach, with_scorecards
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

FlagReviewer = Annotated[User, Depends(Requires(Permission.FLAG_REVIEW))]

router = Router(tags=["flags"])


@router.get("/rounds/{round_id}/flags")
async def list_flags(
    round_id: UUID,
    user: FlagReviewer,
    db: Transaction,
    page: Paging,
    area: RoundArea | None = None,
    unit_code: UnitCode | None = None,
    state: FlagState | None = None,
    kind: FlagKind | None = None,
) -> Page[FlagRead]:
    """Unlikely patterns of a round in an area, by default in all that the caller reviews, oldest first."""
    await get_round(db, round_id)
    statement = in_reach(with_scorecards(Flag).where(col(Flag.round_id) == round_id), user, area)
    wanted = {"unit_code": unit_code, "state": state, "kind": kind}
    statement = statement.where(*(getattr(Flag, name) == value for name, value in wanted.items() if value is not None))
    return await paginate(db, statement, page, keys=[col(Flag.id)], read=FlagRead.of)


@router.post("/rounds/{round_id}/units/{unit_code}:check", status_code=204)
async def check_unit_for_flags(round_id: UUID, unit_code: UnitCode, user: FlagReviewer, db: Transaction) -> None:
    """Look again for unlikely patterns in all that is stored of a unit; what is found is listed among the flags."""
    card = await get_scorecard(db, round_id, unit_code)
    user.must_cover(card.area_code)
    await check_unit(db, card, datetime.now(UTC))


@router.post("/flags/{flag_id}:dismiss")
async def dismiss_flag(
    flag_id: UUID, body: FlagDecisionIn, user: FlagReviewer, db: Transaction, if_match: Matching, response: Response
) -> FlagRead:
    """Say why a pattern is in order. It opens again by itself should it double."""
    return FlagRead.of(await _decide(db, flag_id, "dismissed", body, user, if_match, response))


@router.post("/flags/{flag_id}:confirm")
async def confirm_flag(
    flag_id: UUID, body: FlagDecisionIn, user: FlagReviewer, db: Transaction, if_match: Matching, response: Response
) -> FlagRead:
    """Say what was wrong. What follows from it is for people: nothing is dropped by itself."""
    return FlagRead.of(await _decide(db, flag_id, "confirmed", body, user, if_match, response))


async def _decide(
    db: Transaction,
    flag_id: UUID,
    state: FlagState,
    body: FlagDecisionIn,
    user: User,
    if_match: Matching,
    response: Response,
) -> Flag:
    flag: Flag | None = await db.scalar(select(Flag).where(col(Flag.id) == flag_id).with_for_update())
    card = await db.get(Scorecard, (flag.round_id, flag.unit_code)) if flag else None
    if flag is None or card is None:
        raise NotFound("flag_not_found", en="There is no flag with this id.", km="រកមិនឃើញការសង្ស័យនេះទេ។")
    user.must_cover(card.area_code)
    if_match.must_match(flag.version)
    flag.decide(state, user.id, datetime.now(UTC), body.note)
    set_etag(response, flag.version)
    return flag
