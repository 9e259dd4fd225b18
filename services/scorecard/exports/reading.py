"""Reading a round's public results batch by batch: no connection is held while a batch is on its way to the reader."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlmodel import col

from services.scorecard.history.queries import WITHOUT_GROUPS
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.public import LEAN, is_public
from shared.areas import prefix_range
from shared.db import Database

BATCH, BATCH_WITH_GROUPS = 200, 40
"""Results that are read at a time; with all groups each becomes some 300 rows of a table, 40 of them 20 MB."""


async def unit_results(
    database: Database, round_id: UUID, area: str, *, groups: bool = True, at: datetime | None = None
) -> AsyncIterator[Sequence[Result]]:
    """The public results of the units in an area, by code; of those published until `at`."""
    low, high = prefix_range(area)
    batch = BATCH_WITH_GROUPS if groups else BATCH
    code, after = col(Result.unit_code), ""
    statement = (
        select(Result)
        .where(col(Result.round_id) == round_id, is_public(at))
        .where(col(Result.area_code) >= low, col(Result.area_code) < high)
        .order_by(code)
        .limit(batch)
        .options(*(() if groups else LEAN))
    )
    while True:
        async with database.transaction() as db:
            rows = (await db.scalars(statement.where(code > after))).all()
        if rows:
            yield rows
        if len(rows) < batch:
            return
        after = rows[-1].unit_code


async def area_results(
    database: Database, round_id: UUID, area: str, length: int | None, *, groups: bool = True
) -> AsyncIterator[Sequence[AreaResult]]:
    """The sums of the areas of a level in an area, by code and kind of unit; of all levels where none is named."""
    low, high = prefix_range(area)
    batch = BATCH_WITH_GROUPS if groups else BATCH
    key, after = tuple_(col(AreaResult.area_code), col(AreaResult.unit_kind)), ("", "")
    statement = (
        select(AreaResult)
        .where(col(AreaResult.round_id) == round_id)
        .where(col(AreaResult.area_code) >= low, col(AreaResult.area_code) < high)
        .where((col(AreaResult.units_published) > 0) | (col(AreaResult.participants) > 0))
        .order_by(col(AreaResult.area_code), col(AreaResult.unit_kind))
        .limit(batch)
        .options(*(() if groups else WITHOUT_GROUPS))
    )
    if length is not None:
        statement = statement.where(func.length(col(AreaResult.area_code)) == length)
    while True:
        async with database.transaction() as db:
            rows = (await db.scalars(statement.where(key > after))).all()
        if rows:
            yield rows
        if len(rows) < batch:
            return
        after = rows[-1].area_code, rows[-1].unit_kind
