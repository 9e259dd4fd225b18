"""Where posters hang and where they do not, by area."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from services.registry.areas.reported import PLAN_ANEW, AreaNamed, plan_for, reported_areas, rows_by_kind
from shared.areas import Level, prefix_range
from shared.schemas import Trusted

PostingStatus = Literal["not_posted", "outdated", "posted", "to_take_down"]
UNITS = """
    SELECT u.code AS unit_code, u.area_code, u.kind, u.name_km, u.name_en, p.version AS pack_version,
           g.version AS posted_version, g.photo, g.posted_on, p.unit_id IS NOT NULL AS has_pack,
           CASE WHEN p.unit_id IS NULL THEN CASE WHEN g.unit_id IS NOT NULL THEN 'to_take_down' END
                WHEN g.unit_id IS NULL THEN 'not_posted'
                WHEN g.version < p.version THEN 'outdated' ELSE 'posted' END AS status
    FROM unit u
    LEFT JOIN pack p ON p.unit_id = u.id AND p.year = :year AND p.current
    LEFT JOIN {hanging}
    WHERE u.area_code >= :low AND u.area_code < :high AND u.status = 'open'
      AND (CAST(:kind AS text) IS NULL OR u.kind = :kind)
"""
"""The open units of an area, whether they have a pack of the year, and what hangs."""
OF_ALL = """
    (SELECT unit_id, max(pack_version) AS version, bool_or(has_photo) AS photo, NULL AS posted_on
     FROM posting WHERE year = :year AND withdrawn_at IS NULL GROUP BY unit_id) g ON g.unit_id = u.id
"""
OF_EACH = """
    LATERAL (SELECT unit_id, max(pack_version) AS version, bool_or(has_photo) AS photo, max(posted_on) AS posted_on
             FROM posting WHERE unit_id = u.id AND year = :year AND withdrawn_at IS NULL GROUP BY unit_id) g ON true
"""
COUNT = """
    SELECT left(area_code, :digits), kind, count(*), count(*) FILTER (WHERE has_pack),
           count(*) FILTER (WHERE status IN ('posted', 'outdated')),
           count(*) FILTER (WHERE status IN ('posted', 'outdated') AND photo),
           count(*) FILTER (WHERE status = 'not_posted'), count(*) FILTER (WHERE status = 'outdated'),
           count(*) FILTER (WHERE status = 'to_take_down')
    FROM ({units}) one GROUP BY 1, 2
"""
COUNT_NATION = text(COUNT.format(units=UNITS.format(hanging=OF_ALL)))
COUNT_AREA = text(COUNT.format(units=UNITS.format(hanging=OF_EACH)))
"""Of an area the postings of its own units are looked up; of the nation all are read once."""
LIST = text(
    f"""
    SELECT * FROM ({UNITS.format(hanging=OF_EACH)}) one
    WHERE status IS NOT NULL AND (CAST(:status AS text) IS NULL OR status = :status)
      AND (area_code, unit_code) > (:after_area, :after_code)
    ORDER BY area_code, unit_code LIMIT :most
    """  # noqa: S608 - our own text
)
IN_ORDER = text("SET LOCAL enable_sort = off")
"""Go along the units and stop when the page is full: sorting them all took twenty times as long."""


class PostingCounts(TypedDict):
    """Of so many open units: how many have a pack of the year, and of these how many a poster on a wall."""

    units: Annotated[int, Field(examples=[12428])]
    packs: Annotated[int, Field(description="Units with a pack of the year", examples=[12000])]
    posted: Annotated[
        int, Field(description="Of these, units whose poster hangs, of whichever version", examples=[11204])
    ]
    posted_with_photo: int
    not_posted: Annotated[int, Field(description="Units with a pack and no poster")]
    outdated: Annotated[int, Field(description="Of those posted, units where an older version hangs")]
    to_take_down: Annotated[int, Field(description="Units whose pack was withdrawn, and whose poster still hangs")]


COUNTS = tuple(PostingCounts.__annotations__)
"""In the order of the statement's columns."""


class PostingKindCounts(PostingCounts):
    """The counts of a kind."""

    kind: Annotated[str, Field(examples=["health_centre"])]


class PostingReportRow(AreaNamed, PostingCounts):
    """An area's counts, and those of each kind of unit in it."""

    kinds: list[PostingKindCounts]


class PostingReport(BaseModel):
    """Where posters of a year hang, over the units that are open today."""

    year: int = Field(examples=[2026])
    level: Level
    total: PostingReportRow
    rows: Trusted[list[PostingReportRow]]


class UnitPosting(BaseModel):
    """A unit with a pack or a poster, and what hangs there."""

    unit_code: str = Field(examples=["HC-020201-1"])
    area_code: str = Field(examples=["020201"])
    kind: str
    name_km: str
    name_en: str
    status: PostingStatus
    pack_version: int | None = Field(description="Of the pack that citizens are shown")
    posted_version: int | None = Field(description="The newest that hangs")
    photo: bool
    posted_on: date | None = Field(description="The last day on which one was put up", examples=["2026-03-04"])

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of LIST."""
        return cls.model_validate(dict(row._mapping) | {"photo": bool(row.photo)})


async def read_posting_report(
    db: AsyncSession, year: int, area: str, level: Level | None, kind: str | None
) -> PostingReport:
    """The report of an area and of each area of a level in it, over all kinds or one. Raises Invalid."""
    areas = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    values = {"year": year, "low": low, "high": high, "kind": kind, "digits": areas.digits}
    await plan_for(db, area)
    found = (await db.execute(COUNT_AREA if area else COUNT_NATION, values)).all()
    total, rows = rows_by_kind(areas, found, COUNTS)
    return PostingReport(
        year=year, level=areas.level, total=cast(PostingReportRow, total), rows=cast(list[PostingReportRow], rows)
    )


@dataclass(frozen=True, slots=True)
class UnitsWanted:
    """Which units the list behind the report shows."""

    year: int
    area: str
    kind: str | None
    status: PostingStatus | None


async def read_unit_postings(
    db: AsyncSession, wanted: UnitsWanted, after: tuple[str, str], most: int
) -> list[UnitPosting]:
    """Units by area and code, after one of them."""
    low, high = prefix_range(wanted.area)
    values = {"year": wanted.year, "low": low, "high": high, "kind": wanted.kind, "status": wanted.status}
    await db.execute(PLAN_ANEW)
    await db.execute(IN_ORDER)
    rows = await db.execute(LIST, values | {"most": most, "after_area": after[0], "after_code": after[1]})
    return [UnitPosting.of(row) for row in rows]
