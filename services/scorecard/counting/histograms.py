"""A histogram: how many people of each group took part, and how many gave each score. Pure; histograms add up.

Counts of scores are flat: n1…nK of the first indicator, then of the second, and so on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Self

from services.scorecard.counting.groups import PEOPLE_SLOTS, SLOTS, Dimension, split


@dataclass(slots=True)
class Histogram:
    """All that was scored about a unit, in a village of it, or in an area."""

    indicators: int
    steps: int
    participants: int = 0
    counts: list[int] = field(default_factory=list)
    """Of everybody: indicators x steps."""
    people: list[int] = field(default_factory=list)
    """Participants per slot (see groups)."""
    slot_counts: list[int] = field(default_factory=list)
    """Slot after slot, each indicators x steps."""

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * self.width
        self.people = self.people or [0] * SLOTS
        self.slot_counts = self.slot_counts or [0] * (SLOTS * self.width)

    @property
    def width(self) -> int:
        """How many counts a group has."""
        return self.indicators * self.steps

    def add_counts(self, slots: Sequence[int], people: int, counts: Sequence[int]) -> None:
        """Count people who are in the same slots: alike on a ballot, or a group of a tally.

        Those in no people slot say who of the others had an attribute.
        """
        if any(slot < PEOPLE_SLOTS for slot in slots):
            self.participants += people
            self.counts = list(map(add, self.counts, counts))
        for slot in slots:
            self.people[slot] += people
            start = slot * self.width
            self.slot_counts[start : start + self.width] = map(
                add, self.slot_counts[start : start + self.width], counts
            )

    def add(self, other: Self) -> None:
        """Merge another histogram of the same questions into this one."""
        self.participants += other.participants
        self.counts = list(map(add, self.counts, other.counts))
        self.people = list(map(add, self.people, other.people))
        self.slot_counts = list(map(add, self.slot_counts, other.slot_counts))

    @classmethod
    def total(cls, indicators: int, steps: int, parts: Iterable[Self]) -> Self:
        """The sum of histograms of the same questions, such as a unit's over its villages."""
        whole = cls(indicators, steps)
        for part in parts:
            whole.add(part)
        return whole

    def people_of(self, dimension: Dimension) -> list[int]:
        """Participants per category of a dimension."""
        return split(dimension, self.people, self.participants)

    def counts_of(self, dimension: Dimension, indicator: int) -> list[list[int]]:
        """Per category of a dimension, how many gave each score to an indicator."""
        return [list(row) for row in zip(*self._splits(dimension, indicator), strict=True)]

    def distribution(self, indicator: int) -> list[int]:
        """How many of everybody gave each score to an indicator."""
        return self.counts[indicator * self.steps : (indicator + 1) * self.steps]

    def _splits(self, dimension: Dimension, indicator: int) -> Iterable[list[int]]:
        for position in range(indicator * self.steps, (indicator + 1) * self.steps):
            yield split(dimension, self.slot_counts[position :: self.width], self.counts[position])
