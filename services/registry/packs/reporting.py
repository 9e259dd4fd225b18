"""How far a year's information for citizens is in an area: whose facts stand where, and who has a pack."""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from typing_extensions import TypedDict

from services.registry.areas.reported import AreaNamed, plan_for, reported_areas, rows_by_kind
from services.registry.facts.models import FactSheet
from services.registry.packs.models import Pack
from services.registry.units.models import Unit
from shared.areas import Level, prefix_range
from shared.registry_copy import under
from shared.schemas import Trusted

FactsState = Literal["none", "draft", "returned", "submitted", "approved"]
COUNT = text(
    """
    SELECT left(u.area_code, :digits), u.kind, count(*), count(*) FILTER (WHERE s.status IS NULL),
           count(*) FILTER (WHERE s.status = 'draft'), count(*) FILTER (WHERE s.status = 'returned'),
           count(*) FILTER (WHERE s.status = 'submitted'), count(*) FILTER (WHERE s.status = 'approved'),
           count(p.unit_id), count(*) FILTER (WHERE p.facts = 0)
    FROM unit u
    LEFT JOIN fact_sheet s ON s.unit_id = u.id AND s.year = :year
    LEFT JOIN pack p ON p.unit_id = u.id AND p.year = :year AND p.current
    WHERE u.area_code >= :low AND u.area_code < :high AND u.status = 'open'
    GROUP BY 1, 2
    """
)


class PackCounts(TypedDict):
    """Of so many open units: where their facts stand, and how many have a pack that citizens may read."""

    units: Annotated[int, Field(examples=[1256])]
    facts_none: Annotated[int, Field(description="Units of which nothing was entered")]
    facts_draft: int
    facts_returned: int
    facts_submitted: int
    facts_approved: int
    packs: Annotated[int, Field(description="Units with a pack of the year", examples=[1204])]
    packs_without_facts: Annotated[int, Field(description="Of these, packs that tell of services alone")]


COUNTS = tuple(PackCounts.__annotations__)
"""In the order of the statement's columns."""


class PackKindCounts(PackCounts):
    """The counts of a kind."""

    kind: Annotated[str, Field(examples=["health_centre"])]


class PackReportRow(AreaNamed, PackCounts):
    """An area's counts, and those of each kind of unit in it."""

    kinds: list[PackKindCounts]


class PackReport(BaseModel):
    """How far a year's information for citizens is, over the units that are open today."""

    year: int = Field(examples=[2026])
    level: Level
    total: PackReportRow
    rows: Trusted[list[PackReportRow]]


class UnitState(BaseModel):
    """Where a unit's facts of the year stand, and whether citizens may read its pack."""

    unit_code: str = Field(examples=["HC-020201-1"])
    kind: str
    area_code: str
    name_km: str
    name_en: str
    facts: FactsState
    pack: int | None = Field(description="The version that citizens are shown; null where there is none", examples=[1])
    pack_facts: int | None = Field(description="How many facts it holds; 0 where it tells of services alone")


def unit_states(
    year: int, area: str, kind: str | None, facts: FactsState | None, published: bool | None
) -> Select[*tuple[Any, ...]]:
    """The open units of an area as UnitState shows them."""
    state = func.coalesce(col(FactSheet.status), "none")
    of_year = and_(col(FactSheet.unit_id) == col(Unit.id), col(FactSheet.year) == year)
    current = and_(col(Pack.unit_id) == col(Unit.id), col(Pack.year) == year, col(Pack.current))
    statement: Select[*tuple[Any, ...]] = (
        select(
            col(Unit.code).label("unit_code"), col(Unit.kind), col(Unit.area_code), col(Unit.name_km),
            col(Unit.name_en), state.label("facts"), col(Pack.version).label("pack"),
            col(Pack.facts).label("pack_facts"),
        )
        .outerjoin(FactSheet, of_year)
        .outerjoin(Pack, current)
        .where(col(Unit.status) == "open")
    )  # fmt: skip
    if kind is not None:
        statement = statement.where(col(Unit.kind) == kind)
    if facts is not None:
        statement = statement.where(state == facts)
    if published is not None:
        statement = statement.where(col(Pack.id).is_not(None) if published else col(Pack.id).is_(None))
    return under(statement, col(Unit.area_code), area)


async def read_pack_report(db: AsyncSession, year: int, area: str, level: Level | None) -> PackReport:
    """The report of an area and of each area of a level in it. Raises Invalid for what does not fit."""
    areas = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    values = {"year": year, "low": low, "high": high, "digits": areas.digits}
    await plan_for(db, area)
    total, rows = rows_by_kind(areas, (await db.execute(COUNT, values)).all(), COUNTS)
    return PackReport(
        year=year, level=areas.level, total=cast(PackReportRow, total), rows=cast(list[PackReportRow], rows)
    )
