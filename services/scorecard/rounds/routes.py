"""Planning, changing, opening and closing rounds."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Area
from services.scorecard.counting.queries import note_change
from services.scorecard.rounds.changes import changed_fields, must_be_changeable, must_lie_ahead
from services.scorecard.rounds.models import PhoneKey, Round, without_covered
from services.scorecard.rounds.queries import PLANNING, drop_round, get_indicator_sets, get_round, plan_round, touches
from services.scorecard.rounds.schedule import keep_hours, tell_of_scoring
from services.scorecard.rounds.schemas import RoundIn, RoundPatch, RoundRead, RoundState
from services.scorecard.scorecards.queries import end_scoring
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import Matching, set_etag
from shared.events.scorecard import RoundClosed
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import must_be_areas
from shared.routing import Router
from shared.schemas import Year

RoundManager = Annotated[User, Depends(Requires(Permission.ROUND_MANAGE))]

router = Router(prefix="/rounds", tags=["rounds"])


@router.get("")
async def list_rounds(
    db: Transaction,
    page: Paging,
    year: Year | None = None,
    state: RoundState | None = None,
    area: Annotated[AreaScope | None, Query(description="Rounds that take place there, in part or as a whole")] = None,
) -> Page[RoundRead]:
    """All rounds, oldest first."""
    statement = select(Round)
    if year is not None:
        statement = statement.where(col(Round.year) == year)
    if state is not None:
        statement = statement.where(col(Round.state) == state)
    if area is not None:
        statement = statement.where(touches(area))
    return await paginate(db, statement, page, keys=[col(Round.id)], read=RoundRead.of)


@router.get("/{round_id}")
async def read_round(round_id: UUID, db: Transaction, response: Response) -> RoundRead:
    """One round."""
    row = await get_round(db, round_id)
    set_etag(response, row.version)
    return RoundRead.of(row)


@router.post("", status_code=201)
async def create_round(body: RoundIn, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """Plan a round for a year and some areas; it begins when somebody opens it."""
    row = Round(
        **body.model_dump(exclude={"area_codes", "indicator_set_ids"}),
        area_codes=await _territory(db, user, body.area_codes),
        indicator_sets=await get_indicator_sets(db, body.indicator_set_ids),
    )
    row.must_be_sound()
    db.add(row)
    return await _answer(db, row, response)


@router.patch("/{round_id}")
async def change_round(
    round_id: UUID, body: RoundPatch, user: RoundManager, db: Transaction, if_match: Matching, response: Response
) -> RoundRead:
    """Change a planned round in any way; later only its titles, its hours still to come, who reviews and how long."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    if_match.must_match(row.version)
    sent = body.model_dump(exclude_unset=True)
    if "area_codes" in sent:
        sent["area_codes"] = await _territory(db, user, body.area_codes)
    if "indicator_set_ids" in sent:
        del sent["indicator_set_ids"]
        sent["indicator_sets"] = await get_indicator_sets(db, body.indicator_set_ids)
    await _change(db, row, sent, datetime.now(UTC))
    return await _answer(db, row, response)


@router.delete("/{round_id}", status_code=204)
async def delete_round(round_id: UUID, user: RoundManager, db: Transaction) -> None:
    """Drop a round that was never opened, with its plan."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    row.must_be_planned()
    await drop_round(db, row)


@router.post("/{round_id}:open")
async def open_round(round_id: UUID, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """Open a round: its units get their scorecards and take scores, from now on or from the hour that it has set."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    now = datetime.now(UTC)
    row.open(now)
    db.add(PhoneKey.new(row.id))
    await db.flush()
    await plan_round(db, row.id, now)
    if row.scoring(now) == "open":
        await tell_of_scoring(db, row, now)
    return await _answer(db, row, response)


@router.post("/{round_id}:close")
async def close_round(round_id: UUID, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """End scoring for good and destroy the key of the phones; results can still be submitted and published."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    row.close(datetime.now(UTC))
    await db.flush()
    await end_scoring(db, row.id)
    await note_change(db, row.id)
    await db.execute(delete(PhoneKey).where(col(PhoneKey.round_id) == row.id))
    await emit(db, RoundClosed(**row.told()))
    return await _answer(db, row, response)


async def _change(db: AsyncSession, row: Round, sent: dict[str, Any], now: datetime) -> None:
    fields = changed_fields(row, sent)
    must_be_changeable(row, fields, now)
    for name in fields:
        setattr(row, name, sent[name])
    must_lie_ahead(row, fields, now)
    row.must_be_sound()
    row.version += bool(fields)
    await db.flush()
    await keep_hours(db, row, now)


async def _territory(db: AsyncSession, user: User, asked: list[str]) -> list[str]:
    """A round's areas as they are kept: such as are known and the caller's."""
    area_codes = without_covered(asked)
    for code in area_codes:
        user.must_cover(code)
    await must_be_areas(db, Area, area_codes, pointer="/area_codes")
    return area_codes


def _must_cover(user: User, row: Round) -> None:
    for code in row.area_codes:
        user.must_cover(code)


async def _answer(db: AsyncSession, row: Round, response: Response) -> RoundRead:
    await db.flush()
    set_etag(response, row.version)
    return RoundRead.of(row)
