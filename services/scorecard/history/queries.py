"""How the same unit, or the same area under whatever codes, stood in earlier rounds."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.history.models import AreaSuccession
from services.scorecard.history.standings import Standing, standing_of_areas, standing_of_unit
from services.scorecard.history.succession import Crosswalk, Origin
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.public import LEAN, is_public
from services.scorecard.rounds.models import Round
from shared.areas import prefix_range

LOWEST = 6
"""Length of a commune's code: what lies below is no level of results, and is only watched at the communes' borders."""
WITHOUT_GROUPS = (defer(AreaResult.group_cells), defer(AreaResult.people))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier round, where in it the unit or area stands, and how it stood, by kind of unit."""

    round: Round
    origin: Origin
    standings: dict[str, Standing]


async def past_of_unit(db: AsyncSession, this: Round, result: Result, most: int) -> list[Past]:
    """The newest earlier rounds in which the unit has a public result, also under a code it bore before."""
    codes = await _codes_of(db, result.unit_code)
    statement = (
        select(Result, Round, IndicatorSet)
        .join(Round, col(Round.id) == col(Result.round_id))
        .join(IndicatorSet, col(IndicatorSet.id) == col(Result.indicator_set_id))
        .where(col(Result.unit_code).in_(codes), is_public(), is_before(this))
        .order_by(*NEWEST_FIRST, col(Result.unit_code) != codes[0], col(Result.unit_code))
        .options(*LEAN)
    )
    found: dict[UUID, Past] = {}
    for row, scored_round, questions in await db.execute(statement):
        if scored_round.id not in found:
            standing = standing_of_unit(row, questions)
            found[scored_round.id] = Past(scored_round, Origin((row.unit_code,)), {result.unit_kind: standing})
    return list(found.values())[:most]


async def past_of_area(db: AsyncSession, this: Round, code: str, most: int) -> list[Past]:
    """The newest earlier rounds with published results of what an area was then."""
    lines = await lines_until(db, this.closed_at, code)
    rows = await _rows_before(db, this, Crosswalk(lines).candidates(code))
    pasts: list[Past] = []
    opened_at = this.opened_at or datetime.now(UTC)
    for scored_round, here in rows:
        origin = crosswalk_since(lines, scored_round).origin(code, opened_at)
        standings = standings_in(scored_round, [row for row in here if row.area_code in origin.codes])
        if standings and len(pasts) < most:
            pasts.append(Past(scored_round, borne_by(origin, here), standings))
    return pasts


def crosswalk_since(lines: Sequence[AreaSuccession], earlier: Round) -> Crosswalk:
    """The lines that were told since an earlier round opened."""
    return Crosswalk([line for line in lines if earlier.opened_at is not None and line.told_at > earlier.opened_at])


def standings_in(scored_round: Round, rows: Iterable[AreaResult]) -> dict[str, Standing]:
    """The sums per kind of unit of areas' rows in a round."""
    by_kind: dict[str, list[AreaResult]] = defaultdict(list)
    for row in rows:
        if row.units_published or row.participants:
            by_kind[row.unit_kind].append(row)
    return {
        kind: standing_of_areas(some, questions, scored_round.village_rule)
        for kind, some in sorted(by_kind.items())
        if (questions := scored_round.set_for(kind)) is not None
    }


def borne_by(origin: Origin, rows: Iterable[AreaResult]) -> Origin:
    """The origin with only the codes that there are results under."""
    there = {row.area_code for row in rows}
    return Origin(tuple(code for code in origin.codes if code in there), origin.kinds, origin.same_territory)


async def lines_until(db: AsyncSession, closed_at: datetime | None, code: str) -> Sequence[AreaSuccession]:
    """The lines of an area's level up to a round's end, and those below what the area may have been."""
    until = closed_at or datetime.now(UTC)
    level = await _lines(db, until, func.length(col(AreaSuccession.new_code)) == len(code))
    lengths = func.length(col(AreaSuccession.new_code)).between(len(code) + 1, max(LOWEST, len(code) + 2))
    inside = [
        (column >= low) & (column < high)
        for low, high in map(prefix_range, sorted(Crosswalk(level).candidates(code)))
        for column in (col(AreaSuccession.old_code), col(AreaSuccession.new_code))
    ]
    below = await _lines(db, until, lengths & or_(*inside)) if code else []
    return sorted([*level, *below], key=lambda line: (line.told_at, line.id))


async def lines_of_level(db: AsyncSession, closed_at: datetime | None, length: int) -> Sequence[AreaSuccession]:
    """All lines of a level and, for what went from one area to another, of the levels of results below it."""
    lengths = func.length(col(AreaSuccession.new_code)).between(length, max(LOWEST, length + 2))
    return await _lines(db, closed_at or datetime.now(UTC), lengths)


async def _lines(db: AsyncSession, until: datetime, narrowed: Any) -> Sequence[AreaSuccession]:
    """As plain rows with the attributes of lines: there may be thousands."""
    told, line_id = col(AreaSuccession.told_at), col(AreaSuccession.id)
    columns = [col(getattr(AreaSuccession, name)) for name in AreaSuccession.model_fields]
    rows = await db.execute(select(*columns).where(told <= until, narrowed).order_by(told, line_id))
    return cast(Sequence[AreaSuccession], rows.all())


async def _codes_of(db: AsyncSession, unit_code: str) -> list[str]:
    """A unit's codes: the one asked for first, then all others it bears or bore."""
    bears = or_(col(Unit.code) == unit_code, col(Unit.aliases).contains([unit_code]))
    units = (await db.scalars(select(Unit).where(bears))).all()
    return list(dict.fromkeys([unit_code, *(code for unit in units for code in (unit.code, *unit.aliases))]))


async def _rows_before(db: AsyncSession, this: Round, codes: set[str]) -> list[tuple[Round, list[AreaResult]]]:
    statement = (
        select(AreaResult, Round)
        .join(Round, col(Round.id) == col(AreaResult.round_id))
        .where(col(AreaResult.area_code).in_(sorted(codes)), is_before(this))
        .order_by(*NEWEST_FIRST)
        .options(*WITHOUT_GROUPS)
    )
    found: dict[UUID, tuple[Round, list[AreaResult]]] = {}
    for row, scored_round in await db.execute(statement):
        found.setdefault(scored_round.id, (scored_round, []))[1].append(row)
    return list(found.values())


NEWEST_FIRST = (col(Round.year).desc(), col(Round.opened_at).desc(), col(Round.id))


def is_before(this: Round) -> Any:
    """Earlier by year, then by opening."""
    return tuple_(col(Round.year), col(Round.opened_at)) < (this.year, this.opened_at)
