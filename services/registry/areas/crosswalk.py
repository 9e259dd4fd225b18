"""Resolving codes across time: along the lives of areas and the crosswalk's lines, in the order of their making."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Direction = Literal["forward", "backward"]

FORWARD = text(
    """
    WITH RECURSIVE walk (start_id, area_id, seq) AS (
        SELECT area_id, area_id, CAST(0 AS bigint) FROM area_period
        WHERE code = :code AND valid_from <= CAST(:from AS date)
          AND coalesce(valid_to, 'infinity') > CAST(:from AS date)
        UNION
        SELECT walk.start_id, line.new_area_id, line.seq
        FROM walk JOIN area_succession AS line ON line.old_area_id = walk.area_id AND line.seq > walk.seq
        WHERE line.effective_on > CAST(:from AS date) AND line.effective_on <= CAST(:to AS date)
          AND line.old_area_id <> line.new_area_id
    )
    SELECT DISTINCT walk.start_id, period.area_id, period.code, period.parent_code, period.name_km, period.name_en
    FROM walk LEFT JOIN area_period AS period
        ON period.area_id = walk.area_id AND period.valid_from <= CAST(:to AS date)
        AND coalesce(period.valid_to, 'infinity') > CAST(:to AS date)
    ORDER BY walk.start_id, period.code, period.area_id
    """
)
BACKWARD = text(
    """
    WITH RECURSIVE walk (start_id, area_id, seq) AS (
        SELECT area_id, area_id, 9223372036854775807 FROM area_period
        WHERE code = :code AND valid_from <= CAST(:to AS date)
          AND coalesce(valid_to, 'infinity') > CAST(:to AS date)
        UNION
        SELECT walk.start_id, line.old_area_id, line.seq
        FROM walk JOIN area_succession AS line ON line.new_area_id = walk.area_id AND line.seq < walk.seq
        WHERE line.effective_on > CAST(:from AS date) AND line.effective_on <= CAST(:to AS date)
          AND line.old_area_id <> line.new_area_id
    )
    SELECT DISTINCT walk.start_id, period.area_id, period.code, period.parent_code, period.name_km, period.name_en
    FROM walk LEFT JOIN area_period AS period
        ON period.area_id = walk.area_id AND period.valid_from <= CAST(:from AS date)
        AND coalesce(period.valid_to, 'infinity') > CAST(:from AS date)
    ORDER BY walk.start_id, period.code, period.area_id
    """
)


async def resolve(db: AsyncSession, code: str, direction: Direction, since: date, until: date) -> Sequence[Any]:
    """Rows of start_id (the area that bore the code on its day) and what it is on the other day, or nulls.

    An area keeps its id through renames, moves and renumberings; splits, mergers and closings lead on to others. What
    a village bore on another day, or who else bore the code since, plays no part.
    """
    statement = FORWARD if direction == "forward" else BACKWARD
    return (await db.execute(statement, {"code": code, "from": since, "to": until})).all()
