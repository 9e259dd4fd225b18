"""Villages of a unit: which may be named in its records, which are planned, and in which a meeting was held."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import Text, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from services.scorecard.scorecards.models import Scorecard
from services.scorecard.tables import CODE, INSTANT, Table, of_scorecard
from shared.errors import Invalid

VillageState = Literal["planned", "held", "skipped"]

FOREIGN = text(
    """
    SELECT wanted.unit_code, wanted.village_code
    FROM unnest(CAST(:units AS text[]), CAST(:villages AS text[])) AS wanted (unit_code, village_code)
    LEFT JOIN unit ON unit.code = wanted.unit_code
    LEFT JOIN LATERAL (
        SELECT area_code, catchment FROM unit AS present
        WHERE unit.id IS NULL AND present.aliases @> ARRAY[wanted.unit_code] LIMIT 1) AS present ON unit.id IS NULL
    WHERE NOT EXISTS (
        SELECT FROM area AS village
        WHERE village.code = wanted.village_code AND village.status = 'open'
          AND (starts_with(village.parent_code, coalesce(unit.area_code, present.area_code))
               OR village.parent_code = ANY(coalesce(unit.catchment, present.catchment))))
    """
)


class VillageScorecard(Table, table=True):
    """A village in which a meeting about a unit is planned; that it was held is seen from its records, not written."""

    __tablename__: ClassVar[str] = "village_scorecard"
    __table_args__ = (of_scorecard(),)

    round_id: UUID = Field(primary_key=True)
    unit_code: str = Field(primary_key=True, sa_type=CODE)
    village_code: str = Field(primary_key=True, sa_type=CODE)
    planned_on: date | None = None
    skipped_reason: str | None = Field(default=None, sa_type=Text)
    skipped_by: UUID | None = None
    skipped_at: datetime | None = Field(default=None, sa_type=INSTANT)


async def find_foreign_villages(db: AsyncSession, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of (unit code, village code) whose village is in neither the unit's area nor a commune that it serves.

    The gazetteer says where a village is, not the look of its code.
    """
    wanted = sorted(set(pairs))
    if not wanted:
        return set()
    values = {"units": [unit for unit, _ in wanted], "villages": [village for _, village in wanted]}
    return {(row.unit_code, row.village_code) for row in await db.execute(FOREIGN, values)}


async def must_be_village_of(db: AsyncSession, village_code: str | None, card: Scorecard) -> None:
    """Raise Invalid unless the village, if one is named, may be named in records about the scorecard's unit."""
    if village_code is not None and await find_foreign_villages(db, [(card.unit_code, village_code)]):
        raise village_not_in_commune()


def village_not_in_commune(pointer: str = "/village_code") -> Invalid:
    """The refusal of a village of elsewhere, or of none that is known."""
    return Invalid.field(
        pointer,
        "village_not_in_commune",
        en="This village is in neither the unit's commune nor one that it serves.",
        km="ភូមិនេះមិនស្ថិតក្នុងឃុំ សង្កាត់របស់អង្គភាព ឬឃុំ សង្កាត់ដែលអង្គភាពនេះបម្រើទេ។",
    )
