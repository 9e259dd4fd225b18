"""The trainings' report, for everybody: counts alone."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.trainings.files import KIND_COLUMNS, kind_cells
from services.registry.trainings.models import SEXES
from services.registry.trainings.report import read_training_report
from services.registry.trainings.report_schemas import TrainingReport
from shared.db import Transaction
from shared.errors import Invalid
from shared.exports import TABLE_ANSWER, TableFormat, report_answer
from shared.routing import Router
from shared.spreadsheets import Column

Since = Annotated[date | None, Query(alias="from", description="The first day; left out, that of the last day's year")]
Until = Annotated[date | None, Query(description="The last day; left out, today")]
COLUMNS = (
    Column("from", "From", "ចាប់ពីថ្ងៃ"),
    Column("until", "Until", "ដល់ថ្ងៃ"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("trainings", "Trainings", "វគ្គបណ្ដុះបណ្ដាល"),
    Column("total", "Participants", "អ្នកចូលរួម"),
    Column("female", "Women", "ស្ត្រី"),
    Column("male", "Men", "បុរស"),
    Column("undisclosed", "Sex not said", "មិនបញ្ជាក់ភេទ"),
    Column("female_percent", "Women, percent", "ស្ត្រី ភាគរយ"),
    Column("cafs_named", "Facilitators named", "អ្នកសម្របសម្រួលក្នុងបញ្ជី"),
    *KIND_COLUMNS,
)


router = Router(prefix="/training-report", tags=["trainings"])


@router.get("")
async def show_training_report(
    db: Transaction, area: ReportArea = "", since: Since = None, until: Until = None, level: ReportLevel = None
) -> TrainingReport:
    """Trainings that ended in a period, and who took part by kind and sex: by area, and by topic.

    A training for a wider area than those of the rows counts in the total alone.
    """
    return await read_training_report(db, area, *_period(since, until), level)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_training_report(
    file_format: TableFormat,
    db: Transaction,
    area: ReportArea = "",
    since: Since = None,
    until: Until = None,
    level: ReportLevel = None,
) -> StreamingResponse:
    """The report as a file, the whole area's row first."""
    report = await read_training_report(db, area, *_period(since, until), level)
    return report_answer(file_format, f"training-report{'-' if area else ''}{area}", COLUMNS, _lines(report))


def _period(since: date | None, until: date | None) -> tuple[date, date]:
    """The days that are asked for. Raises Invalid when the last is before the first."""
    last = until or today_in_cambodia()
    first = since or date(last.year, 1, 1)
    if last < first:
        raise Invalid.field(
            "query/until",
            "before_the_begin",
            en=f"The period begins on {first}: it cannot end before.",
            km=f"រយៈពេលចាប់ផ្ដើមនៅថ្ងៃ {first}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
        )
    return first, last


def _lines(report: TrainingReport) -> Iterator[list[object]]:
    """Rows in the order of COLUMNS."""
    plain = [column.name for column in COLUMNS[2 : -len(KIND_COLUMNS)]]
    for row in (report.total, *report.rows):
        by_kind = {(counts["kind"], sex): counts[sex] for counts in row["participants"] for sex in SEXES}
        yield [report.from_, report.until, *cells(row, plain), *kind_cells(by_kind)]
