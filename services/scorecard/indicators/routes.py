"""Reading and issuing indicator sets."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Response
from sqlalchemy import func, select, text
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.indicators.schemas import IndicatorSetCreated, IndicatorSetIn, IndicatorSetRead
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid, NotFound
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.routing import Router

IndicatorWriter = Annotated[User, Depends(Requires(Permission.INDICATOR_SET_WRITE))]

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('indicator_set ' || CAST(:kind AS text)))")
FOR_EVER = "public, max-age=31536000, immutable"

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


@router.get(
    "/{indicator_set_id}",
    response_model=IndicatorSetRead,
    responses={304: {"description": "What you have is what there is"}},
)
async def read_indicator_set(
    indicator_set_id: UUID, db: Transaction, if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """One set. It never changes: it may be kept for ever."""
    row = await db.get(IndicatorSet, indicator_set_id)
    if row is None:
        raise NotFound(
            "indicator_set_not_found",
            en="There is no indicator set with this id.",
            km="រកមិនឃើញសំណុំលក្ខណៈវិនិច្ឆ័យនេះទេ។",
        )
    content = IndicatorSetRead.of(row).model_dump_json().encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": FOR_EVER}
    if etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


@router.post("", status_code=201)
async def create_indicator_set(body: IndicatorSetIn, user: IndicatorWriter, db: Transaction) -> IndicatorSetCreated:
    """Issue the next version of a kind of unit's questions; rounds made from now on take it, older ones keep theirs.

    `changes` says what became of the indicators of the version before: an indicator is the same where its code is.
    """
    user.must_cover("")
    refuse_repeated_codes(body)
    scale, satisfied_from = body.scale_and_satisfied()
    await db.execute(ONE_AT_A_TIME, {"kind": body.unit_kind})
    newest = await db.scalar(
        select(IndicatorSet)
        .where(col(IndicatorSet.unit_kind) == body.unit_kind)
        .order_by(col(IndicatorSet.version).desc())
        .limit(1)
    )
    row = IndicatorSet(
        unit_kind=body.unit_kind,
        version=newest.version + 1 if newest else 1,
        title_km=body.title_km,
        title_en=body.title_en,
        scale=scale,
        satisfied_from=satisfied_from,
        indicators=[indicator.model_dump(exclude_none=True) for indicator in body.indicators],
        created_at=datetime.now(UTC),
    )
    db.add(row)
    await db.flush()
    changes = row.changes_from(newest) if newest else None
    of_kind = select(func.count()).where(col(Unit.kind) == body.unit_kind, col(Unit.status) == "open")
    values = IndicatorSetRead.of(row).model_dump() | {"changes": changes, "units": await db.scalar(of_kind)}
    return IndicatorSetCreated.model_validate(values)


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
