"""How scores become numbers, and which numbers are shown. Pure functions; the README states them for readers.

A distribution is how many gave each score, n1…n5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

STEPS = 5
WEAKEST = 3
"""So many indicators of a unit go to the interface meeting as its agenda."""
SEXES = ("female", "male", "undisclosed")

Distribution = Sequence[int]


def median_of(distribution: Distribution) -> float | None:
    """The middle score, or half-way between the two middle ones; None without answers."""
    n = sum(distribution)
    if n == 0:
        return None
    return (_score_at(distribution, (n - 1) // 2) + _score_at(distribution, n // 2)) / 2


def _score_at(distribution: Distribution, position: int) -> int:
    passed = 0
    for score, count in enumerate(distribution, start=1):
        passed += count
        if position < passed:
            return score
    raise ValueError("position beyond the last answer")


def exact_mean(distribution: Distribution) -> Fraction | None:
    """The mean before rounding; None without answers."""
    n = sum(distribution)
    if n == 0:
        return None
    return Fraction(sum(score * count for score, count in enumerate(distribution, start=1)), n)


def mean_of(distribution: Distribution) -> float | None:
    """The mean to two decimals."""
    mean = exact_mean(distribution)
    return None if mean is None else round(float(mean), 2)


def gap_of(median: float | None, own: float | None) -> float | None:
    """Citizens' median minus the provider's own score: negative where the provider thinks better of itself."""
    return None if median is None or own is None else round(median - own, 2)


def weakest_of(distributions: Sequence[Distribution], threshold: int) -> list[int]:
    """The positions of the three lowest means among indicators with enough answers; of equals the earlier first."""
    rated = [
        (mean, position)
        for position, distribution in enumerate(distributions)
        if sum(distribution) >= threshold and (mean := exact_mean(distribution)) is not None
    ]
    return [position for _, position in sorted(rated)[:WEAKEST]]


def is_too_small(count: int, threshold: int) -> bool:
    """Whether so few people stand behind a number that it could point at one of them; zero points at nobody."""
    return 0 < count < threshold


def may_show_split(counts: Sequence[int], threshold: int) -> bool:
    """Whether the counts by sex may be shown: all or none, as a single hidden one would follow from the total."""
    return not any(is_too_small(count, threshold) for count in counts)


@dataclass(frozen=True, slots=True)
class Counted:
    """All that was scored about a unit, ballots and tallies pooled."""

    by_sex: dict[str, int]
    distributions: list[list[int]]

    @property
    def participants(self) -> int:
        """How many citizens scored."""
        return sum(self.by_sex.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """What may leave of a unit's result: None stands where a number would say too much.

    It is made once, when the result is frozen; every sum over it is then made of public numbers only, and no
    subtraction among sums can bring a hidden one back.
    """

    suppressed: bool
    participants: int | None
    by_sex: dict[str, int | None]
    distributions: list[list[int] | None]
    self_scores: list[int | None]
    weakest: list[int]


def show(counted: Counted, self_scores: Sequence[int | None], threshold: int) -> Shown:
    """Apply the suppression rule to a unit's scores.

    Under the threshold of participants, everything is hidden. Otherwise an indicator with too few answers is hidden,
    and the split by sex as a whole when one of its counts is too small.
    """
    width = len(counted.distributions)
    if counted.participants < threshold:
        return Shown(True, None, dict.fromkeys(SEXES), [None] * width, [None] * width, [])
    split = may_show_split(list(counted.by_sex.values()), threshold)
    return Shown(
        suppressed=False,
        participants=counted.participants,
        by_sex={sex: counted.by_sex.get(sex, 0) if split else None for sex in SEXES},
        distributions=[
            None if is_too_small(sum(distribution), threshold) else list(distribution)
            for distribution in counted.distributions
        ],
        self_scores=list(self_scores) or [None] * width,
        weakest=weakest_of(counted.distributions, threshold),
    )


def flatten(distributions: Sequence[Sequence[int] | None]) -> list[int | None]:
    """Distributions as they are stored: one after the other, hidden ones as nulls."""
    return [cell for entry in distributions for cell in (entry if entry is not None else [None] * STEPS)]


def unflatten(cells: Sequence[int | None]) -> list[list[int] | None]:
    """The distributions of a stored array."""
    rows = [cells[start : start + STEPS] for start in range(0, len(cells), STEPS)]
    return [None if None in row else [cell for cell in row if cell is not None] for row in rows]
