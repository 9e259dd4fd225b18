"""One line per area or unit with the sums that a comparison needs, and no more: the rows hold every group as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.history.standings import Scale, Score, score_of
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.results.public import is_public
from services.scorecard.results.rules import area_median, own_mean
from shared.areas import prefix_range

Table = Literal["areas", "units"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared of a kind of unit: one indicator of its set, or all together."""

    questions: IndicatorSet
    position: int | None

    @property
    def positions(self) -> tuple[int, ...]:
        """The indicators' places in the set, from 0."""
        return tuple(range(len(self.questions.indicators))) if self.position is None else (self.position,)


@dataclass(slots=True)
class Sums:
    """What is public of an area or unit about the question; of several kinds of units, their sum."""

    code: str
    participants: int | None
    counts: list[int | None]
    own_total: int
    own_number: int
    median: float | None = None
    """By the round's village rule; None where that of all answers holds."""
    unit: Any = None
    """A unit's own columns."""

    def add(self, other: "Sums") -> None:
        """Take another kind of units of the area in; medians of different questions have no common middle."""
        self.participants = (self.participants or 0) + (other.participants or 0)
        self.counts = [(one or 0) + (more or 0) for one, more in zip(self.counts, other.counts, strict=True)]
        self.own_total += other.own_total
        self.own_number += other.own_number
        self.median = None

    def score(self, scale: Scale) -> Score:
        """The statistics."""
        return score_of(self.counts, scale, median=self.median, own=own_mean(self.own_total, self.own_number))

    def mean(self) -> float | None:
        """The mean of `score`, alone: it is what thousands are ordered by."""
        n = total = 0
        for step, count in enumerate(self.counts, start=1):
            if count is None:
                return None
            n += count
            total += step * count
        return round(total / n, 2) if n else None


async def sums_of_areas(
    db: AsyncSession,
    round_id: UUID,
    question: Question,
    area: str,
    length: int,
    village_rule: str,
    codes: Sequence[str] | None = None,
) -> list[Sums]:
    """The areas of a level with published results of a kind of unit; of these codes alone, where they are named."""
    values = _values(round_id, question, area, codes) | {"length": length}
    statement = _statement("areas", question, codes is not None, village_rule == "median_of_medians")
    return [
        Sums(code, participants, counts, own_total, own_number, area_median(bins, village_rule) if bins else None)
        for code, participants, counts, own_total, own_number, bins in await db.execute(statement, values)
    ]


async def sums_of_units(
    db: AsyncSession, round_id: UUID, question: Question, area: str, codes: Sequence[str] | None = None
) -> list[Sums]:
    """The units of a kind with a public result; of these codes alone, where they are named."""
    rows = await db.execute(_statement("units", question, codes is not None), _values(round_id, question, area, codes))
    return [
        Sums(row.code, row.participants, row.counts, row.own_total, row.own_number, row.median, row) for row in rows
    ]


def _values(round_id: UUID, question: Question, area: str, codes: Sequence[str] | None) -> dict[str, Any]:
    low, high = prefix_range(area)
    named = {} if codes is None else {"codes": codes}
    return {"round_id": round_id, "unit_kind": question.questions.unit_kind, "low": low, "high": high, **named}


def _statement(table: Table, question: Question, named: bool, by_unit: bool = False) -> Select[Any]:
    return _made(table, question.positions, len(question.questions.scale), named, by_unit)


@lru_cache(maxsize=500)
def _made(table: Table, positions: tuple[int, ...], steps: int, named: bool, by_unit: bool) -> Select[Any]:
    """The database adds the indicators up: it would take longer to send them all."""
    of_areas, rows = table == "areas", AreaResult if table == "areas" else Result
    code = col(AreaResult.area_code) if of_areas else col(Result.unit_code)
    columns = _columns_of_areas(positions, steps, by_unit) if of_areas else _columns_of_units(positions)
    counts = ", ".join(
        _sum([f"cells[{at * steps + step}]" for at in positions], len(positions) == 1) for step in range(1, steps + 1)
    )
    columns = {"counts": f"ARRAY[{counts}]", **columns}
    chosen: list[Any] = [code.label("code"), col(rows.participants)]
    chosen += [literal_column(sql).label(name) for name, sql in columns.items()]
    statement = select(*chosen).where(
        col(rows.round_id) == bindparam("round_id"),
        col(rows.unit_kind) == bindparam("unit_kind"),
        col(rows.area_code) >= bindparam("low"),
        col(rows.area_code) < bindparam("high"),
    )
    if named:
        statement = statement.where(code == func.any(bindparam("codes", type_=ARRAY(Text))))
    if not of_areas:
        return statement.where(is_public())
    shown = (col(AreaResult.units_published) > 0) | (col(AreaResult.participants) > 0)
    return statement.where(func.length(code) == bindparam("length"), shown)


def _columns_of_areas(positions: tuple[int, ...], steps: int, by_unit: bool) -> dict[str, str]:
    width, first = 2 * steps - 1, positions[0]
    bins = f"unit_medians[{first * width + 1}:{(first + 1) * width}]"
    return {
        "own_total": _sum([f"self_totals[{at + 1}]" for at in positions]),
        "own_number": _sum([f"self_counts[{at + 1}]" for at in positions]),
        "bins": bins if len(positions) == 1 and by_unit else "NULL",
    }


def _columns_of_units(positions: tuple[int, ...]) -> dict[str, str]:
    return {
        "own_total": _sum([f"self_scores[{at + 1}]::int" for at in positions]),
        "own_number": f"num_nonnulls({', '.join(f'self_scores[{at + 1}]' for at in positions)})",
        "median": f"medians[{positions[0] + 1}]" if len(positions) == 1 else "NULL::float",
        "area_code": "area_code",
        "unit_kind": "unit_kind",
        "name_km": "unit_name_km",
        "name_en": "unit_name_en",
        "below_minimum": "below_minimum",
    }


def _sum(cells: Iterable[str], keeps_null: bool = False) -> str:
    return " + ".join(cells if keeps_null else (f"coalesce({cell}, 0)" for cell in cells))


def by_code(some: Sequence[Sequence[Sums]]) -> dict[str, Sums]:
    """The sums of each area over the kinds of units."""
    found: dict[str, Sums] = {}
    for sums in some:
        for entry in sums:
            if entry.code in found:
                found[entry.code].add(entry)
            else:
                found[entry.code] = entry
    return found
