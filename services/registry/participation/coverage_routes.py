"""The coverage report."""

from collections.abc import Iterator

from fastapi.responses import StreamingResponse

from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.participation.coverage import read_coverage
from services.registry.participation.coverage_schemas import Count, CoverageRead, CoverageRow
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, report_answer
from shared.routing import Router
from shared.schemas import Year
from shared.spreadsheets import Column

COLUMNS = (
    Column("year", "Year", "ឆ្នាំ"),
    Column("level", "Level", "ថ្នាក់"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("what", "What is counted", "អ្វីដែលបានរាប់"),
    Column("all", "All", "ទាំងអស់"),
    Column("covered", "Covered", "បានគ្របដណ្ដប់"),
    Column("percent", "Percent", "ភាគរយ"),
    Column("share", "Share", "សមាមាត្រ"),
    Column("both_sides", "Both sides", "ទាំងពីរផ្នែក"),
    Column("both_sides_percent", "Both sides, percent of covered", "ទាំងពីរផ្នែក ភាគរយនៃចំនួនគ្របដណ្ដប់"),
    Column("supply_only", "Supply side only", "តែផ្នែកផ្គត់ផ្គង់"),
    Column("demand_only", "Demand side only", "តែផ្នែកតម្រូវការ"),
)
COUNTED = [column.name for column in COLUMNS[6:]]

router = Router(prefix="/coverage", tags=["participation"])


@router.get("")
async def show_coverage(year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None) -> CoverageRead:
    """How many communes, districts and units of each kind take part in a year, of how many, and from which side.

    A commune is covered when a unit in it takes part, a district or province when one of its communes is. Counted among
    the areas and units there were on the year's last day; while it is not over, among those there are today.
    """
    return await read_coverage(db, year, area, level)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_coverage(
    file_format: TableFormat, year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None
) -> StreamingResponse:
    """The coverage report as a file: a row for each area and what is counted in it, the whole area's first."""
    report = await read_coverage(db, year, area, level)
    whole = [(report.total, "total"), *((row, str(report.level)) for row in report.rows)]
    lines = (line for row, of in whole for line in _lines(report, row, of))
    return report_answer(file_format, f"coverage-{year}{'-' if area else ''}{area}", COLUMNS, lines)


def _lines(report: CoverageRead, row: CoverageRow, of: str) -> Iterator[list[object]]:
    """What is counted in an area, in the order of COLUMNS."""
    place = [report.year, of, row["area_code"], row["name_km"], row["name_en"]]
    counts: list[tuple[str, Count | None]] = [
        ("provinces", row["provinces"]),
        ("districts", row["districts"]),
        ("districts_at_own_level", row["districts_at_own_level"]),
        ("communes", row["communes"]),
        *((unit["kind"], unit) for unit in row["units"]),
    ]
    for what, count in counts:
        if count is not None:
            yield [*place, what, *cells(count, COUNTED)]
