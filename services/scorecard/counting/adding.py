"""What a batch of the queue adds up to, per unit and village, and per area. Pure; only what changes is held."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import add, sub
from typing import NamedTuple, Self
from uuid import UUID

from services.scorecard.counting.groups import GROUPS, PEOPLE_SLOTS, SLOTS
from services.scorecard.counting.shown import Standing, levels_of, shown
from services.scorecard.counting.summing import cells_of

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
    slot_people: Sequence[int] | None


@dataclass(slots=True)
class CountedUnit:
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
        if row.slot_people is not None:
            return self._misfit_of_sum(row, row.slot_people, row.counts or ())
        if not _are_slots(tuple(row.slots)):
            return "slots that do not go together"
        if row.scores is not None:
            if len(row.scores) != self.indicators:
                return f"{len(row.scores)} scores for {self.indicators} indicators"
            return None if _answers(self.steps).issuperset(row.scores) else f"scores beyond 1 to {self.steps}"
        if row.counts is None or len(row.counts) != self.width or None in row.counts:
            return f"not {self.width} counts"
        return None

    def _misfit_of_sum(self, row: Queued, slot_people: Sequence[int], counts: Sequence[int]) -> str | None:
        slots = set(row.slots)
        if not len(slots) == len(row.slots) == len(slot_people) > 0 or not slots <= ALL_SLOTS or None in slot_people:
            return "slots that do not go together"
        people = sum(number for slot, number in zip(row.slots, slot_people, strict=True) if slot < PEOPLE_SLOTS)
        if people != row.people:
            return f"{people} people in slots for {row.people} ballots"
        width = len(slots) * self.width
        return f"not {width} counts" if len(counts) != width or None in counts else None

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


EVERYBODY = -1
"""Beside the slots."""


@dataclass(slots=True)
class Change:
    """What is added to a village's histogram. Cells of single ballots are gathered first and counted together, which is
    twice as fast as one by one.
    """

    width: int
    ballots: int = 0
    tallied: int = 0
    people: list[int] = field(default_factory=lambda: [0] * SLOTS)
    given: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Per slot, and of everybody, a cell for each score that one person gave."""
    summed: dict[int, list[int]] = field(default_factory=dict)
    """The same from what counts more than one, or is taken back: a number per cell."""

    def add(self, row: Queued, steps: int) -> None:
        """Count one row of the queue that fits."""
        if row.slot_people is not None:
            self._add_sum(row, row.slot_people, row.counts or ())
            return
        for slot in row.slots:
            self.people[slot] += row.people
        if row.scores is not None:
            self._add_ballot(row, cells_of(row.scores, steps))
            return
        if row.slots[0] < PEOPLE_SLOTS:
            self.tallied += row.people
        for slot in row.slots:
            self._add_counts(slot, row.counts or ())

    def counts(self, slot: int = EVERYBODY) -> list[int]:
        """The changes of a slot's cells."""
        counts = self.summed.get(slot, [0] * self.width).copy()
        for cell, count in Counter(self.given.get(slot)).items():
            counts[cell] += count
        return counts

    def slot_counts(self) -> list[int]:
        """Of all slots, one after the other."""
        return [count for slot in range(SLOTS) for count in self.counts(slot)]

    def add_to(self, standing: Standing) -> None:
        """Let a unit stand where it does with this change."""
        standing.ballots += self.ballots
        standing.tallied += self.tallied
        standing.people = list(map(add, standing.people, self.people))
        standing.counts = list(map(add, standing.counts, self.counts()))

    def _add_sum(self, row: Queued, slot_people: Sequence[int], counts: Sequence[int]) -> None:
        self.ballots += row.people
        for at, (slot, people) in enumerate(zip(row.slots, slot_people, strict=True)):
            self.people[slot] += people
            self._add_counts(slot, counts[at * self.width : (at + 1) * self.width])

    def _add_ballot(self, row: Queued, cells: list[int]) -> None:
        self.ballots += row.people
        for slot in (*row.slots, EVERYBODY):
            if row.people == 1:
                self.given[slot] += cells
            else:
                summed = self.summed.setdefault(slot, [0] * self.width)
                for cell in cells:
                    summed[cell] += row.people

    def _add_counts(self, slot: int, counts: Sequence[int]) -> None:
        """Of a slot, and of everybody where it is one of those of which everyone is in one."""
        for kept in (slot, EVERYBODY) if slot < PEOPLE_SLOTS else (slot,):
            self.summed[kept] = list(map(add, self.summed.get(kept, [0] * self.width), counts))


@dataclass(slots=True)
class AreaChange:
    """What is added to the sums of an area's units of a kind."""

    width: int
    cells: list[int]
    """Of counts, then of people per group."""
    units_scored: int = 0
    ballots: int = 0
    tallied: int = 0

    @classmethod
    def nothing(cls, width: int) -> Self:
        """No change yet."""
        return cls(width, [0] * (width + len(GROUPS)))

    def add(self, other: Self) -> None:
        """Let another change be a part of this."""
        self.cells = list(map(add, self.cells, other.cells))
        self.units_scored += other.units_scored
        self.ballots += other.ballots
        self.tallied += other.tallied


VillageKey = tuple[UUID, str, str]
AreaKey = tuple[UUID, str, str]


@dataclass(slots=True)
class Sums:
    """All that a batch changes."""

    villages: dict[VillageKey, Change] = field(default_factory=dict)
    own_areas: dict[AreaKey, AreaChange] = field(default_factory=dict)
    """By the areas that units are in themselves."""
    misfits: list[tuple[Queued, str]] = field(default_factory=list)

    def areas(self) -> dict[AreaKey, AreaChange]:
        """By area of every level."""
        areas: dict[AreaKey, AreaChange] = {}
        for (round_id, own_code, unit_kind), change in self.own_areas.items():
            for area_code in levels_of(own_code):
                key = (round_id, area_code, unit_kind)
                areas.setdefault(key, AreaChange.nothing(change.width)).add(change)
        return areas

    def follow(self, unit: CountedUnit, before: Standing, after: Standing) -> None:
        """Let a unit's areas follow it from one standing to another."""
        width = unit.area_width
        old = shown(before, threshold=unit.threshold, steps=unit.steps, width=width)
        new = shown(after, threshold=unit.threshold, steps=unit.steps, width=width)
        change = AreaChange(
            width,
            list(map(sub, new, old)),
            units_scored=(after.participants > 0) - (before.participants > 0),
            ballots=after.ballots - before.ballots,
            tallied=after.tallied - before.tallied,
        )
        key = (unit.round_id, unit.area_code, unit.unit_kind)
        self.own_areas.setdefault(key, AreaChange.nothing(width)).add(change)

    def add_unit(self, unit: CountedUnit, rows: Iterable[Queued]) -> None:
        """Count the rows of one unit."""
        changes: dict[str, Change] = {}
        outdated = "a histogram of other questions" if unit.of_other_questions() else None
        for row in rows:
            misfit = outdated or unit.misfit(row)
            if misfit is not None:
                self.misfits.append((row, misfit))
            else:
                changes.setdefault(row.village_code, Change(unit.width)).add(row, unit.steps)
        if not changes:
            return
        before = Standing.of(unit.before.values(), unit.width)
        after = before.copy()
        for village_code, change in changes.items():
            self.villages[unit.round_id, unit.unit_code, village_code] = change
            change.add_to(after)
        self.follow(unit, before, after)


def add_up(units: Mapping[tuple[UUID, str], CountedUnit], rows: Iterable[Queued]) -> Sums:
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
