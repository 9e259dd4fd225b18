"""The 367 respondents, 209 of them women, and what they think of their three services. Pure: all from the seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

RESPONDENTS, WOMEN, DISTRICTS = 367, 209, 7
"""Battambang 2021: seven districts, 367 people asked, 209 of them women."""
SCALE = (1, 2, 3, 4, 5)
FEWEST_OF_A_SEX = 5
"""A commune with fewer women or men than this would have their numbers suppressed."""

Sex = Literal["female", "male"]
AgeGroup = Literal["youth", "adult", "elder"]
Way = Literal["phone", "ballot", "tally"]
"""By phone; in a meeting with a ballot per participant; in a meeting with a tally per group."""
SEXES: tuple[Sex, ...] = ("female", "male")
AGE_GROUPS: tuple[AgeGroup, ...] = ("youth", "adult", "elder")
WAYS: tuple[Way, ...] = ("phone", "ballot", "tally")
ATTRIBUTES = {"disability": 0.08, "ethnic_minority": 0.12, "id_poor": 0.25}
"""How many of the people have each."""
TELLS_BY_PHONE = 0.6
"""So many tell a phone; whoever comes to a meeting is asked."""
Scores = list[int | None]
Distribution = list[int]


@dataclass(frozen=True, slots=True)
class Citizen:
    """One respondent, who scores all three units of the commune."""

    number: int
    sex: Sex
    age_group: AgeGroup
    way: Way
    sends_twice: bool = False
    """The answer got lost on the way, and the phone sent the same ballot again."""
    scores_again: bool = False
    """Tries a second ballot from the same phone, which must be refused."""
    late: bool = False
    """Had no signal; the ballot is sent days after it was cast."""
    disability: bool | None = None
    """As are the next two: None was not said."""
    ethnic_minority: bool | None = None
    id_poor: bool | None = None


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many take part in a commune."""

    women: int
    men: int


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a whole number by weights so that the parts add up to it (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def turnouts(seed: str, communes_per_district: int) -> list[list[Turnout]]:
    """Who comes, per district and commune; over all seven exactly the study's respondents and women."""
    rng = Random(f"{seed}/turnout")
    sizes = apportion(RESPONDENTS, [rng.uniform(0.9, 1.1) for _ in range(DISTRICTS)])
    women = apportion(WOMEN, [size * rng.uniform(0.97, 1.03) for size in sizes])
    result = []
    for size, of_them_women in zip(sizes, women, strict=True):
        weights = [rng.uniform(0.95, 1.05) for _ in range(communes_per_district)]
        here = zip(apportion(of_them_women, weights), apportion(size - of_them_women, weights), strict=True)
        result.append([Turnout(*pair) for pair in here])
    return result


def citizens_of(seed: str, turnout: Turnout) -> list[Citizen]:
    """The people of one commune, with their ways of taking part and the mishaps of their phones."""
    rng = Random(f"{seed}/citizens")
    sexes = [SEXES[0]] * turnout.women + [SEXES[1]] * turnout.men
    rng.shuffle(sexes)
    ways: list[Way] = []
    for way, number in zip(WAYS, apportion(len(sexes), [4, 4, 2]), strict=True):
        ways += [way] * number
    rng.shuffle(ways)
    result = []
    phones = 0
    told = Random(f"{seed}/attributes")
    for number, (sex, way) in enumerate(zip(sexes, ways, strict=True), 1):
        age_group = rng.choices(AGE_GROUPS, (3, 5, 2))[0]
        on_phone = way == "phone"
        mishap = phones % 9 if on_phone else -1
        phones += on_phone
        tells = told.random() < TELLS_BY_PHONE or not on_phone
        attributes = [told.random() < share if tells else None for share in ATTRIBUTES.values()]
        result.append(Citizen(number, sex, age_group, way, mishap == 0, mishap == 1, mishap in {2, 3}, *attributes))
    return result


def quality_of(seed: str, indicators: int) -> list[float]:
    """How good a unit really is, indicator by indicator, on the scale."""
    rng = Random(f"{seed}/quality")
    level = rng.gauss(3.3, 0.25)
    return [min(4.6, max(1.6, rng.gauss(level, 0.55))) for _ in range(indicators)]


def scores_of(rng: Random, quality: Sequence[float], sex: Sex) -> Scores:
    """One citizen's scores: noisy, sometimes without an answer, never wholly blank; women a little stricter."""
    stricter = 0.15 if sex == "female" else 0.0
    scores: Scores = [
        None if rng.random() < 0.03 else min(5, max(1, round(rng.gauss(value - stricter, 0.85)))) for value in quality
    ]
    if all(score is None for score in scores):
        scores[0] = 3
    return scores


def self_scores_of(rng: Random, quality: Sequence[float]) -> list[int]:
    """What the unit's own staff think: as a rule somewhat better."""
    return [min(5, max(1, round(rng.gauss(value + 0.6, 0.5)))) for value in quality]


def distributions(ballots: Iterable[Scores], indicators: int) -> list[Distribution]:
    """How often each value of the scale was given, per indicator."""
    counts = [[0] * len(SCALE) for _ in range(indicators)]
    for scores in ballots:
        for indicator, score in enumerate(scores):
            if score is not None:
                counts[indicator][score - 1] += 1
    return counts


def add(left: Sequence[Distribution], right: Sequence[Distribution]) -> list[Distribution]:
    """Two sets of distributions over the same indicators together."""
    return [[a + b for a, b in zip(one, other, strict=True)] for one, other in zip(left, right, strict=True)]


def mean(distribution: Distribution) -> float | None:
    """The average score; None when nobody answered."""
    n = sum(distribution)
    return sum(value * count for value, count in zip(SCALE, distribution, strict=True)) / n if n else None


def median(distribution: Distribution) -> float | None:
    """The middle score, with half values between two middle ones; None when nobody answered."""
    values = [value for value, count in zip(SCALE, distribution, strict=True) for _ in range(count)]
    if not values:
        return None
    middle = len(values) // 2
    return float(values[middle]) if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
