"""The duty report, put together from what the database counts."""

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.duties.queries import count_windows, find_places, find_windows
from services.registry.duties.schemas import DutyKindCount, DutyReport, DutyRow, percent
from services.registry.participation.coverage import COUNTED_LEVELS, NATION
from shared.areas import LEVELS, Level
from shared.errors import Invalid

LONGEST_DAYS = 5 * 366


async def read_report(
    db: AsyncSession, since: date, until: date, area: str, level: Level | None, kind: str | None
) -> DutyReport:
    """The report on an area and on each area of a level in it. Raises Invalid for what is not there."""
    level = level or COUNTED_LEVELS[min(len(area) // 2, len(COUNTED_LEVELS) - 1)]
    digits = 2 * (LEVELS.index(level) + 1)
    if level not in COUNTED_LEVELS or digits < len(area):
        raise Invalid.field(
            "query/level",
            "level_unfit",
            en="Duties are reported by province, district and commune: choose one that lies in the area.",
            km="របាយការណ៍កាតព្វកិច្ចមានតាមរាជធានី ខេត្ត ក្រុង ស្រុក ខណ្ឌ និងឃុំ សង្កាត់៖ សូមជ្រើសរើសថ្នាក់ដែលស្ថិតក្នុងតំបន់នោះ។",
        )
    places = await find_places(db, area, level)
    top = next((place for place in [NATION, *places] if place[0] == area), None)
    if top is None:
        raise Invalid.field(
            "query/area",
            "area_unknown",
            en=f"There is no area with the code {area} in the gazetteer.",
            km=f"គ្មានតំបន់ដែលមានលេខកូដ {area} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
        )
    in_period = await find_windows(db, since, until, kind, None)
    counts = await count_windows(db, in_period, since, until, area, digits)
    by_code: dict[str | None, list[DutyKindCount]] = defaultdict(list)
    of_all: dict[tuple[str, str], list[DutyKindCount]] = defaultdict(list)
    for row in counts:
        count = _count(row)
        by_code[row.code].append(count)
        of_all[count.kind, count.level].append(count)
    return DutyReport(
        from_=since,
        until=until,
        as_of=today_in_cambodia(),
        level=level,
        total=DutyRow.of(top, [_sum(counts) for counts in of_all.values()]),
        rows=[DutyRow.of(place, by_code[place[0]]) for place in places if len(place[0]) == digits],
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


def _count(row: Row[*tuple[Any, ...]]) -> DutyKindCount:
    due = row.held + row.late + row.missed
    return DutyKindCount(
        kind=row.kind,
        level=row.level,
        bodies=row.bodies,
        due=due,
        held=row.held,
        late=row.late,
        missed=row.missed,
        not_yet_due=row.windows - due,
        percent=percent(row.held + row.late, due),
    )


def _sum(counts: list[DutyKindCount]) -> DutyKindCount:
    return DutyKindCount(kind=counts[0].kind, level=counts[0].level, **DutyKindCount.sums(counts))
