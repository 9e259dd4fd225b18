"""A unit's result, made of what was counted: only what may be shown. Pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from services.scorecard.areas import Unit
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.safety import are_safe
from services.scorecard.results.models import Result, ResultCount
from services.scorecard.results.rules import median_of, median_of_medians, unflatten, weakest_of
from services.scorecard.results.suppression import (
    SPANS,
    SPLITS,
    Counts,
    Shown,
    Village,
    show,
    show_villages,
)
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard


@dataclass(frozen=True, slots=True)
class Counted:
    """All that was scored about a unit, ballots and tallies pooled."""

    villages: dict[str, Histogram]
    """ "" where no village was named."""
    ballots: int
    self_scores: list[int | None] | None
    """What the staff gave themselves; None when they did not."""

    def whole(self, card: Scorecard) -> Histogram:
        """The unit's histogram."""
        return Histogram.total(card.indicator_count, card.steps, self.villages.values())


@dataclass(frozen=True, slots=True)
class History:
    """What was said about the unit in the round before."""

    earlier: Sequence[Result] = ()
    """Every version that was public, also those withdrawn since."""
    count: ResultCount | None = None

    @property
    def public(self) -> set[str]:
        """The dimensions that were shown by themselves."""
        return {split for split in SPLITS if any(result.shows(split) for result in self.earlier)}

    @property
    def pooled(self) -> set[str]:
        """The dimensions that went into a pool."""
        return set() if self.count is None else set(self.count.atoms)


@dataclass(frozen=True, slots=True)
class Made:
    """A result, and what is behind it."""

    result: Result
    counts: Counts
    shown: Shown
    own: int
    """How many of the indicators are the unit's own."""


def make_result(
    card: Scorecard, unit: Unit, scored_round: Round, counted: Counted, history: History, *, version: int = 0
) -> Made:
    """The result as it stands now; version 0 of what is still running."""
    threshold, own = scored_round.suppression_threshold, len(card.own_indicators)
    whole = counted.whole(card)
    counts = Counts.of(whole)
    shown = show(counts, threshold, own=own, pooled=history.pooled, public=history.public)
    everybody = unflatten(shown.cells[0], card.steps)
    female, male, undisclosed = shown.people[SPANS["sex"]]
    split = [counted.ballots, whole.participants - counted.ballots]
    ballots, tallied = split if not shown.suppressed and are_safe(split, threshold) else (None, None)
    self_scores = [] if shown.suppressed else [*(counted.self_scores or [])]
    villages = _villages(counted, shown, threshold, history.earlier)
    result = Result(
        **_heading(card, unit, scored_round),
        version=version,
        suppressed=shown.suppressed,
        participants=shown.people[0],
        female=female,
        male=male,
        undisclosed=undisclosed,
        self_assessed=counted.self_scores is not None,
        cells=shown.cells[0],
        self_scores=self_scores + [None] * (card.indicator_count - len(self_scores)),
        weakest=weakest_of(everybody, threshold),
        ballots=ballots,
        tallied=tallied,
        below_minimum=whole.participants < scored_round.minimum_participation,
        people=shown.people[1:],
        group_cells=[cell for column in shown.cells[1:] for cell in column],
        medians=list(_medians(everybody, villages, scored_round, card.steps)),
        villages=[
            {"village_code": village.village_code, "participants": village.participants, "cells": village.cells}
            for village in villages
        ],
    )
    return Made(result, counts, shown, own)


def _villages(counted: Counted, shown: Shown, threshold: int, earlier: Sequence[Result]) -> list[Village]:
    """The villages that may be shown; once a version has shown some, the very same ones or none.

    Were they others, what is left of the unit without them would be others too, and less what was left before a few.
    """
    before = next(
        ({village["village_code"] for village in result.villages} for result in earlier if result.villages), None
    )
    if before is None:
        return show_villages(counted.villages, shown, threshold)
    by_code = {code: village for code, village in counted.villages.items() if code in before}
    others = [village for code, village in counted.villages.items() if code not in before]
    if others:
        by_code[""] = Histogram.total(others[0].indicators, others[0].steps, others)
    found = show_villages(by_code, shown, threshold)
    return found if len(found) == len(before) else []


def _heading(card: Scorecard, unit: Unit, scored_round: Round) -> dict[str, Any]:
    """What the result is of, as it is called and asked today."""
    return {
        "id": uuid4(),
        "round_id": scored_round.id,
        "year": scored_round.year,
        "unit_code": card.unit_code,
        "unit_kind": card.unit_kind,
        "unit_name_km": unit.name_km,
        "unit_name_en": unit.name_en,
        "area_code": card.area_code,
        "indicator_set_id": card.indicator_set_id,
        "steps": card.steps,
        "own_indicators": list(card.own_indicators),
    }


def _medians(
    everybody: Sequence[Sequence[int] | None], villages: Sequence[Village], scored_round: Round, steps: int
) -> Iterator[float | None]:
    """By the round's rule, of the indicators that are shown; a hidden village's would tell of who is left out of it."""
    by_village = [unflatten(village.cells, steps) for village in villages]
    for at, distribution in enumerate(everybody):
        median = None
        if distribution is not None and scored_round.village_rule == "median_of_medians":
            shown = (cells for village in by_village if (cells := village[at]) is not None)
            median = median_of_medians(shown, scored_round.suppression_threshold)
        yield median if median is not None or distribution is None else median_of(distribution)


def waiting_count(made: Made, earlier: ResultCount | None) -> ResultCount | None:
    """What waits to be pooled, in place of what waited before; None where there is and was nothing."""
    if earlier is None and not made.shown.waiting:
        return None
    result, counts = made.result, made.counts
    row = earlier or ResultCount(
        round_id=result.round_id,
        unit_code=result.unit_code,
        unit_kind=result.unit_kind,
        area_code=result.area_code,
        waiting=[],
    )
    row.area_code = result.area_code
    row.stop_waiting()
    if made.shown.waiting:
        rolled_up = counts.indicators - made.own
        row.waiting = list(made.shown.waiting)
        row.people = counts.people
        row.answers = [number for numbers in counts.answers()[:rolled_up] for number in numbers]
        row.cells = [cell for column in counts.cells for cell in column[: rolled_up * counts.steps]]
    return row
