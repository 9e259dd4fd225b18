"""How far a year's information for citizens is in an area: whose facts stand where, and who has a pack."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.reported import AreaNamed, Place, reported_areas
from services.registry.facts.models import FactSheet
from services.registry.packs.models import Pack
from services.registry.units.models import Unit
from shared.areas import Level, prefix_range
from shared.registry_copy import under

FactsState = Literal["none", "draft", "returned", "submitted", "approved"]
COUNTS = (
    *("units", "facts_none", "facts_draft", "facts_returned", "facts_submitted", "facts_approved"),
    *("packs", "packs_without_facts"),
)
COUNT = text(
    """
    SELECT left(u.area_code, :digits) AS code, u.kind, count(*) AS units,
           count(*) FILTER (WHERE s.status IS NULL) AS facts_none,
           count(*) FILTER (WHERE s.status = 'draft') AS facts_draft,
           count(*) FILTER (WHERE s.status = 'returned') AS facts_returned,
           count(*) FILTER (WHERE s.status = 'submitted') AS facts_submitted,
           count(*) FILTER (WHERE s.status = 'approved') AS facts_approved,
           count(p.unit_id) AS packs, count(*) FILTER (WHERE p.facts = 0) AS packs_without_facts
    FROM unit u
    LEFT JOIN fact_sheet s ON s.unit_id = u.id AND s.year = :year
    LEFT JOIN pack p ON p.unit_id = u.id AND p.year = :year AND p.current
    WHERE u.area_code >= :low AND u.area_code < :high AND u.status = 'open'
    GROUP BY 1, 2
    """
)
PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""A plan for any area at all would loop over the nation's units one by one."""


class PackCounts(BaseModel):
    """Of so many open units: where their facts stand, and how many have a pack that citizens may read."""

    units: int = Field(examples=[1256])
    facts_none: int = Field(description="Units of which nothing was entered")
    facts_draft: int
    facts_returned: int
    facts_submitted: int
    facts_approved: int
    packs: int = Field(description="Units with a pack of the year", examples=[1204])
    packs_without_facts: int = Field(description="Of these, packs that tell of services alone")


class PackKindCounts(PackCounts):
    """The counts of a kind."""

    kind: str = Field(examples=["health_centre"])


class PackReportRow(PackCounts, AreaNamed):
    """An area's counts, and those of each kind of unit in it."""

    kinds: list[PackKindCounts]

    @classmethod
    def of(cls, place: Place, rows: Sequence[Any]) -> Self:
        """The sums of an area."""
        by_kind = defaultdict[str, list[Any]](list)
        for row in rows:
            by_kind[row.kind].append(row)
        kinds = [PackKindCounts(kind=kind, **_sums(some)) for kind, some in sorted(by_kind.items())]
        return cls(area_code=place[0], name_km=place[1], name_en=place[2], kinds=kinds, **_sums(rows))


class PackReport(BaseModel):
    """How far a year's information for citizens is, over the units that are open today."""

    year: int = Field(examples=[2026])
    level: Level
    total: PackReportRow
    rows: list[PackReportRow]


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
    await db.execute(PLAN_ANEW)
    counts = (await db.execute(COUNT, values)).all()
    by_code = defaultdict[str, list[Any]](list)
    for row in counts:
        by_code[row.code].append(row)
    return PackReport(
        year=year,
        level=areas.level,
        total=PackReportRow.of(areas.top, counts),
        rows=[PackReportRow.of(place, by_code[place[0]]) for place in areas.rows],
    )


def _sums(rows: Sequence[Any]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
