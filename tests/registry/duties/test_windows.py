"""The rule: windows tile the calendar, each meeting serves one window, and what is settled stays."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from services.registry.duties.windows import DAY, Duty, Window, add_months, fulfilled, next_beginning, windows

START = date(2025, 1, 1)
days = st.dates(START, date(2026, 12, 31))
terms = st.tuples(st.sampled_from([None, 1, 2, 3, 4, 6, 12]), st.integers(0, 28))
held_days = st.lists(days, max_size=40)


@st.composite
def lists_of_duties(draw: st.DrawFn) -> list[Duty]:
    """A duty with the changes that the rule lets through."""
    duties = [Duty(START, *draw(terms))]
    for _ in range(draw(st.integers(0, 3))):
        wanted = Duty(START, *draw(terms))
        since = next_beginning(duties[-1].since + draw(st.integers(0, 200)) * DAY, duties[-1], wanted)
        duties.append(Duty(since, wanted.every_months, wanted.grace_days))
    return duties


def test_windows_of_the_calendar() -> None:
    for months, ends in ((1, (31, 28, 31)), (2, (28, 30, 30)), (3, (31, 30, 30))):
        found = windows([Duty(START, months, 7)], START, date(2025, 12, 31))
        assert len(found) == 12 // months
        assert tuple(window.end.day for window in found[:3]) == ends
        assert found[0] == Window(START, add_months(START, months) - DAY, add_months(START, months) + 6 * DAY)
    assert windows([Duty(START, None, 0)], START, date(2025, 12, 31)) == []


def test_a_window_that_is_not_whole_is_not_due() -> None:
    quarterly = [Duty(START, 3, 15)]
    assert [w.start for w in windows(quarterly, date(2025, 1, 2), date(2025, 9, 29))] == [date(2025, 4, 1)]
    cut = [Duty(START, 3, 15), Duty(date(2025, 5, 1), 1, 7)]
    assert [w.start for w in windows(cut, START, date(2025, 6, 30))] == [START, date(2025, 5, 1), date(2025, 6, 1)]


def test_held_late_and_missed() -> None:
    monthly = windows([Duty(START, 1, 7)], START, date(2025, 5, 31))
    held = [date(2025, 1, 31), date(2025, 3, 7), date(2025, 3, 31), date(2025, 5, 8)]
    assert {window.start.month: day for window, day in fulfilled(monthly, held).items()} == {
        1: date(2025, 1, 31), 2: date(2025, 3, 7), 3: date(2025, 3, 31), 5: date(2025, 5, 8)
    }  # fmt: skip
    alone = fulfilled(monthly, [date(2025, 3, 7)])
    assert [window.start.month for window in alone] == [2], "it makes up for February, and counts no more for March"


@given(lists_of_duties(), days, days, held_days)
@example([Duty(START, 1, 28)], START, date(2025, 12, 31), [date(2025, 2, 28), date(2025, 2, 1)])
def test_every_meeting_serves_one_window_at_most(
    duties: list[Duty], since: date, until: date, held: list[date]
) -> None:
    due = windows(duties, since, until)
    kept = fulfilled(due, held)
    assert len(set(kept.values())) == len(kept)
    for window, day in kept.items():
        assert window.start <= day <= window.grace_until
        assert day in held
        in_time = [one for one in held if window.start <= one <= window.end and one not in kept.values()]
        assert day <= window.end or not in_time, "late only where no meeting in time was left"
    unused = set(held) - set(kept.values())
    for window in set(due) - set(kept):
        assert not any(window.start <= day <= window.grace_until for day in unused), "missed with a meeting to spare"


@given(lists_of_duties(), days, days)
def test_windows_follow_each_other_without_gap_or_overlap(duties: list[Duty], since: date, until: date) -> None:
    due = windows(duties, since, until)
    assert all(since <= window.start <= window.end <= min(until, window.grace_until) for window in due)
    assert all(before.end < after.start for before, after in pairwise(due))
    if all(duty.every_months for duty in duties):
        assert all(after.start - before.end == DAY for before, after in pairwise(due)), "no change of duty cuts one"


@given(lists_of_duties(), held_days, days)
def test_what_is_settled_stays(duties: list[Duty], held: list[date], now: date) -> None:
    """Once its grace is over, nothing that is held later changes what is said of a window."""
    due = windows(duties, START, date(2026, 12, 31))
    then = fulfilled(due, [day for day in held if day <= now])
    later = fulfilled(due, held)
    for window in due:
        if window.grace_until <= now or window in then:
            assert then.get(window) == later.get(window)


@given(lists_of_duties(), days, days, held_days, st.integers(1, 400))
def test_periods_add_up(duties: list[Duty], since: date, until: date, held: list[date], cut: int) -> None:
    """A window belongs to the period in which it ends."""
    due = windows(duties, since, until)
    border = since + timedelta(days=cut)
    first, second = ([w for w in due if (w.end < border) is early] for early in (True, False))
    kept = fulfilled(due, held)
    assert len(kept) == len([w for w in first if w in kept]) + len([w for w in second if w in kept])
