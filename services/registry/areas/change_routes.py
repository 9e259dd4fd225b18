"""The changes of areas and the crosswalk between codes of different days."""

from datetime import UTC, date, datetime
from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.orm import defer
from sqlmodel import col

from services.registry.areas.applying import OPERATIONS
from services.registry.areas.crosswalk import Direction, resolve
from services.registry.areas.models import AreaChange, AreaSuccession, ChangeState, today_in_cambodia
from services.registry.areas.order_routes import AreaWriter
from services.registry.areas.order_schemas import AreaChangeDetail, AreaChangeRead
from services.registry.areas.queries import area_not_found
from services.registry.areas.reach import must_reach
from services.registry.areas.routes import Code
from services.registry.areas.schemas import Crossing, CrosswalkRead, LineRead, Successor
from services.registry.audit.queries import record
from shared.areas import Level
from shared.db import Transaction
from shared.errors import Invalid, NotFound
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(tags=["areas"])


@router.get("/area-changes")
async def list_area_changes(
    db: Transaction, page: Paging, state: Annotated[ChangeState | None, Query(description="Only in this state")] = None
) -> Page[AreaChangeRead]:
    """What was ordered to happen to areas, the last recorded first; scheduled ones among it."""
    statement = select(AreaChange).options(defer(col(AreaChange.operations)))  # type: ignore[arg-type]
    if state is not None:
        statement = statement.where(col(AreaChange.state) == state)
    return await paginate(db, statement, page, keys=[col(AreaChange.id)], read=AreaChangeRead.of, newest_first=True)


@router.get("/area-changes/{change_id}")
async def read_area_change(change_id: UUID, db: Transaction) -> AreaChangeDetail:
    """One change with its operations."""
    change: AreaChange | None = await db.get(AreaChange, change_id)
    if change is None:
        raise _change_not_found()
    return AreaChangeDetail.of(change)


@router.post("/area-changes/{change_id}:cancel")
async def cancel_area_change(change_id: UUID, user: AreaWriter, db: Transaction) -> AreaChangeDetail:
    """Take a scheduled change back before its day."""
    change: AreaChange | None = await db.get(AreaChange, change_id, with_for_update=True)
    if change is None:
        raise _change_not_found()
    await must_reach(db, user, OPERATIONS.validate_python(change.operations))
    change.must_be_scheduled()
    change.settle("cancelled", datetime.now(UTC))
    record(db, "area", change.id, "cancelled", by=user.id, kind=change.kind, effective_on=str(change.effective_on))
    return AreaChangeDetail.of(change)


@router.get("/crosswalk")
async def list_crosswalk_lines(
    db: Transaction,
    page: Paging,
    since: Annotated[date | None, Query(description="Effective on this day or later", examples=["2026-01-01"])] = None,
    until: Annotated[date | None, Query(description="Effective on this day or earlier")] = None,
    level: Annotated[Level | None, Query()] = None,
) -> Page[LineRead]:
    """The lines of the crosswalk in the order of their days, so that figures of one year can be laid beside another's.

    A split gives a line for each part, a merger one for each area that went into it; where an area goes on after
    either, a line leads from it to itself. Renumberings and moves give one for every area below, too.
    """
    statement = select(AreaSuccession)
    if since is not None:
        statement = statement.where(col(AreaSuccession.effective_on) >= since)
    if until is not None:
        statement = statement.where(col(AreaSuccession.effective_on) <= until)
    if level is not None:
        statement = statement.where(col(AreaSuccession.level) == level)
    keys = [col(AreaSuccession.effective_on), col(AreaSuccession.seq)]
    return await paginate(db, statement, page, keys=keys, read=LineRead.of)


@router.get("/crosswalk/{code}")
async def resolve_code(
    code: Code,
    db: Transaction,
    from_: Annotated[date, Query(alias="from", description="The earlier day", examples=["2025-06-30"])],
    to: Annotated[date | None, Query(description="The later day; left out, today")] = None,
    direction: Annotated[
        Direction, Query(description="forward: a code of the earlier day in codes of the later; backward: the reverse")
    ] = "forward",
) -> CrosswalkRead:
    """What became of a code's area between two days, or what it came from: through all renumberings, splits, mergers.

    The day decides whose code it is: another area that bore it before or after is another matter.
    """
    until = to or today_in_cambodia()
    if from_ > until:
        raise Invalid.field(
            "query/from",
            "from_after_to",
            en="`from` is the earlier of the two days.",
            km="ថ្ងៃ from ត្រូវតែមុន ឬដូចគ្នានឹងថ្ងៃ to។",
        )
    rows = await resolve(db, code, direction, from_, until)
    if not rows:
        raise area_not_found(code, from_ if direction == "forward" else until)
    crossings = [
        Crossing(area_id=start, items=[Successor.of(row) for row in some if row.area_id is not None])
        for start, some in groupby(rows, key=lambda row: row.start_id)
    ]
    return CrosswalkRead(**{"from": from_}, code=code, direction=direction, to=until, crossings=crossings)


def _change_not_found() -> NotFound:
    return NotFound("change_not_found", en="There is no such change.", km="រកមិនឃើញការផ្លាស់ប្ដូរនេះទេ។")
