"""The report of facts and packs."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from services.registry.packs.reporting import COUNTS, PackReport, PackReportRow, read_pack_report
from shared.areas import AreaScope, Level
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.routing import Router
from shared.schemas import Year
from shared.spreadsheets import Column

ReportArea = Annotated[AreaScope, Query(description="Left out, the nation", examples=["02"])]
ReportLevel = Annotated[Level | None, Query(description="Of which areas the rows are; left out, the level below")]
COLUMNS = (
    Column("year", "Year", "ឆ្នាំ"),
    Column("level", "Level", "ថ្នាក់"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("units", "Units", "អង្គភាព"),
    Column("facts_none", "No facts", "គ្មានទិន្នន័យ"),
    Column("facts_draft", "Facts in draft", "ទិន្នន័យព្រាង"),
    Column("facts_returned", "Facts returned", "ទិន្នន័យត្រូវកែ"),
    Column("facts_submitted", "Facts submitted", "ទិន្នន័យបានដាក់ជូន"),
    Column("facts_approved", "Facts approved", "ទិន្នន័យបានអនុម័ត"),
    Column("packs", "Packs", "កញ្ចប់ព័ត៌មាន"),
    Column("packs_without_facts", "Packs without facts", "កញ្ចប់គ្មានទិន្នន័យ"),
)

router = Router(prefix="/pack-report", tags=["packs"])


@router.get("")
async def show_pack_report(year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None) -> PackReport:
    """Of the units open today: whose facts of a year stand where, and how many have a pack, by area and kind."""
    return await read_pack_report(db, year, area, level)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_pack_report(
    file_format: TableFormat, year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None
) -> StreamingResponse:
    """The report as a file: a row for each area and kind, the whole area's first."""
    report = await read_pack_report(db, year, area, level)
    whole = [(report.total, "total"), *((row, str(report.level)) for row in report.rows)]
    cells = (line for row, of in whole for line in _lines(report, row, of))
    return table_answer(file_format, f"packs-{year}{'-' if area else ''}{area}", COLUMNS, cells)


def _lines(report: PackReport, row: PackReportRow, of: str) -> Iterator[list[object]]:
    """An area's counts in the order of COLUMNS: of all kinds together, then of each."""
    place: list[object] = [report.year, of, row.area_code, row.name_km, row.name_en]
    for kind, counts in [("all", row), *((one.kind, one) for one in row.kinds)]:
        yield [*place, kind, *(getattr(counts, name) for name in COUNTS)]
