"""Reading and issuing indicator sets."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import func, select, text
from sqlmodel import col

from services.scorecard.indicators.models import SCALE, IndicatorSet
from services.scorecard.indicators.schemas import IndicatorSetIn, IndicatorSetRead
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid, NotFound
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.routing import Router

IndicatorWriter = Annotated[User, Depends(Requires(Permission.INDICATOR_SET_WRITE))]

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('indicator_set ' || CAST(:kind AS text)))")

router = Router(prefix="/indicator-sets", tags=["indicator sets"])


@router.get("")
async def list_indicator_sets(
    db: Transaction, page: Paging, unit_kind: UnitKind | None = None
) -> Page[IndicatorSetRead]:
    """Every version of every kind of unit's questions, by kind and version."""
    statement = select(IndicatorSet)
    if unit_kind:
        statement = statement.where(col(IndicatorSet.unit_kind) == unit_kind)
    keys = [col(IndicatorSet.unit_kind), col(IndicatorSet.version)]
    return await paginate(db, statement, page, keys=keys, read=IndicatorSetRead.of)


@router.get("/{indicator_set_id}")
async def read_indicator_set(indicator_set_id: UUID, db: Transaction) -> IndicatorSetRead:
    """One set. It never changes: it may be kept for as long as one likes."""
    row = await db.get(IndicatorSet, indicator_set_id)
    if row is None:
        raise NotFound(
            "indicator_set_not_found",
            en="There is no indicator set with this id.",
            km="រកមិនឃើញសំណុំលក្ខណៈវិនិច្ឆ័យនេះទេ។",
        )
    return IndicatorSetRead.of(row)


@router.post("", status_code=201)
async def create_indicator_set(body: IndicatorSetIn, user: IndicatorWriter, db: Transaction) -> IndicatorSetRead:
    """Issue the next version of a kind of unit's questions; rounds made from now on take it, older ones keep theirs."""
    user.must_cover("")
    refuse_repeated_codes(body)
    await db.execute(ONE_AT_A_TIME, {"kind": body.unit_kind})
    newest = await db.scalar(
        select(func.max(col(IndicatorSet.version))).where(col(IndicatorSet.unit_kind) == body.unit_kind)
    )
    row = IndicatorSet(
        unit_kind=body.unit_kind,
        version=(newest or 0) + 1,
        title_km=body.title_km,
        title_en=body.title_en,
        scale=SCALE,
        indicators=[indicator.model_dump() for indicator in body.indicators],
        created_at=datetime.now(UTC),
    )
    db.add(row)
    await db.flush()
    return IndicatorSetRead.of(row)


def refuse_repeated_codes(body: IndicatorSetIn) -> None:
    """An indicator's code is its identity: it stands once in a set."""
    seen: set[str] = set()
    for position, indicator in enumerate(body.indicators):
        if indicator.code in seen:
            raise Invalid.field(
                f"/indicators/{position}/code",
                "indicator_repeated",
                en=f"The code {indicator.code} stands in this set twice.",
                km=f"លេខកូដ {indicator.code} មានពីរដងក្នុងសំណុំនេះ។",
            )
        seen.add(indicator.code)
