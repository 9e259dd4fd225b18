"""Counting ballots one by one, as one would by hand: what the service counts is compared with it."""

from collections.abc import Iterable, Sequence

from services.scorecard.counting.histograms import Histogram


def add_scores(histogram: Histogram, slots: Iterable[int], scores: Sequence[int | None]) -> None:
    """Count one person's ballot."""
    positions = [at * histogram.steps + score - 1 for at, score in enumerate(scores) if score is not None]
    histogram.participants += 1
    for position in positions:
        histogram.counts[position] += 1
    for slot in slots:
        histogram.people[slot] += 1
        for position in positions:
            histogram.slot_counts[slot * histogram.width + position] += 1
