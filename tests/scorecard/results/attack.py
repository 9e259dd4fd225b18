"""An attacker who has kept everything that was ever public, and solves it exactly.

Public numbers are linear equations over what is unknown: of each unit and state of its data, participants and those who
left a question out, per kind of person. The attacker also knows that no count is negative, so that all parts of a sum
that is zero are zero.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

Variable = tuple[str, str, str]
"""The unit with the state of its data; participants or the question left out; the kind of person."""
Number = int | Fraction
"""Exact; whole as long as it can be."""
Vector = dict[Variable, Number]


def plus(one: Vector, other: Vector, factor: Number = 1) -> Vector:
    """one + factor * other."""
    total = dict(one)
    for variable, value in other.items():
        total[variable] = total.get(variable, 0) + factor * value
        if not total[variable]:
            del total[variable]
    return total


@dataclass
class Attacker:
    """What is known, brought to reduced echelon form as it comes."""

    rows: dict[Variable, tuple[Vector, Number]] = field(default_factory=dict)
    """By leading variable, which stands in no other row."""
    told: dict[tuple[tuple[Variable, Number], ...], int] = field(default_factory=dict)

    def learn(self, vector: Vector, value: int) -> None:
        """A public number."""
        key = tuple(sorted(vector.items()))
        if key in self.told:
            assert self.told[key] == value, "the same sum is always the same number"
            return
        self.told[key] = value
        if value == 0 and vector and all(factor > 0 for factor in vector.values()):
            for variable in vector:
                self._add({variable: 1}, 0)
        else:
            self._add(vector, value)

    def _add(self, vector: Vector, value: Number) -> None:
        left, rest = self.reduce(vector)
        value -= rest
        if not left:
            assert value == 0, "public numbers agree with each other"
            return
        lead = min(left)
        scale = left[lead] if left[lead] in (1, -1) else 1 / Fraction(left[lead])
        row, value = {variable: factor * scale for variable, factor in left.items()}, value * scale
        for other, (kept, known) in self.rows.items():
            if lead in kept:
                factor = kept[lead]
                self.rows[other] = (plus(kept, row, -factor), known - factor * value)
        self.rows[lead] = (row, value)

    def reduce(self, vector: Vector) -> tuple[Vector, Number]:
        """What of it stays unknown, and the known rest: nothing unknown means that its value is determined."""
        left: Vector = dict(vector)
        known: Number = 0
        for variable, factor in vector.items():
            if variable in self.rows:
                row, value = self.rows[variable]
                left = plus(left, row, -factor)
                known += factor * value
        return left, known

    def determined(self, hidden: Iterable[tuple[str, Vector]], most: int = 4) -> Iterator[tuple[tuple[str, ...], int]]:
        """Each sum of up to so many hidden numbers that the attacker knows, with its value."""
        reduced = [(name, *self.reduce(vector)) for name, vector in hidden]
        for size in range(1, most + 1):
            for chosen in combinations(reduced, size):
                total: Vector = {}
                for _, left, _ in chosen:
                    total = plus(total, left)
                if not total:
                    yield tuple(name for name, _, _ in chosen), int(sum(known for _, _, known in chosen))
