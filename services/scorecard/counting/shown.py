"""What a unit adds to the sums of its areas: the counts that it may show by itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import add
from typing import Self

from services.scorecard.counting.groups import DIMENSIONS, GROUPS, SLOTS, split
from services.scorecard.counting.safety import are_safe


@dataclass(slots=True)
class Standing:
    """All participants of a unit, or of a village of it; like a histogram, without the scores of each group."""

    ballots: int = 0
    tallied: int = 0
    counts: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=lambda: [0] * SLOTS)

    @property
    def participants(self) -> int:
        """Everybody who scored."""
        return self.ballots + self.tallied

    @classmethod
    def of(cls, villages: Iterable[Self], width: int) -> Self:
        """The sum of a unit's villages; one that counts nobody any more may be of other questions."""
        whole = cls(counts=[0] * width)
        for village in villages:
            if village.participants:
                whole.ballots += village.ballots
                whole.tallied += village.tallied
                whole.counts = list(map(add, whole.counts, village.counts))
                whole.people = list(map(add, whole.people, village.people))
        return whole

    def copy(self) -> Self:
        """The same, to be changed."""
        return type(self)(self.ballots, self.tallied, self.counts.copy(), self.people.copy())


def levels_of(area_code: str) -> list[str]:
    """The areas whose sums a unit counts for: the nation, and province, district and commune as far as it is in one."""
    return [area_code[:length] for length in range(0, min(len(area_code), 6) + 1, 2)]


def shown(unit: Standing, *, threshold: int, steps: int, width: int) -> list[int]:
    """The first `width` counts, then the people per group; 0 where too few people stand behind the numbers beside it.

    An indicator is shown when nobody or enough people answered it, a dimension when each of its categories has nobody
    or enough people, and nothing at all with fewer participants than the threshold.
    """
    if unit.participants < threshold:
        return [0] * (width + len(GROUPS))
    counts = unit.counts[:width]
    for start in range(0, width, steps):
        if not are_safe((sum(counts[start : start + steps]),), threshold):
            counts[start : start + steps] = [0] * steps
    for dimension in DIMENSIONS:
        parts = split(dimension, unit.people, unit.participants)
        counts += parts if are_safe(parts, threshold) else [0] * len(parts)
    return counts
