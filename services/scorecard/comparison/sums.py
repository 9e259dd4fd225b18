"""One line per area or unit with the sums that a comparison needs, and no more: the rows hold every group as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.history.standings import Scale, Score, score_of
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.rules import area_median, own_mean

AREAS = """
    SELECT area_code AS code, participants, {counts} AS counts, {own_total} AS own_total, {own_number} AS own_number,
           {bins} AS bins
    FROM area_result
    WHERE round_id = :round_id AND unit_kind = :unit_kind AND area_code >= :low AND area_code < :high
      AND length(area_code) = :length AND (units_published > 0 OR participants > 0)
      AND (CAST(:codes AS text[]) IS NULL OR area_code = ANY(CAST(:codes AS text[])))
"""
UNITS = """
    SELECT unit_code AS code, participants, {counts} AS counts, {own_total} AS own_total, {own_number} AS own_number,
           {median} AS median, area_code, unit_kind, unit_name_km AS name_km, unit_name_en AS name_en, below_minimum
    FROM result
    WHERE round_id = :round_id AND unit_kind = :unit_kind AND area_code >= :low AND area_code < :high
      AND withdrawn_at IS NULL AND NOT EXISTS (
        SELECT FROM result AS newer WHERE newer.round_id = result.round_id AND newer.unit_code = result.unit_code
          AND newer.version > result.version)
"""


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
    steps = len(question.questions.scale)
    values = _values(round_id, question, area) | {"length": length, "codes": codes}
    by_unit = village_rule == "median_of_medians"
    rows = await db.execute(_statement("areas", question.positions, steps, by_unit), values)
    return [
        Sums(code, participants, counts, own_total, own_number, area_median(bins, village_rule) if bins else None)
        for code, participants, counts, own_total, own_number, bins in rows
    ]


async def sums_of_units(db: AsyncSession, round_id: UUID, question: Question, area: str) -> list[Sums]:
    """The units of a kind with a public result."""
    steps = len(question.questions.scale)
    rows = await db.execute(_statement("units", question.positions, steps), _values(round_id, question, area))
    return [
        Sums(row.code, row.participants, row.counts, row.own_total, row.own_number, row.median, row) for row in rows
    ]


def _values(round_id: UUID, question: Question, area: str) -> dict[str, Any]:
    return {"round_id": round_id, "unit_kind": question.questions.unit_kind, "low": area, "high": area + "~"}


@lru_cache(maxsize=500)
def _statement(
    table: Literal["areas", "units"], positions: tuple[int, ...], steps: int, by_unit: bool = False
) -> TextClause:
    """The database adds the indicators up: it would take longer to send them all."""
    single = len(positions) == 1
    counts = ", ".join(
        _sum([f"cells[{at * steps + step}]" for at in positions], single) for step in range(1, steps + 1)
    )
    parts = {"counts": f"ARRAY[{counts}]"}
    if table == "areas":
        width = 2 * steps - 1
        parts["own_total"] = _sum([f"self_totals[{at + 1}]" for at in positions])
        parts["own_number"] = _sum([f"self_counts[{at + 1}]" for at in positions])
        bins = f"unit_medians[{positions[0] * width + 1}:{(positions[0] + 1) * width}]"
        parts["bins"] = bins if single and by_unit else "NULL"
        return text(AREAS.format(**parts))
    parts["own_total"] = _sum([f"self_scores[{at + 1}]::int" for at in positions])
    parts["own_number"] = f"num_nonnulls({', '.join(f'self_scores[{at + 1}]' for at in positions)})"
    parts["median"] = f"medians[{positions[0] + 1}]" if single else "NULL::float"
    return text(UNITS.format(**parts))


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
