"""Storing a tally once, and in the same transaction what the worker has to count."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.models import Uncounted
from services.scorecard.counting.queries import note_change
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import NONE_SHARED, Shared, comes_late, must_facilitate, share_scorecard
from services.scorecard.scorecards.villages import must_be_village_of
from services.scorecard.tallies.models import Tally, TallyGroup
from services.scorecard.tallies.rules import check_tally
from services.scorecard.tallies.schemas import TallyIn, TallyRead
from shared.auth.user import User
from shared.errors import Conflict


async def record(db: AsyncSession, body: TallyIn, user: User, shared: Shared = NONE_SHARED) -> tuple[TallyRead, bool]:
    """The stored tally, and whether it is new. Raises why it is not taken; under the scorecard's share lock."""
    card = await share_scorecard(db, body.round_id, body.unit_code, shared)
    await must_facilitate(db, user, card)
    body = body.model_copy(update={"unit_code": card.unit_code}).in_order()
    before = await find_same(db, body)
    if before is None:
        late = await comes_late(db, card)
        check_tally(body, card.indicator_count, card.steps)
        await must_be_village_of(db, body.village_code, card)
        stored = await _store(db, body, user, card, late=late)
        if stored is not None:
            return stored, True
        before = await find_same(db, body)
        assert before is not None
    return before, False


async def _store(db: AsyncSession, body: TallyIn, user: User, card: Scorecard, *, late: bool) -> TallyRead | None:
    """None when another request stored the id meanwhile. What comes late is not counted."""
    values = body.model_dump(exclude={"groups", "of_which"})
    tally = Tally(**values, recorded_by=user.id, steps=card.steps, late=late)
    statement = insert(Tally).values(tally.model_dump()).on_conflict_do_nothing().returning(col(Tally.id))
    if await db.scalar(statement) is None:
        return None
    groups = list(body.rows())
    await db.execute(insert(TallyGroup), [group.model_dump() for group in groups])
    if late:
        await note_change(db, tally.round_id)
    else:
        await count(db, tally, groups)
    return TallyRead.of(tally, groups, reader=user.id)


async def count(db: AsyncSession, tally: Tally, groups: Iterable[TallyGroup], *, times: int = 1) -> None:
    """Queue the tally's groups to be counted; `times` = -1 takes back what was counted before."""
    rows = [
        {
            "round_id": tally.round_id,
            "unit_code": tally.unit_code,
            "village_code": tally.village_code or "",
            "slots": [group.slot],
            "people": times * group.participants,
            "counts": [times * people for people in group.counts],
        }
        for group in groups
    ]
    await db.execute(insert(Uncounted), rows)


async def groups_of(db: AsyncSession, tally_id: UUID) -> list[TallyGroup]:
    """The stored groups of a tally."""
    return list((await db.scalars(select(TallyGroup).where(col(TallyGroup.tally_id) == tally_id))).all())


async def find_same(db: AsyncSession, body: TallyIn) -> TallyRead | None:
    """The tally that is stored under the same id. Raises Conflict when it says something else."""
    tally = await db.get(Tally, body.id)
    if tally is None:
        return None
    stored = TallyRead.of(tally, await groups_of(db, tally.id), reader=tally.recorded_by)
    if stored.model_dump(mode="json", include=set(TallyIn.model_fields)) != body.model_dump(mode="json"):
        raise Conflict(
            "conflict",
            en="A different tally is stored under this id. A new tally needs a new id.",
            km="លេខសម្គាល់នេះមានតារាងរាប់ផ្សេងរួចហើយ។ តារាងរាប់ថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
        )
    return stored
