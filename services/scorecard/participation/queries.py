"""Reads of the counted levels; of an area and the areas one level down, never of their units."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.groups import PEOPLE_SLOTS
from services.scorecard.counting.models import AreaHistogram, UnitHistogram
from services.scorecard.participation.rules import LevelRow
from services.scorecard.scorecards.models import Scorecard
from shared.areas import prefix_range

LEVEL = """
    SELECT {columns} FROM {table}
    WHERE round_id = :round_id AND length(area_code) IN (:own, :below) AND area_code >= :low AND area_code < :high
"""
LEVELS = text(
    f"""
    SELECT area_code, unit_kind, coalesce(planned, 0), coalesce(reported, 0), coalesce(on_time, 0),
           coalesce(empty, 0), coalesce(completed, 0), coalesce(published, 0), coalesce(late, 0),
           coalesce(units_scored, 0), coalesce(ballots, 0), coalesce(tallied, 0), coalesce(people, '{{}}')
    FROM ({LEVEL.format(table="area_progress", columns="*")}) AS progress
    FULL JOIN ({LEVEL.format(table="area_histogram", columns="*")}) AS counted USING (area_code, unit_kind)
    ORDER BY area_code, unit_kind
    """  # noqa: S608 - constants are put in
)
"""An area is in one of the two tables alone when its units were scored, or planned, a moment ago."""
LATE = text(
    """
    SELECT (SELECT count(*) FROM ballot
            WHERE round_id = :round_id AND unit_code = :unit_code AND late AND NOT withdrawn),
           (SELECT coalesce(sum(participants), 0)::int
            FROM tally JOIN tally_group ON tally_group.tally_id = tally.id
            WHERE round_id = :round_id AND unit_code = :unit_code AND late AND withdrawn_at IS NULL
              AND slot < :people_slots)
    """
)


async def read_levels(db: AsyncSession, round_id: UUID, area_code: str) -> list[LevelRow]:
    """The rows of an area and of those right below it, one for each kind of unit."""
    low, high = prefix_range(area_code)
    own = len(area_code)
    bounds = {"round_id": round_id, "own": own, "below": own + 2, "low": low, "high": high}
    return [LevelRow(*row) for row in await db.execute(LEVELS, bounds)]


async def read_histograms(db: AsyncSession, round_id: UUID, area_code: str) -> list[AreaHistogram]:
    """What an area's units have been scored, one row for each kind."""
    statement = (
        select(AreaHistogram)
        .where(col(AreaHistogram.round_id) == round_id, col(AreaHistogram.area_code) == area_code)
        .order_by(col(AreaHistogram.unit_kind))
    )
    return list(await db.scalars(statement))


async def read_villages(db: AsyncSession, card: Scorecard) -> list[UnitHistogram]:
    """What was counted for a unit, by village."""
    statement = (
        select(UnitHistogram)
        .where(col(UnitHistogram.round_id) == card.round_id, col(UnitHistogram.unit_code) == card.unit_code)
        .where(col(UnitHistogram.participants) > 0)
        .order_by(col(UnitHistogram.village_code))
    )
    return list(await db.scalars(statement))


async def count_late_people(db: AsyncSession, card: Scorecard) -> tuple[int, int]:
    """A unit's late ballots, and the people of its late tallies."""
    values = {"round_id": card.round_id, "unit_code": card.unit_code, "people_slots": PEOPLE_SLOTS}
    ballots, tallied = (await db.execute(LATE, values)).one()
    return ballots, tallied
