"""Taking the tallies of meetings, reading them, and taking back what was wrong."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import select
from sqlmodel import col

from services.scorecard.ballots.schemas import WithdrawalIn
from services.scorecard.scorecards.queries import (
    get_scorecard,
    must_accept_scores,
    must_facilitate,
    must_see,
    share_scorecard,
)
from services.scorecard.tallies.models import Tally, TallyGroup
from services.scorecard.tallies.recording import count, groups_of, record
from services.scorecard.tallies.schemas import TallyIn, TallyRead
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.paging import Page, Paging, paginate
from shared.routing import Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]
TallyReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]

router = Router(prefix="/tallies", tags=["tallies"])


@router.post("", status_code=201, responses={200: {"model": TallyRead, "description": "This tally was stored before"}})
async def record_tally(body: TallyIn, user: Facilitator, db: Transaction, response: Response) -> TallyRead:
    """Take the tally of a meeting: how many of each group gave each score. Sending it again answers 200.

    One that comes after scoring of the unit has ended is kept as late, and not counted.
    """
    stored, is_new = await record(db, body, user)
    if not is_new:
        response.status_code = 200
    return stored


@router.get("")
async def list_tallies(
    round_id: UUID, unit_code: UnitCode, user: TallyReader, db: Transaction, page: Paging
) -> Page[TallyRead]:
    """The tallies of a unit in a round, also late and withdrawn ones; counts only of those the caller recorded."""
    card = await get_scorecard(db, round_id, unit_code)
    await must_see(db, user, [card])
    statement = select(Tally).where(col(Tally.round_id) == round_id, col(Tally.unit_code) == card.unit_code)
    found = await paginate(db, statement, page, keys=[col(Tally.id)], read=lambda tally: tally)
    ids = [tally.id for tally in found.items]
    groups: dict[UUID, list[TallyGroup]] = {tally_id: [] for tally_id in ids}
    for group in await db.scalars(select(TallyGroup).where(col(TallyGroup.tally_id).in_(ids))):
        groups[group.tally_id].append(group)
    items = [TallyRead.of(tally, groups[tally.id], reader=user.id) for tally in found.items]
    return Page(items=items, next_cursor=found.next_cursor)


@router.get("/{tally_id}")
async def read_tally(tally_id: UUID, user: TallyReader, db: Transaction) -> TallyRead:
    """One tally; its counts only for the facilitator who recorded it."""
    tally = await db.get(Tally, tally_id)
    if tally is None:
        raise tally_not_found()
    card = await get_scorecard(db, tally.round_id, tally.unit_code)
    await must_see(db, user, [card])
    return TallyRead.of(tally, await groups_of(db, tally.id), reader=user.id)


@router.post("/{tally_id}:withdraw")
async def withdraw_tally(tally_id: UUID, body: WithdrawalIn, user: Facilitator, db: Transaction) -> TallyRead:
    """Take back a tally that was wrong, while its unit is being scored. It stays to be seen with the reason."""
    seen = await db.get(Tally, tally_id)
    if seen is None:
        raise tally_not_found()
    card = await share_scorecard(db, seen.round_id, seen.unit_code)
    await must_facilitate(db, user, card)
    tally = await db.get_one(Tally, tally_id, with_for_update=True, populate_existing=True)
    groups = await groups_of(db, tally_id)
    if tally.withdrawn_at is None:
        await must_accept_scores(db, card)
        tally.withdraw(user.id, body.reason, datetime.now(UTC))
        if not tally.late:
            await count(db, tally, groups, times=-1)
    elif tally.withdrawal_reason != body.reason:
        raise Conflict(
            "already_withdrawn",
            en="This tally was withdrawn already, for another reason.",
            km="តារាងរាប់នេះត្រូវបានដកវិញរួចហើយ ដោយមូលហេតុផ្សេង។",
        )
    return TallyRead.of(tally, groups, reader=user.id)


def tally_not_found() -> NotFound:
    """The refusal of an id that no tally has."""
    return NotFound("tally_not_found", en="There is no tally with this id.", km="រកមិនឃើញតារាងរាប់នេះទេ។")
