"""What results add to the sums of their areas. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import add, neg
from typing import Any, Self
from uuid import UUID

from services.scorecard.counting.shown import levels_of
from services.scorecard.results.models import Result
from services.scorecard.results.suppression import COLUMNS, SPANS, Split

NUMBERS = ("units_published", "units_suppressed", "participants")
ARRAYS = ("cells", "unit_medians", "self_totals", "self_counts", "people", "group_cells")


@dataclass(slots=True)
class Sums:
    """Numbers of units of one kind, in the shape of an AreaResult."""

    units_published: int = 0
    units_suppressed: int = 0
    participants: int = 0
    cells: list[int] = field(default_factory=list)
    unit_medians: list[int] = field(default_factory=list)
    self_totals: list[int] = field(default_factory=list)
    self_counts: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    group_cells: list[int] = field(default_factory=list)

    @classmethod
    def empty(cls, indicators: int, steps: int) -> Self:
        """All zero, of so many indicators."""
        return cls(
            cells=[0] * (indicators * steps),
            unit_medians=[0] * (indicators * (2 * steps - 1)),
            self_totals=[0] * indicators,
            self_counts=[0] * indicators,
            people=[0] * (COLUMNS - 1),
            group_cells=[0] * ((COLUMNS - 1) * indicators * steps),
        )

    @classmethod
    def of(cls, result: Result) -> Self:
        """What a published unit shows by itself, without the indicators that only its citizens were asked."""
        indicators, steps = result.indicators - len(result.own_indicators), result.steps
        sums = cls.empty(indicators, steps)
        if result.suppressed:
            sums.units_suppressed = 1
            return sums
        width, stored = indicators * steps, result.indicators * steps
        own_scores = result.self_scores[:indicators]
        sums.units_published, sums.participants = 1, result.participants or 0
        sums.cells = _zeros(result.cells[:width])
        sums.self_totals = _zeros(own_scores)
        sums.self_counts = [int(score is not None) for score in own_scores]
        sums.people = _zeros(result.people)
        sums.group_cells = [
            cell
            for start in range(0, len(result.group_cells), stored)
            for cell in _zeros(result.group_cells[start : start + width])
        ]
        for at, median in enumerate(result.medians[:indicators]):
            if median is not None:
                sums.unit_medians[at * (2 * steps - 1) + round(2 * median) - 2] = 1
        return sums

    @classmethod
    def of_pool(cls, split: Split, people: Sequence[int], cells: Sequence[int], *, indicators: int, steps: int) -> Self:
        """What a pool of a dimension adds: participants and answers of its categories."""
        sums, span, width = cls.empty(indicators, steps), SPANS[split], indicators * steps
        if split == "all":
            sums.participants, sums.cells = people[0], list(cells)
        else:
            sums.people[span.start - 1 : span.stop - 1] = people
            sums.group_cells[(span.start - 1) * width : (span.stop - 1) * width] = cells
        return sums

    def add(self, other: Self) -> None:
        """Add those of other units of the same kind."""
        self.units_published += other.units_published
        self.units_suppressed += other.units_suppressed
        self.participants += other.participants
        for name in ARRAYS:
            setattr(self, name, list(map(add, getattr(self, name), getattr(other, name))))

    def negative(self) -> Self:
        """What takes them out again."""
        numbers = (-self.units_published, -self.units_suppressed, -self.participants)
        return type(self)(*numbers, *(list(map(neg, getattr(self, name))) for name in ARRAYS))


@dataclass(slots=True)
class Changes:
    """What is to be added to the rows of areas, collected over many units."""

    by_row: dict[tuple[str, str], tuple[Sums, int, UUID, int]] = field(default_factory=dict)

    def add(self, sums: Sums, *, area_code: str, unit_kind: str, year: int, indicator_set_id: UUID, steps: int) -> None:
        """Add to the area and all above it."""
        for area in levels_of(area_code):
            if (area, unit_kind) not in self.by_row:
                fresh = Sums.empty(len(sums.self_totals), steps)
                self.by_row[area, unit_kind] = (fresh, year, indicator_set_id, steps)
            self.by_row[area, unit_kind][0].add(sums)

    def add_result(self, result: Result) -> None:
        """A result becomes public."""
        self._add_result(result, Sums.of(result))

    def take_result(self, result: Result) -> None:
        """A result is public no longer, or replaced."""
        self._add_result(result, Sums.of(result).negative())

    def _add_result(self, result: Result, sums: Sums) -> None:
        self.add(
            sums,
            area_code=result.area_code,
            unit_kind=result.unit_kind,
            year=result.year,
            indicator_set_id=result.indicator_set_id,
            steps=result.steps,
        )

    def rows(self, compiled_at: datetime | None = None) -> list[dict[str, Any]]:
        """For the statement that adds them."""
        when = None if compiled_at is None else compiled_at.isoformat()
        return [
            {
                "area_code": area,
                "unit_kind": kind,
                "year": year,
                "indicator_set_id": str(indicator_set_id),
                "steps": steps,
                "compiled_at": when,
                **{name: getattr(sums, name) for name in (*NUMBERS, *ARRAYS)},
            }
            for (area, kind), (sums, year, indicator_set_id, steps) in self.by_row.items()
        ]


def _zeros(numbers: Sequence[int | None]) -> list[int]:
    return [number or 0 for number in numbers]
