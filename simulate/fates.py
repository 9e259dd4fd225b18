"""How the year's actions end. Pure: the shares are those that Cambodian plans have shown (78% done)."""

from collections.abc import Sequence
from random import Random
from typing import Literal

from simulate.texts import Resources

Fate = Literal["done", "in_progress", "waiting", "dropped", "dropped_after_allocation"]
"""Waiting: its request was paid in part only, so it is carried over."""
DONE_SHARE = 0.78
DROPPED_AFTER_ALLOCATION_SHARE, WAITING_SHARE, DROPPED_SHARE = 0.05, 0.06, 0.03


def fates(rng: Random, resources: Sequence[Resources]) -> list[Fate]:
    """A fate per action: 78% done; only those that need outside money can wait for it or give it back."""
    total = len(resources)
    open_ends = total - round(DONE_SHARE * total)
    external = [index for index, kind in enumerate(resources) if kind == "external"]
    rng.shuffle(external)
    others = [index for index in range(total) if index not in external]
    rng.shuffle(others)
    result: list[Fate] = ["done"] * total

    def give(fate: Fate, share: float, among: list[int]) -> None:
        nonlocal open_ends
        for _ in range(min(open_ends, max(1, round(share * total)), len(among))):
            result[among.pop()] = fate
            open_ends -= 1

    give("dropped_after_allocation", DROPPED_AFTER_ALLOCATION_SHARE, external)
    give("waiting", WAITING_SHARE, external)
    give("dropped", DROPPED_SHARE, others)
    give("in_progress", 1.0, others + external)
    return result


def split(amount: int, lefts: Sequence[int], shares: Sequence[float], step: int = 100_000) -> list[int]:
    """Pay an amount from several envelopes in turn: each at most its share of it (in whole steps), what it has left and
    what is still missing. What nobody can pay stays unpaid.
    """
    parts = []
    missing = amount
    for left, share in zip(lefts, shares, strict=True):
        most = amount if share >= 1 else int(amount * share) // step * step
        parts.append(min(left, most, missing))
        missing -= parts[-1]
    return parts
