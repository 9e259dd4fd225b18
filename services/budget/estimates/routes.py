"""The yearly operating estimate, computed from its figures."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.budget.areas import Area
from services.budget.estimates.models import EstimateEdition, EstimateFigure, EstimateLevel
from services.budget.tables import now
from shared.areas import LEVELS
from shared.db import Transaction
from shared.errors import NotFound
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/estimate", tags=["estimate"])

Basis = Annotated[
    Literal["strategy", "gazetteer"],
    Query(description="Count the administrations as the national strategy does, or as today's gazetteer does"),
]


class EstimateLine(BaseModel):
    """What the administrations of one level need a year."""

    level: EstimateLevel
    administrations: int
    per_administration: Annotated[int, Field(description="Riel a year")]
    total: Annotated[int, Field(description="Riel a year")]
    total_usd: Annotated[float, Field(description="For information")]
    note_km: str | None
    note_en: str | None


class Estimate(BaseModel):
    """What running the cycle costs a year, without the actions of the plans."""

    basis: Literal["strategy", "gazetteer"]
    effective_from: Annotated[int, Field(description="The first year for which these figures hold")]
    riel_per_usd: int
    lines: list[EstimateLine]
    total: Annotated[int, Field(description="Riel a year", examples=[10_288_000_000])]
    total_usd: Annotated[float, Field(description="For information")]
    source: str
    source_km: str


@router.get("")
async def read_estimate(db: Transaction, basis: Basis = "strategy", year: Year | None = None) -> Estimate:
    """The operating estimate of a year (this one when left out): rate times number of administrations, per level."""
    edition = await get_edition(db, year or now().year)
    figures = await db.scalars(select(EstimateFigure).where(col(EstimateFigure.edition_id) == edition.id))
    counted = await count_administrations(db) if basis == "gazetteer" else {}
    lines = [
        line_of(figure, counted.get(figure.level, 0) if basis == "gazetteer" else figure.administrations, edition)
        for figure in sorted(figures, key=lambda figure: LEVELS.index(figure.level))
    ]
    total = sum(line.total for line in lines)
    return Estimate(
        basis=basis,
        effective_from=edition.effective_from,
        riel_per_usd=edition.riel_per_usd,
        lines=lines,
        total=total,
        total_usd=in_usd(total, edition),
        source=edition.source_en,
        source_km=edition.source_km,
    )


async def get_edition(db: AsyncSession, year: int) -> EstimateEdition:
    """The newest figures that hold in a year. Raises NotFound."""
    statement = select(EstimateEdition).where(col(EstimateEdition.effective_from) <= year)
    edition: EstimateEdition | None = await db.scalar(
        statement.order_by(col(EstimateEdition.effective_from).desc()).limit(1)
    )
    if edition is None:
        raise NotFound(
            "estimate_not_found",
            en=f"No estimate has been published for {year}.",
            km=f"មិនទាន់មានការប៉ាន់ស្មានថវិកាសម្រាប់ឆ្នាំ {year} ទេ។",
        )
    return edition


async def count_administrations(db: AsyncSession) -> dict[str, int]:
    """The open areas of today's gazetteer, by level."""
    statement = select(col(Area.level), func.count()).where(col(Area.status) == "open").group_by(col(Area.level))
    return {row[0]: row[1] for row in await db.execute(statement)}


def line_of(figure: EstimateFigure, administrations: int, edition: EstimateEdition) -> EstimateLine:
    """One level's line."""
    total = figure.total(administrations)
    return EstimateLine(
        level=figure.level,
        administrations=administrations,
        per_administration=figure.per_administration,
        total=total,
        total_usd=in_usd(total, edition),
        note_km=figure.note_km,
        note_en=figure.note_en,
    )


def in_usd(riel: int, edition: EstimateEdition) -> float:
    """Riel in US dollars, to the cent, by the edition's rate."""
    return round(riel / edition.riel_per_usd, 2)
