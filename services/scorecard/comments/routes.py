"""Taking comments, reviewing them, and showing those that were approved."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.ballots.links import Links
from services.scorecard.ballots.routes import BallotTransaction
from services.scorecard.comments.models import Comment
from services.scorecard.comments.phones import count_phone, must_be_scanned, must_leave_room
from services.scorecard.comments.schemas import (
    Aspect,
    CommentIn,
    CommentRead,
    CommentReceipt,
    CommentState,
    PublicComment,
    RejectionIn,
)
from services.scorecard.comments.search import saying, words_of
from services.scorecard.comments.writes import record_comments
from services.scorecard.flags.network import note_phone_comment
from services.scorecard.indicators.schemas import IndicatorCode
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.reach import in_reach, with_scorecards
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

Moderator = Annotated[User, Depends(Requires(Permission.COMMENT_MODERATE))]
Search = Annotated[
    str, Query(max_length=100, description="Words that the text holds, in any script", examples=["ស្អាត"])
]

router = Router(tags=["comments"])


@router.post(
    "/comments",
    status_code=201,
    responses={200: {"model": CommentReceipt, "description": "This comment was stored before"}},
)
async def record_comment(
    body: CommentIn, user: MaybeUser, db: BallotTransaction, links: Links, request: Request, response: Response
) -> CommentReceipt:
    """Take one comment: from a phone with the unit's token while scoring is open, or from a facilitator of its area.

    Nobody sees it until a reviewer has read it. Sending it again answers 200; nothing of the writer is kept.
    """
    facilitator = user.with_permission(Permission.BALLOT_RECORD) if user else None
    if facilitator is None or not facilitator.grants:
        facilitator = None
    outcome = (await record_comments(db, facilitator or await must_be_scanned(db, body, links), [body]))[0]
    if outcome.problem is not None:
        raise outcome.problem
    if outcome.status == "duplicate":
        response.status_code = 200
        return CommentReceipt(id=body.id, status="duplicate", state=outcome.state)
    if facilitator is None and body.device_id is not None:
        await count_phone(db, links, body.round_id, body.unit_code, body.device_id)
        await must_leave_room(db, body.id)
        note_phone_comment(request.scope["headers"], body.round_id, body.unit_code)
    return CommentReceipt(id=body.id, status="accepted", state="held")


@router.get("/comments")
async def list_comments(
    user: Moderator,
    db: Transaction,
    page: Paging,
    round_id: UUID | None = None,
    area: RoundArea | None = None,
    unit_code: UnitCode | None = None,
    state: CommentState | None = None,
    aspect: Aspect | None = None,
    q: Search = "",
) -> Page[CommentRead]:
    """Comments in an area, by default in all that the caller reviews, oldest first; `state=held` is what waits."""
    statement = in_reach(with_scorecards(Comment), user, area)
    wanted = {"round_id": round_id, "unit_code": unit_code, "state": state, "aspect": aspect}
    return await paginate(
        db, await _narrowed(db, statement, wanted, q), page, keys=[col(Comment.seq)], read=CommentRead.of
    )


@router.get("/rounds/{round_id}/comments")
async def list_public_comments(
    round_id: UUID,
    db: Transaction,
    page: Paging,
    area: RoundArea = "",
    unit_code: UnitCode | None = None,
    aspect: Aspect | None = None,
    indicator_code: IndicatorCode | None = None,
    q: Search = "",
) -> Page[PublicComment]:
    """What citizens said of the units whose results are published, as far as a reviewer has approved it."""
    await get_round(db, round_id)
    statement = with_scorecards(Comment).where(col(Scorecard.published_at).is_not(None))
    statement = under(statement, col(Scorecard.area_code), area) if area else statement
    wanted = {
        "round_id": round_id,
        "state": "approved",
        "unit_code": unit_code,
        "aspect": aspect,
        "indicator_code": indicator_code,
    }
    return await paginate(
        db, await _narrowed(db, statement, wanted, q), page, keys=[col(Comment.seq)], read=PublicComment.of
    )


@router.post("/comments/{comment_id}:approve")
async def approve_comment(
    comment_id: UUID, user: Moderator, db: Transaction, if_match: Matching, response: Response
) -> CommentRead:
    """Let everybody read a comment once its unit's result is published."""
    comment = await _get_to_decide(db, comment_id, user)
    if_match.must_match(comment.version)
    comment.decide("approved", user.id, datetime.now(UTC))
    set_etag(response, comment.version)
    return CommentRead.of(comment)


@router.post("/comments/{comment_id}:reject")
async def reject_comment(
    comment_id: UUID, body: RejectionIn, user: Moderator, db: Transaction, if_match: Matching, response: Response
) -> CommentRead:
    """Keep a comment from being shown, or take back an approval, saying why."""
    comment = await _get_to_decide(db, comment_id, user)
    if_match.must_match(comment.version)
    comment.decide("rejected", user.id, datetime.now(UTC), body.reason)
    set_etag(response, comment.version)
    return CommentRead.of(comment)


async def _narrowed(db: AsyncSession, statement: Select[Any], wanted: dict[str, Any], typed: str) -> Select[Any]:
    statement = statement.where(
        *(getattr(Comment, name) == value for name, value in wanted.items() if value is not None)
    )
    if not typed.strip():
        return statement
    words = await words_of(db, typed)
    return saying(statement, words) if words else statement.where(col(Comment.id).is_(None))


async def _get_to_decide(db: AsyncSession, comment_id: UUID, user: User) -> Comment:
    comment: Comment | None = await db.scalar(select(Comment).where(col(Comment.id) == comment_id).with_for_update())
    card = await db.get(Scorecard, (comment.round_id, comment.unit_code)) if comment else None
    if comment is None or card is None:
        raise NotFound("comment_not_found", en="There is no comment with this id.", km="រកមិនឃើញមតិនេះទេ។")
    user.must_cover(card.area_code)
    return comment
