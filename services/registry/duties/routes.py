"""The report on meeting duties, and which windows were missed."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.bodies.routes import AtLevel, InArea, OfKind
from services.registry.duties.missing import BEGINNING, Place, find_missed
from services.registry.duties.queries import find_windows
from services.registry.duties.report import period, read_report
from services.registry.duties.schemas import DutyReport, DutyRow, MissedWindow
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, report_answer
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router
from shared.spreadsheets import Column

MOST_EXPORTED = 50_000
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
"""There were no duties before, and nobody plans beyond."""


async def asked_period(
    from_: Annotated[
        date | None,
        Query(alias="from", ge=FIRST_DAY, le=LAST_DAY, description="Left out, the first day of that year"),
    ] = None,
    until: Annotated[date | None, Query(ge=FIRST_DAY, le=LAST_DAY, description="The last day; left out, today")] = None,
) -> tuple[date, date]:
    """The period of a request; a coroutine, as FastAPI calls anything else in a thread."""
    return period(from_, until)


Period = Annotated[tuple[date, date], Depends(asked_period)]
PLACE = (
    Column("from", "From", "ចាប់ពី"),
    Column("until", "Until", "រហូតដល់"),
    Column("area_level", "Level of the area", "ថ្នាក់នៃតំបន់"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("kind", "Kind of body", "ប្រភេទគណៈកម្មាធិការ ឬក្រុមការងារ"),
    Column("level", "Level", "ថ្នាក់"),
)
NUMBERS = (
    Column("bodies", "Bodies", "ចំនួនគណៈកម្មាធិការ ឬក្រុមការងារ"),
    Column("due", "Due", "ត្រូវប្រជុំ"),
    Column("held", "Held", "បានប្រជុំ"),
    Column("late", "Late", "ប្រជុំយឺត"),
    Column("missed", "Missed", "មិនបានប្រជុំ"),
    Column("not_yet_due", "Not yet due", "មិនទាន់ដល់កំណត់"),
    Column("percent", "Percent", "ភាគរយ"),
)
MISSED_COLUMNS = (
    Column("body_id", "Id", "លេខសម្គាល់"),
    Column("kind", "Kind of body", "ប្រភេទគណៈកម្មាធិការ ឬក្រុមការងារ"),
    Column("level", "Level", "ថ្នាក់"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("window_start", "From", "ចាប់ពី"),
    Column("window_end", "Until", "រហូតដល់"),
    Column("last_met_on", "Last met on", "ប្រជុំចុងក្រោយ"),
)

router = Router(prefix="/duty-report", tags=["body meetings"])


@router.get("")
async def show_duty_report(
    asked: Period, db: Transaction, area: ReportArea = "", level: ReportLevel = None, kind: OfKind = None
) -> DutyReport:
    """How many meetings were due in a period by the duties of bodies, and how many were held, held late, or missed.

    A body is in duty from its recognition to its dissolution; a window that is not wholly in that time is not due. A
    meeting within the days of grace after a window that had none makes up for it, late, and counts for no other.
    Kinds that meet as they see fit all through the period are among `kinds` with `due` null and how often they met;
    the sums leave them out. Of a kind whose duty began or ended meanwhile its windows alone are told.
    """
    return await read_report(db, *asked, area, level, kind)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_duty_report(
    file_format: TableFormat,
    asked: Period,
    db: Transaction,
    area: ReportArea = "",
    level: ReportLevel = None,
    kind: OfKind = None,
) -> StreamingResponse:
    """The report as a file: for each area, the whole one first, a row of all its bodies and one of each kind.

    Of kinds that meet as they see fit, what was due is left empty, and held is how often they met.
    """
    report = await read_report(db, *asked, area, level, kind)
    whole = [(report.total, "total"), *((row, str(report.level)) for row in report.rows)]
    lines = (line for row, of in whole for line in _lines(report, row, of))
    name = _named("duty-report", *asked, area)
    return report_answer(file_format, name, (*PLACE, *NUMBERS), lines)


@router.get("/missed")
async def list_missed_windows(
    asked: Period, db: Transaction, page: Paging, area: InArea = "", kind: OfKind = None, level: AtLevel = None
) -> Page[MissedWindow]:
    """Which bodies missed which windows of a period, by area."""
    due = await find_windows(db, *asked, kind, level)
    found = await find_missed(db, due, asked, area, page.limit + 1, _after(page.after))
    items = [missed for _, missed in found[: page.limit]]
    cursor = encode_cursor(found[page.limit - 1][0]) if len(found) > page.limit else None
    return Page(items=items, next_cursor=cursor)


@router.get("/missed.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_missed_windows(
    file_format: TableFormat,
    asked: Period,
    db: Transaction,
    area: InArea = "",
    kind: OfKind = None,
    level: AtLevel = None,
) -> StreamingResponse:
    """The missed windows as a file; at most 50,000."""
    due = await find_windows(db, *asked, kind, level)
    found = await find_missed(db, due, asked, area, MOST_EXPORTED)
    cells = [[getattr(missed, column.name) for column in MISSED_COLUMNS] for _, missed in found]
    return report_answer(file_format, _named("missed-meetings", *asked, area), MISSED_COLUMNS, cells)


def _lines(report: DutyReport, row: DutyRow, of: str) -> Iterator[list[object]]:
    """An area's counts in the order of the columns: of all its bodies, then by kind and level."""
    place = [report.from_, report.until, of, row["area_code"], row["name_km"], row["name_en"]]
    numbers = [column.name for column in NUMBERS]
    yield [*place, "", "", *cells(row, numbers)]
    for count in row["kinds"]:
        yield [*place, *cells(count, ("kind", "level", *numbers))]


def _named(what: str, since: date, until: date, area: str) -> str:
    return f"{what}-{since}-{until}{'-' if area else ''}{area}"


def _after(key: Sequence[object] | None) -> Place:
    """The place that a cursor stands for. Raises Invalid when it is not of this list."""
    if key is None:
        return BEGINNING
    try:
        area, body_id, end = map(str, key)
        if "\0" in area:
            raise invalid_cursor()
        return Place(area, UUID(body_id), date.fromisoformat(end))
    except ValueError as error:
        raise invalid_cursor() from error
