"""When a body has to meet, and which of its meetings did it: the rule, without a database.

A duty divides the calendar year into windows of so many months, from January on. In each window the body meets once.
A meeting in time fulfils its own window. One within the days of grace after a window that had none makes up for that
window, late, and then counts for no other. So what is said of a window once its grace is over never changes by what
happens later.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

LONGEST_WINDOW = 12
"""Months; windows are of a length that fills a year: 1, 2, 3, 4, 6 or 12."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """What is asked of a kind of body from a day on; without months, nothing in particular."""

    since: date
    every_months: int | None
    grace_days: int

    def begins_window(self, day: date) -> bool:
        """Whether a window begins on a day; without a duty, whether a month does."""
        return day.day == 1 and (day.month - 1) % (self.every_months or 1) == 0


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last day on which to meet, and the last on which it can be made up for."""

    start: date
    end: date
    grace_until: date


def add_months(first: date, months: int) -> date:
    """The first day of a month so many months later (or earlier)."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def windows(duties: Sequence[Duty], since: date, until: date) -> list[Window]:
    """The windows, in their order, that begin on `since` or later and end on `until` or earlier.

    `duties` stand in the order of their days; each holds until the next one begins. A window that a change of the duty
    cuts is not due, nor is one that begins before `since`.
    """
    found: list[Window] = []
    for duty, after in pairwise([*duties, None]):
        assert duty is not None
        if duty.every_months is None:
            continue
        first, last = max(since, duty.since), until if after is None else min(until, after.since - DAY)
        start = _first_start(duty.every_months, first)
        while (end := add_months(start, duty.every_months) - DAY) <= last:
            found.append(Window(start, end, end + timedelta(days=duty.grace_days)))
            start = end + DAY
    return found


def meets_as_it_sees_fit(duties: Sequence[Duty], since: date, until: date) -> bool:
    """Whether no duty that holds on a day of a period asks for meetings; `duties` stand in the order of their days."""
    holding = (
        duty
        for duty, after in pairwise([*duties, None])
        if duty is not None and duty.since <= until and (after is None or since < after.since)
    )
    return all(duty.every_months is None for duty in holding)


def _first_start(months: int, day: date) -> date:
    """The first day of a window on or after a day."""
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return start if start == day else add_months(start, months)


def within(due: Sequence[Window], since: date, dissolved_on: date | None) -> list[Window]:
    """Those of a kind's windows that are wholly in a body's time, the day of its dissolution not included."""
    return [window for window in due if since <= window.start and (dissolved_on is None or window.end < dissolved_on)]


def fulfilled(due: Sequence[Window], held: Iterable[date]) -> dict[Window, date]:
    """The day on which each window was fulfilled, in time or late; windows in neither way are left out.

    Each day of `held` serves one window at most: the earliest that it can, so that as many as can be are fulfilled.
    """
    days = sorted(set(held))
    kept: dict[Window, date] = {}
    used = 0
    for window in due:
        used = max(used, bisect_left(days, window.start))
        if used < len(days) and days[used] <= window.grace_until:
            kept[window] = days[used]
            used += 1
    return kept


def next_beginning(today: date, before: Duty, after: Duty) -> date:
    """The first day to come on which a window of both duties begins, so that the change cuts none."""
    day = add_months(date(today.year, today.month, 1), 1)
    while not (before.begins_window(day) and after.begins_window(day)):
        day = add_months(day, 1)
    return day
