"""Sorting and comparing areas and units of a round: the best, the worst, or chosen ones side by side."""

from collections.abc import Sequence
from dataclasses import replace
from os.path import commonprefix
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import names_of
from services.scorecard.comparison import refusals
from services.scorecard.comparison.queries import (
    LENGTHS,
    ComparedLevel,
    Wanted,
    questions_for,
    read_sums,
    read_table,
)
from services.scorecard.comparison.ranking import Measure, Order, Ranked, page_of, rank
from services.scorecard.comparison.rankings import Ranking, rankings_in
from services.scorecard.comparison.schemas import (
    AreaBeside,
    AreaList,
    AreasBeside,
    Comparison,
    ComparisonRow,
    LeftOut,
)
from services.scorecard.comparison.sums import Sums
from services.scorecard.history.queries import WITHOUT_GROUPS, Past, standings_in
from services.scorecard.history.schemas import ComparedWith, ScoreRead, TrendKind
from services.scorecard.history.standings import Standing
from services.scorecard.indicators.schemas import IndicatorCode
from services.scorecard.results.models import AreaResult
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from shared.areas import level_of
from shared.db import Transaction, running_database
from shared.events.registry import UnitKind
from shared.paging import Paging
from shared.registry_copy import area_unknown
from shared.routing import Router

OneIndicator = Annotated[IndicatorCode | None, Query(description="Left out: all indicators, pooled")]
OneKind = Annotated[UnitKind | None, Query(description="Left out: all kinds of units, pooled")]

router = Router(prefix="/rounds/{round_id}", tags=["comparison"])


@router.get("/comparison")
async def compare_level(
    round_id: UUID,
    request: Request,
    db: Transaction,
    page: Paging,
    level: ComparedLevel = "province",
    area: RoundArea = "",
    unit_kind: OneKind = None,
    indicator_code: OneIndicator = None,
    measure: Measure = "mean",
    order: Order = "best",
) -> Comparison:
    """All provinces, districts, communes or units in an area, sorted by their published results.

    Best is the highest value. `change` is that of the mean since the newest earlier round, by the crosswalk. Units in
    which too few took part, and whatever has no public value, are counted apart. Pooled means of several kinds of units
    compare what each area has: name a kind to compare like with like.
    """
    this = await get_round(db, round_id)
    await _must_lie_below(db, level, area)
    wanted = Wanted(this, level, area, questions_for(this, unit_kind, indicator_code))
    ranking = await rankings_in(running_database(request)).read(db, wanted, measure, order)
    places, next_cursor = page_of(ranking.places, order, page.limit, page.after)
    codes = [place.code for place in places]
    names = {} if level == "unit" else await names_of(db, codes)
    sums = await read_sums(db, wanted, codes)
    return Comparison(
        round_id=round_id,
        level=level,
        area_code=area,
        unit_kind=unit_kind,
        indicator_code=indicator_code,
        measure=measure,
        order=order,
        ranked=len(ranking.places),
        left_out=LeftOut(below_minimum=ranking.below_minimum, no_value=ranking.no_value),
        items=[_row(place, sums.get(place.code), ranking, wanted, names) for place in places],
        next_cursor=next_cursor,
    )


@router.get("/comparison/areas")
async def compare_areas(
    round_id: UUID,
    areas: AreaList,
    db: Transaction,
    unit_kind: OneKind = None,
    indicator_code: OneIndicator = None,
    measure: Measure = "mean",
    order: Order = "best",
) -> AreasBeside:
    """Chosen areas, of whatever levels, side by side: in the order of one measure, and with all indicators."""
    this = await get_round(db, round_id)
    codes = list(dict.fromkeys(areas.split(",")))
    names = await names_of(db, codes)
    for code in codes:
        if code not in names:
            raise area_unknown(code, "query/areas")
    values = await _values(
        db, Wanted(this, "province", "", questions_for(this, unit_kind, indicator_code)), codes, measure
    )
    standings = await _standings(db, this, codes, unit_kind)
    ranked = rank(values, order)
    places: list[tuple[str, Ranked | None]] = [(place.code, place) for place in ranked]
    places += [(code, None) for code in codes if values[code] is None]
    items = [
        AreaBeside(
            rank=place and place.rank,
            value=place and place.value,
            code=code,
            name_km=names[code][0],
            name_en=names[code][1],
            level=level_of(code),
            kinds=[TrendKind.of(kind, standing) for kind, standing in standings[code].items()],
        )
        for code, place in places
    ]
    return AreasBeside(
        round_id=round_id, unit_kind=unit_kind, indicator_code=indicator_code, measure=measure, order=order, items=items
    )


async def _must_lie_below(db: AsyncSession, level: ComparedLevel, area: str) -> None:
    """Raise Invalid for an area that there never was, or a level that does not lie below it."""
    if area and area not in await names_of(db, [area]):
        raise area_unknown(area, "query/area")
    if level != "unit" and LENGTHS[level] <= len(area):
        raise refusals.level_unfit(area)


async def _values(db: AsyncSession, wanted: Wanted, codes: Sequence[str], measure: Measure) -> dict[str, float | None]:
    """The value of each of the areas, level by level."""
    values: dict[str, float | None] = dict.fromkeys(codes)
    for level, length in LENGTHS.items():
        same = [code for code in codes if len(code) == length]
        if same:
            table = await read_table(db, replace(wanted, level=level, area=commonprefix(same)), measure)  # noqa: RUF071 - digits
            values |= {code: table.values.get(code) for code in same}
    return values


async def _standings(
    db: AsyncSession, this: Round, codes: Sequence[str], unit_kind: str | None
) -> dict[str, dict[str, Standing]]:
    """How each of the areas stands, by kind of unit."""
    chosen = (col(AreaResult.round_id) == this.id) & col(AreaResult.area_code).in_(codes)
    rows = (await db.scalars(select(AreaResult).where(chosen).options(*WITHOUT_GROUPS))).all()
    some = [row for row in rows if unit_kind in (None, row.unit_kind)]
    return {code: standings_in(this, [row for row in some if row.area_code == code]) for code in codes}


def _row(
    place: Ranked, sums: Sums | None, ranking: Ranking, wanted: Wanted, names: dict[str, tuple[str, str]]
) -> ComparisonRow:
    unit: Any = None if sums is None else sums.unit
    name_km, name_en = names.get(place.code, ("", "")) if unit is None else (unit.name_km, unit.name_en)
    earlier = ranking.origins.get(place.code)
    statistics = {} if sums is None else ScoreRead.of(sums.score(wanted.scale)).model_dump()
    return ComparisonRow.model_validate(
        {
            **dict.fromkeys(ScoreRead.model_fields),
            **statistics,
            "rank": place.rank,
            "value": place.value,
            "code": place.code,
            "name_km": name_km,
            "name_en": name_en,
            "area_code": place.code if unit is None else unit.area_code,
            "unit_kind": None if unit is None else unit.unit_kind,
            "participants": None if sums is None else sums.participants,
            "compared_with": None if earlier is None else ComparedWith.of(Past(*earlier, {})),
        }
    )
