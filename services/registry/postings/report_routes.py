"""The posting report, and the units behind its numbers."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.postings.reporting import (
    COUNTS,
    PostingReport,
    PostingReportRow,
    PostingStatus,
    UnitPosting,
    UnitsWanted,
    read_posting_report,
    read_unit_postings,
)
from services.registry.unit_kinds.queries import must_know_kind
from shared.db import Database, Transaction, running_database
from shared.events.registry import UnitKind
from shared.exports import TABLE_ANSWER, TableFormat, report_answer, streamed_table
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router
from shared.schemas import Year
from shared.spreadsheets import Column

OfKind = Annotated[UnitKind | None, Query(description="Only units of this kind", examples=["health_centre"])]
OfStatus = Annotated[PostingStatus | None, Query(description="Only units of which this is so")]
AT_ONCE = 1_000
AREA_COLUMNS = (
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
)
COLUMNS = (
    Column("year", "Year", "ឆ្នាំ"),
    Column("level", "Level", "ថ្នាក់"),
    *AREA_COLUMNS,
    Column("kind", "Kind", "ប្រភេទ"),
    Column("units", "Units", "អង្គភាព"),
    Column("packs", "Units with a pack", "អង្គភាពមានកញ្ចប់ព័ត៌មាន"),
    Column("posted", "Posted", "បានបិទផ្សាយ"),
    Column("posted_with_photo", "Posted, with a photo", "បានបិទផ្សាយ មានរូបថត"),
    Column("not_posted", "Not posted", "មិនទាន់បិទផ្សាយ"),
    Column("outdated", "Older version posted", "បិទកំណែចាស់"),
    Column("to_take_down", "Withdrawn, to be taken down", "បានដកវិញ ត្រូវយកចេញ"),
)
UNIT_COLUMNS = (
    Column("unit_code", "Unit code", "លេខកូដអង្គភាព"),
    *AREA_COLUMNS,
    Column("kind", "Kind", "ប្រភេទ"),
    Column("status", "Status", "ស្ថានភាព"),
    Column("pack_version", "Version of the pack", "កំណែនៃកញ្ចប់ព័ត៌មាន"),
    Column("posted_version", "Version posted", "កំណែដែលបានបិទ"),
    Column("photo", "Photo", "រូបថត"),
    Column("posted_on", "Posted on", "ថ្ងៃបិទផ្សាយ"),
)

router = Router(prefix="/posting-report", tags=["postings"])


@router.get("")
async def show_posting_report(
    year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None, kind: OfKind = None
) -> PostingReport:
    """Of the units open today: how many have a pack of a year, and on how many walls its poster hangs.

    By area, and in each by kind of unit.
    """
    await must_know_kind(db, kind)
    return await read_posting_report(db, year, area, level, kind)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_posting_report(
    file_format: TableFormat,
    year: Year,
    db: Transaction,
    area: ReportArea = "",
    level: ReportLevel = None,
    kind: OfKind = None,
) -> StreamingResponse:
    """The report as a file: a row for each area and kind, the whole area's first."""
    await must_know_kind(db, kind)
    report = await read_posting_report(db, year, area, level, kind)
    whole = [("total", report.total), *((str(report.level), row) for row in report.rows)]
    lines = (line for of, row in whole for line in _lines(report.year, of, row))
    return report_answer(file_format, f"postings-{year}{'-' if area else ''}{area}", COLUMNS, lines)


@router.get("/units")
async def list_unit_postings(
    year: Year, db: Transaction, page: Paging, area: ReportArea = "", kind: OfKind = None, status: OfStatus = None
) -> Page[UnitPosting]:
    """The units behind the report's numbers, by area and code: those with a pack, or with a poster to take down."""
    await must_know_kind(db, kind)
    after = ("", "")
    if page.after is not None:
        if len(page.after) != 2 or not all(isinstance(part, str) and "\0" not in part for part in page.after):
            raise invalid_cursor()
        after = page.after[0], page.after[1]
    items = await read_unit_postings(db, UnitsWanted(year, area, kind, status), after, page.limit + 1)
    more = len(items) > page.limit
    items = items[: page.limit]
    last = encode_cursor([items[-1].area_code, items[-1].unit_code]) if more else None
    return Page(items=items, next_cursor=last)


@router.get("/units.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_unit_postings(
    file_format: TableFormat,
    year: Year,
    database: Annotated[Database, Depends(running_database)],
    area: ReportArea = "",
    kind: OfKind = None,
    status: OfStatus = None,
) -> StreamingResponse:
    """The same units as a file: a list to go round with."""
    async with database.transaction() as db:
        await must_know_kind(db, kind)
    batches = _batches(database, UnitsWanted(year, area, kind, status))
    return streamed_table(file_format, f"units-posted-{year}{'-' if area else ''}{area}", UNIT_COLUMNS, batches)


async def _batches(database: Database, wanted: UnitsWanted) -> AsyncIterator[Sequence[Sequence[object]]]:
    after = ("", "")
    while True:
        async with database.transaction() as db:
            units = await read_unit_postings(db, wanted, after, AT_ONCE)
        if not units:
            return
        yield [[getattr(unit, column.name) for column in UNIT_COLUMNS] for unit in units]
        after = units[-1].area_code, units[-1].unit_code


def _lines(year: int, of: str, row: PostingReportRow) -> Iterator[list[object]]:
    """An area's counts in the order of COLUMNS: of all kinds together, then of each."""
    place = [year, of, row["area_code"], row["name_km"], row["name_en"]]
    yield [*place, "all", *cells(row, COUNTS)]
    for counts in row["kinds"]:
        yield [*place, *cells(counts, ("kind", *COUNTS))]
