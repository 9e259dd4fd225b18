"""Whether so many ballots of a unit that say the very same are likely. Pure.

How likely one set of answers is, is judged by how often each of its answers was given by all, as if only half of the
questions were answered independently of each other: who likes the staff often likes the waiting time too. The chance of
so many equal ballots among all (a binomial tail, by Chernoff's bound) must then be below one in a million. Giving every
question the same score is common, so that is flagged only where nearly everybody did.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

Answers = tuple[int | None, ...]

FEWEST_EQUAL = 10
FEWEST_ANSWERED = 4
"""Ballots with fewer answers are equal by chance."""
LIKELIHOOD = 1e-6
INDEPENDENT_SHARE = 0.5
FEWEST_UNIFORM = 30
UNIFORM_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Repeat:
    """The set of answers that too many ballots share: how many, of how many, and how many were to be expected."""

    equal: int
    ballots: int
    expected: float


def find_repeat(votes: Mapping[Answers, int]) -> Repeat | None:
    """The most frequent set of answers that is not likely; `votes` says how many ballots gave each."""
    ballots = sum(votes.values())
    shares = _shares(votes, ballots)
    for answers, equal in sorted(votes.items(), key=lambda entry: -entry[1]):
        if equal < FEWEST_EQUAL:
            return None
        given = [score for score in answers if score is not None]
        if len(given) < FEWEST_ANSWERED:
            continue
        if len(set(given)) == 1:
            if equal >= FEWEST_UNIFORM and equal > UNIFORM_SHARE * ballots:
                return Repeat(equal, ballots, UNIFORM_SHARE * ballots)
            continue
        chance = math.prod(share[score] for share, score in zip(shares, answers, strict=True)) ** INDEPENDENT_SHARE
        if tail(equal, ballots, chance) < LIKELIHOOD:
            return Repeat(equal, ballots, chance * ballots)
    return None


def _shares(votes: Mapping[Answers, int], ballots: int) -> list[dict[int | None, float]]:
    """Per question, which share of the ballots gave each answer."""
    width = len(next(iter(votes), ()))
    counts: list[Counter[int | None]] = [Counter() for _ in range(width)]
    for answers, number in votes.items():
        for count, score in zip(counts, answers, strict=True):
            count[score] += number
    return [{score: number / ballots for score, number in count.items()} for count in counts]


def tail(equal: int, ballots: int, chance: float) -> float:
    """At most how likely it is that `equal` or more of `ballots` hit something of this chance (Chernoff)."""
    share = equal / ballots
    if share <= chance:
        return 1.0
    divergence = share * math.log(share / chance)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - chance))
    return math.exp(-ballots * divergence)
