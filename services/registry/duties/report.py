"""The duty report, put together from what the database counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.codes import last_code
from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import Place, named, reported_level, summed, top_of
from services.registry.body_kinds.models import BodyLevel
from services.registry.body_kinds.queries import read_duties
from services.registry.duties.queries import (
    WindowsByKind,
    count_fulfilled,
    count_meetings,
    find_places,
    windows_of,
)
from services.registry.duties.schemas import DutyReport, DutyRow, duty_count, duty_kind_count, free_kind_count
from services.registry.duties.windows import within
from shared.areas import Level
from shared.errors import Invalid

LONGEST_DAYS = 5 * 366
WHOLE = "*"
"""Stands for the whole area, with the bodies above the level of the rows."""
DUE, MET = 5, 2
"""How many numbers a tally has: bodies, their windows, and of these the held, the late and the missed ones; of bodies
that meet as they see fit, bodies and meetings."""
Tally = tuple[Any, ...]
"""Kind and level of some bodies, and those numbers."""
Tallies = defaultdict[str, list[Tally]]
"""By area, to be added up."""


async def read_report(
    db: AsyncSession, since: date, until: date, area: str, level: Level | None, kind: str | None
) -> DutyReport:
    """The report on an area and on each area of a level in it. Raises Invalid for what is not there."""
    level, digits = reported_level(area, level)
    places = await find_places(db, area, level)
    top = top_of(area, places)
    duties = await read_duties(db, kind)
    due = windows_of(duties, since, until)
    today = today_in_cambodia()
    counts = await count_fulfilled(db, due, (since, until), area, digits, today)
    tallies = add_up(counts, due, today)
    met: Tallies = defaultdict(list)
    for code, *tally in await count_meetings(db, duties, (since, until), area, digits):
        for place in {WHOLE, code or WHOLE}:
            met[place].append(tuple(tally))
    alike = cache(_counts)
    return DutyReport(
        from_=since,
        until=until,
        as_of=today,
        level=level,
        total=_row(top, _counts(tuple(tallies[WHOLE]), tuple(met[WHOLE]))),
        rows=[
            _row(place, alike(tuple(tallies[place[0]]), tuple(met[place[0]])))
            for place in places
            if len(last_code(place[0])) == digits
        ],
    )


def period(since: date | None, until: date | None) -> tuple[date, date]:
    """The period that is asked for; left out, from the year's first day until today. Raises Invalid."""
    until = until or today_in_cambodia()
    since = since or date(until.year, 1, 1)
    if since > until:
        raise Invalid.field(
            "query/from",
            "period_ends_before_it_begins",
            en=f"The period begins on {since} and ends on {until}.",
            km=f"រយៈពេលចាប់ផ្ដើមនៅ {since} ហើយបញ្ចប់នៅ {until}៖ ថ្ងៃចាប់ផ្ដើមត្រូវមុនថ្ងៃបញ្ចប់។",
        )
    if (until - since).days > LONGEST_DAYS:
        raise Invalid.field(
            "query/from", "period_too_long", en="A period has at most five years.", km="រយៈពេលមានច្រើនបំផុត ៥ ឆ្នាំ។"
        )
    return since, until


def add_up(counts: Iterable[Any], due: WindowsByKind, today: date) -> Tallies:
    """Rows of queries.COUNT as tallies by area, and of the whole; bodies without a window do not appear."""

    @cache
    def windows_of(kind: str, level: str, since: date, dissolved_on: date | None) -> tuple[int, int]:
        """How many windows a body has, and how many of these are past their grace."""
        mine = within(due.get((kind, level), ()), since, dissolved_on)
        return len(mine), sum(window.grace_until < today for window in mine)

    tallies: Tallies = defaultdict(list)
    for code, kind, level, since, dissolved_on, bodies, held, late, settled in counts:
        number, over = windows_of(kind, level, since, dissolved_on)
        if number:
            tally = (kind, level, bodies, number * bodies, held, late, over * bodies - settled)
            tallies[WHOLE].append(tally)
            if code is not None:
                tallies[code].append(tally)
    return tallies


def _counts(due: tuple[Tally, ...], met: tuple[Tally, ...]) -> dict[str, Any]:
    """What a row says of an area's bodies: the sums of those that have a duty, and all by kind and level.

    Most communes are alike, and to add each up anew would take half of the report's time.
    """
    with_duty, free = _by_kind(due), _by_kind(met)
    kinds = {of: duty_kind_count(*of, *summed(some, DUE)) for of, some in with_duty.items()}
    kinds |= {of: free_kind_count(*of, *summed(some, MET)) for of, some in free.items()}
    sums = duty_count(*summed([numbers for _, _, *numbers in due], DUE))
    return {**sums, "kinds": [kinds[of] for of in sorted(kinds)]}


def _by_kind(tallies: Iterable[Tally]) -> Mapping[tuple[str, BodyLevel], list[list[int]]]:
    found = defaultdict[tuple[str, BodyLevel], list[list[int]]](list)
    for kind, level, *numbers in tallies:
        found[kind, level].append(numbers)
    return found


def _row(place: Place, counts: Mapping[str, Any]) -> DutyRow:
    code, name_km, name_en = place
    return cast(DutyRow, {**named((last_code(code), name_km, name_en)), **counts})
