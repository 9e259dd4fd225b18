"""What a batch of the queue adds up to, per unit and village, and per area. Pure; only what changes is held."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple
from uuid import UUID

from services.scorecard.counting.groups import PEOPLE_SLOTS, SLOTS
from services.scorecard.counting.shown import Standing, levels_of, shown

Cells = dict[int, int]
"""Changes by position, from 0."""
ALL_SLOTS = frozenset(range(SLOTS))


class Queued(NamedTuple):
    """A row of the queue (see models.Uncounted)."""

    seq: int
    round_id: UUID
    unit_code: str
    village_code: str
    slots: Sequence[int]
    people: int
    scores: Sequence[int | None] | None
    counts: Sequence[int] | None


@dataclass(slots=True)
class Unit:
    """A scorecard as counting sees it, and what was counted for it before."""

    round_id: UUID
    unit_code: str
    unit_kind: str
    area_code: str
    indicators: int
    own_indicators: int
    steps: int
    threshold: int
    before: dict[str, Standing] = field(default_factory=dict)
    """By village."""

    @property
    def width(self) -> int:
        """How many counts a group has."""
        return self.indicators * self.steps

    @property
    def area_width(self) -> int:
        """The same without the indicators that only this unit's citizens were asked."""
        return (self.indicators - self.own_indicators) * self.steps

    def misfit(self, row: Queued) -> str | None:
        """Why a row of the queue does not answer this unit's questions."""
        if not _are_slots(tuple(row.slots)):
            return "slots that do not go together"
        if row.scores is not None:
            if len(row.scores) != self.indicators:
                return f"{len(row.scores)} scores for {self.indicators} indicators"
            return None if _answers(self.steps).issuperset(row.scores) else f"scores beyond 1 to {self.steps}"
        if row.counts is None or len(row.counts) != self.width or None in row.counts:
            return f"not {self.width} counts"
        return None

    def of_other_questions(self) -> bool:
        """Whether something was counted when the unit had other questions."""
        return any(village.participants and len(village.counts) != self.width for village in self.before.values())


@cache
def _answers(steps: int) -> frozenset[int | None]:
    return frozenset([None, *range(1, steps + 1)])


@lru_cache(maxsize=1024)
def _are_slots(slots: tuple[int, ...]) -> bool:
    """Whether a row may be counted in these: each once, one of sex and age group or else one alone."""
    people = sum(slot is not None and slot < PEOPLE_SLOTS for slot in slots)
    return len(set(slots)) == len(slots) > 0 and set(slots) <= ALL_SLOTS and (people == 1 or len(slots) == 1)


@dataclass(slots=True)
class Change:
    """What is added to a village's histogram."""

    ballots: int = 0
    tallied: int = 0
    people: Cells = field(default_factory=dict)
    slot_counts: Cells = field(default_factory=dict)

    def add(self, row: Queued, steps: int, width: int) -> None:
        """Count one row of the queue that fits."""
        if row.scores is not None:
            cells = [(at * steps + score - 1, row.people) for at, score in enumerate(row.scores) if score is not None]
            self.ballots += row.people
        else:
            cells = [(cell, count) for cell, count in enumerate(row.counts or ()) if count]
            self.tallied += row.people if row.slots[0] < PEOPLE_SLOTS else 0
        people, slot_counts = self.people, self.slot_counts
        for slot in row.slots:
            people[slot] = people.get(slot, 0) + row.people
            start = slot * width
            for cell, count in cells:
                slot_counts[start + cell] = slot_counts.get(start + cell, 0) + count

    def add_to(self, standing: Standing, counts: Cells) -> None:
        """Let a unit stand where it does with this change and its counts of everybody."""
        standing.ballots += self.ballots
        standing.tallied += self.tallied
        for cell, change in counts.items():
            standing.counts[cell] += change
        for slot, change in self.people.items():
            standing.people[slot] += change

    def counts(self, width: int) -> Cells:
        """Of everybody: each is in one slot of sex and age group."""
        counts: Cells = {}
        for position, change in self.slot_counts.items():
            if position < PEOPLE_SLOTS * width:
                cell = position % width
                counts[cell] = counts.get(cell, 0) + change
        return counts


@dataclass(slots=True)
class AreaChange:
    """What is added to the sums of an area's units of a kind."""

    width: int
    units_scored: int = 0
    ballots: int = 0
    tallied: int = 0
    cells: Cells = field(default_factory=dict)
    """Of counts, then of people per group."""


VillageKey = tuple[UUID, str, str]
AreaKey = tuple[UUID, str, str]


@dataclass(slots=True)
class Sums:
    """All that a batch changes."""

    villages: dict[VillageKey, tuple[Unit, Change]] = field(default_factory=dict)
    areas: dict[AreaKey, AreaChange] = field(default_factory=dict)
    misfits: list[tuple[Queued, str]] = field(default_factory=list)

    def follow(self, unit: Unit, before: Standing, after: Standing) -> None:
        """Let a unit's areas follow it from one standing to another."""
        rule = {"threshold": unit.threshold, "steps": unit.steps, "width": unit.area_width}
        changed = [
            (cell, new - old)
            for cell, (old, new) in enumerate(zip(shown(before, **rule), shown(after, **rule), strict=True))
            if new != old
        ]
        scored = (after.participants > 0) - (before.participants > 0)
        for area_code in levels_of(unit.area_code):
            key = (unit.round_id, area_code, unit.unit_kind)
            area = self.areas.setdefault(key, AreaChange(unit.area_width))
            area.units_scored += scored
            area.ballots += after.ballots - before.ballots
            area.tallied += after.tallied - before.tallied
            for cell, change in changed:
                area.cells[cell] = area.cells.get(cell, 0) + change

    def add_unit(self, unit: Unit, rows: Iterable[Queued]) -> None:
        """Count the rows of one unit."""
        changes: dict[str, Change] = {}
        for row in rows:
            misfit = "a histogram of other questions" if unit.of_other_questions() else unit.misfit(row)
            if misfit is not None:
                self.misfits.append((row, misfit))
            else:
                changes.setdefault(row.village_code, Change()).add(row, unit.steps, unit.width)
        if not changes:
            return
        before = Standing.of(unit.before.values(), unit.width)
        after = before.copy()
        for village_code, change in changes.items():
            self.villages[unit.round_id, unit.unit_code, village_code] = (unit, change)
            change.add_to(after, change.counts(unit.width))
        self.follow(unit, before, after)


def add_up(units: Mapping[tuple[UUID, str], Unit], rows: Iterable[Queued]) -> Sums:
    """What a batch changes; rows whose unit has no scorecard, or other questions, are told apart."""
    sums = Sums()
    by_unit: defaultdict[tuple[UUID, str], list[Queued]] = defaultdict(list)
    for row in rows:
        by_unit[row.round_id, row.unit_code].append(row)
    for place, queued in by_unit.items():
        if place in units:
            sums.add_unit(units[place], queued)
        else:
            sums.misfits += [(row, "no scorecard") for row in queued]
    return sums
