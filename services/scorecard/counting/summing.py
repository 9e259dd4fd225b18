"""What ballots of one unit and village add up to, before they are queued: one row instead of hundreds. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

Scores = Sequence[int | None]


class BallotSum(NamedTuple):
    """A row of the queue (see models.Uncounted) that stands for several ballots."""

    slots: list[int]
    """All that any of them is counted in."""
    people: int
    slot_people: list[int]
    """Per slot."""
    counts: list[int]
    """Slot after slot, each indicators x steps."""


@cache
def _starts(indicators: int, steps: int) -> tuple[int, ...]:
    """Where the cells of each indicator start, less one, as scores begin at 1."""
    return tuple(at * steps - 1 for at in range(indicators))


def cells_of(scores: Scores, steps: int) -> list[int]:
    """The cells of a histogram that a ballot is counted in, from 0."""
    starts = _starts(len(scores), steps)
    return [start + score for start, score in zip(starts, scores, strict=True) if score is not None]


def sum_up(ballots: Iterable[tuple[tuple[int, ...], Scores]], *, indicators: int, steps: int) -> BallotSum:
    """Add up ballots, each by its slots and scores, all of them of the same questions.

    Cells of people in the same slots are gathered first and counted together, as that is much faster.
    """
    people: Counter[tuple[int, ...]] = Counter()
    given: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for slots, scores in ballots:
        people[slots] += 1
        given[slots] += cells_of(scores, steps)
    used = sorted({slot for slots in people for slot in slots})
    slot_people = dict.fromkeys(used, 0)
    counts = {slot: [0] * (indicators * steps) for slot in used}
    for slots, number in people.items():
        cells = Counter(given[slots])
        for slot in slots:
            slot_people[slot] += number
            of_slot = counts[slot]
            for cell, count in cells.items():
                of_slot[cell] += count
    return BallotSum(
        used, people.total(), list(slot_people.values()), [count for slot in used for count in counts[slot]]
    )
