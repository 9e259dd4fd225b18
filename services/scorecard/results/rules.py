"""How scores become numbers. Pure functions, for scales of any number of steps; the README states them for readers.

A distribution is how many gave each score, n1…nK.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, sqrt

from services.scorecard.counting.groups import ATTRIBUTES, CATEGORIES, Dimension

WEAKEST = 3
"""So many indicators of a unit go to the interface meeting as its agenda."""
Z95 = 1.959964
"""Standard deviations that hold 95 % of a normal distribution."""
COMPARED: tuple[Dimension, ...] = ("sex", "age_group", *ATTRIBUTES)
"""The dimensions in which a group is compared with the others; without those who did not say."""

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


def median_of_medians(villages: Iterable[Distribution], threshold: int) -> float | None:
    """The middle of the medians of villages with enough answers, each village alike; None where no village has them.

    Between two middle ones that are half a step apart it is the lower one, as there are half steps only.
    """
    medians = sorted(
        median for village in villages if sum(village) >= threshold and (median := median_of(village)) is not None
    )
    if not medians:
        return None
    middle = (medians[(len(medians) - 1) // 2] + medians[len(medians) // 2]) / 2
    return floor(middle * 2) / 2


def median_of_bins(bins: Sequence[int]) -> float | None:
    """The middle of units' medians, counted by half steps from 1; the lower one of two that are half a step apart."""
    middle = median_of(bins)
    return None if middle is None else 1 + floor(middle - 1) / 2


def area_median(bins: Sequence[int], village_rule: str) -> float | None:
    """The median of its units' medians where the round compiles so; None where all answers are pooled."""
    return median_of_bins(bins) if village_rule == "median_of_medians" else None


def own_mean(total: int, number: int) -> float | None:
    """The mean of units' own scores, to two decimals; None where none gave itself any."""
    return round(total / number, 2) if number else None


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


@dataclass(frozen=True, slots=True)
class Satisfied:
    """The share of answers from the satisfied steps of the scale on, with its 95 % confidence interval (Wilson)."""

    share: float
    low: float
    high: float


def satisfied_of(distribution: Distribution, satisfied_from: int) -> Satisfied | None:
    """The share to four decimals; None without answers. Wilson's interval holds for small groups and shares near 0."""
    n = sum(distribution)
    if n == 0:
        return None
    share = sum(distribution[satisfied_from - 1 :]) / n
    centre = share + Z95**2 / (2 * n)
    spread = Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    scale = 1 + Z95**2 / n
    low, high = max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
    return Satisfied(round(share, 4), round(low, 4), round(high, 4))


def gap_of(median: float | None, own: float | None) -> float | None:
    """Citizens' median minus the provider's own score: negative where the provider thinks better of itself."""
    return None if median is None or own is None else round(median - own, 2)


def weakest_of(distributions: Sequence[Distribution | None], threshold: int) -> list[int]:
    """The positions of the three lowest means among indicators with enough answers; of equals the earlier first."""
    rated = [
        (mean, position)
        for position, distribution in enumerate(distributions)
        if distribution is not None
        and sum(distribution) >= threshold
        and (mean := exact_mean(distribution)) is not None
    ]
    return [position for _, position in sorted(rated)[:WEAKEST]]


@dataclass(frozen=True, slots=True)
class WorseOff:
    """A group that is clearly less satisfied than the others of its dimension."""

    dimension: Dimension
    category: str
    share: float
    others: float
    """The share of all others of the dimension together."""


def worse_off(groups: Mapping[tuple[Dimension, str], Distribution | None], satisfied_from: int) -> list[WorseOff]:
    """The groups whose interval of the share satisfied lies wholly below that of the others of their dimension.

    Chance alone parts two 95 % intervals so in one of 360 comparisons of groups of like size, and in one of forty at
    most: rarely enough to compare many groups. Only shown numbers are looked at; who did not say to which group they
    belong is left out.
    """
    found = []
    for dimension in COMPARED:
        categories = [category for category in CATEGORIES[dimension] if category != "undisclosed"]
        shown = {category: groups.get((dimension, category)) for category in categories}
        for category in categories:
            others = [distribution for other, distribution in shown.items() if other != category]
            compared = _compare(shown[category], others, satisfied_from)
            if compared is not None and compared[0].high < compared[1].low:
                found.append(WorseOff(dimension, category, compared[0].share, compared[1].share))
    return found


def _compare(
    group: Distribution | None, others: Sequence[Distribution | None], satisfied_from: int
) -> tuple[Satisfied, Satisfied] | None:
    shown = [distribution for distribution in others if distribution is not None]
    if group is None or len(shown) < len(others):
        return None
    own = satisfied_of(group, satisfied_from)
    rest = satisfied_of([sum(cells) for cells in zip(*shown, strict=True)], satisfied_from)
    return None if own is None or rest is None else (own, rest)


def unflatten(cells: Sequence[int | None], steps: int) -> list[list[int] | None]:
    """The distributions of a stored array; None where one is hidden."""
    rows = [cells[start : start + steps] for start in range(0, len(cells), steps)]
    return [None if None in row else [cell for cell in row if cell is not None] for row in rows]
