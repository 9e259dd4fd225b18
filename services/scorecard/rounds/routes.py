"""Planning, opening and closing rounds."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy import delete, select
from sqlmodel import col

from services.scorecard.areas import Area
from services.scorecard.rounds.models import PhoneKey, Round, without_covered
from services.scorecard.rounds.queries import PLANNING, get_indicator_sets, get_round, plan_round
from services.scorecard.rounds.schemas import RoundIn, RoundRead, RoundState
from services.scorecard.scorecards.queries import end_scoring
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.etag import set_etag
from shared.events.scorecard import RoundClosed, RoundOpened
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import must_be_areas
from shared.routing import Router
from shared.schemas import Year

RoundManager = Annotated[User, Depends(Requires(Permission.ROUND_MANAGE))]

router = Router(prefix="/rounds", tags=["rounds"])


@router.get("")
async def list_rounds(
    db: Transaction, page: Paging, year: Year | None = None, state: RoundState | None = None
) -> Page[RoundRead]:
    """All rounds, oldest first."""
    statement = select(Round)
    if year is not None:
        statement = statement.where(col(Round.year) == year)
    if state is not None:
        statement = statement.where(col(Round.state) == state)
    return await paginate(db, statement, page, keys=[col(Round.id)], read=RoundRead.of)


@router.get("/{round_id}")
async def read_round(round_id: UUID, db: Transaction, response: Response) -> RoundRead:
    """One round."""
    row = await get_round(db, round_id)
    set_etag(response, row.version)
    return RoundRead.of(row)


@router.post("", status_code=201)
async def create_round(body: RoundIn, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """Plan a round for a year and some areas; scoring begins when it is opened."""
    area_codes = without_covered(body.area_codes)
    for code in area_codes:
        user.must_cover(code)
    await must_be_areas(db, Area, area_codes, pointer="/area_codes")
    row = Round(
        year=body.year,
        title_km=body.title_km,
        title_en=body.title_en,
        area_codes=area_codes,
        suppression_threshold=body.suppression_threshold,
        indicator_sets=await get_indicator_sets(db, body.indicator_set_ids),
    )
    db.add(row)
    await db.flush()
    set_etag(response, row.version)
    return RoundRead.of(row)


@router.post("/{round_id}:open")
async def open_round(round_id: UUID, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """Begin scoring: every open unit inside the round's areas gets its scorecard and takes scores from now on."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    row.open(datetime.now(UTC))
    db.add(PhoneKey.new(row.id))
    await db.flush()
    await plan_round(db, row.id)
    await emit(
        db,
        RoundOpened(
            round_id=row.id,
            year=row.year,
            area_codes=row.area_codes,
            title_km=row.title_km,
            title_en=row.title_en,
        ),
    )
    set_etag(response, row.version)
    return RoundRead.of(row)


@router.post("/{round_id}:close")
async def close_round(round_id: UUID, user: RoundManager, db: Transaction, response: Response) -> RoundRead:
    """End scoring for good and destroy the key of the phones; results can still be submitted and published."""
    await db.execute(PLANNING)
    row = await get_round(db, round_id, lock=True)
    _must_cover(user, row)
    row.close(datetime.now(UTC))
    await db.flush()
    await end_scoring(db, row.id)
    await db.execute(delete(PhoneKey).where(col(PhoneKey.round_id) == row.id))
    await emit(
        db,
        RoundClosed(
            round_id=row.id,
            year=row.year,
            area_codes=row.area_codes,
            title_km=row.title_km,
            title_en=row.title_en,
        ),
    )
    set_etag(response, row.version)
    return RoundRead.of(row)


def _must_cover(user: User, row: Round) -> None:
    for code in row.area_codes:
        user.must_cover(code)
