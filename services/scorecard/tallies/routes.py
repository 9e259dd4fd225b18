"""Taking the tallies of meetings."""

from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area
from services.scorecard.counting.groups import people_slot
from services.scorecard.scorecards.queries import must_accept_scores, share_scorecard
from services.scorecard.tallies.models import Tally, TallyGroup
from services.scorecard.tallies.rules import check_groups
from services.scorecard.tallies.schemas import TallyIn, TallyRead
from shared.areas import covers
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid
from shared.routing import Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]

router = Router(prefix="/tallies", tags=["tallies"])


@router.post("", status_code=201, responses={200: {"model": TallyRead, "description": "This tally was stored before"}})
async def record_tally(body: TallyIn, user: Facilitator, db: Transaction, response: Response) -> TallyRead:
    """Take the tally of a meeting: how many of each group gave each score. Sending it again answers 200."""
    card = await share_scorecard(db, body.round_id, body.unit_code)
    user.must_cover(card.area_code)
    body = body.model_copy(update={"unit_code": card.unit_code})
    before = await find_tally(db, body)
    if before is None:
        await must_accept_scores(db, card)
        check_groups(body.groups, card.indicator_count)
        await must_be_village_of(db, body.village_code, card.area_code)
        if await store(db, body, user):
            return TallyRead.of(*rows_of(body, user))
        before = await find_tally(db, body)
        assert before is not None
    response.status_code = 200
    return before


def rows_of(body: TallyIn, user: User) -> tuple[Tally, list[TallyGroup]]:
    """The rows that keep a tally."""
    tally = Tally(**body.model_dump(exclude={"groups"}), recorded_by=user.id)
    groups = [
        TallyGroup(
            tally_id=body.id,
            slot=people_slot(group.sex, "undisclosed"),
            participants=group.participants,
            counts=group.flat(),
        )
        for group in body.groups
    ]
    return tally, groups


async def store(db: AsyncSession, body: TallyIn, user: User) -> bool:
    """Whether the tally was new and is stored now."""
    tally, groups = rows_of(body, user)
    statement = insert(Tally).values(tally.model_dump()).on_conflict_do_nothing().returning(col(Tally.id))
    if await db.scalar(statement) is None:
        return False
    await db.execute(insert(TallyGroup), [group.model_dump() for group in groups])
    return True


async def find_tally(db: AsyncSession, body: TallyIn) -> TallyRead | None:
    """The tally that is stored under the same id. Raises Conflict when it says something else."""
    tally = await db.get(Tally, body.id)
    if tally is None:
        return None
    groups = (await db.scalars(select(TallyGroup).where(col(TallyGroup.tally_id) == body.id))).all()
    stored = TallyRead.of(tally, groups)
    sent = body.model_dump(mode="json")
    sent["groups"].sort(key=lambda group: group["sex"])
    if stored.model_dump(mode="json") != sent:
        raise Conflict(
            "conflict",
            en="A different tally is stored under this id. A new tally needs a new id.",
            km="លេខសម្គាល់នេះមានតារាងរាប់ផ្សេងរួចហើយ។ តារាងរាប់ថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
        )
    return stored


async def must_be_village_of(db: AsyncSession, village_code: str | None, area_code: str) -> None:
    """Raise Invalid unless the village belongs to the unit's commune, as the gazetteer says (not as its code looks)."""
    if village_code is None:
        return
    statement = select(col(Area.parent_code)).where(col(Area.code) == village_code, col(Area.status) == "open")
    parents = (await db.scalars(statement)).all()
    if not any(parent is not None and covers(area_code, parent) for parent in parents):
        raise Invalid.field(
            "/village_code",
            "village_not_in_commune",
            en="This village is not in the unit's commune.",
            km="ភូមិនេះមិនស្ថិតក្នុងឃុំ សង្កាត់របស់អង្គភាពទេ។",
        )
