"""The facilitators' report, for everybody: counts alone."""

from fastapi.responses import StreamingResponse

from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.cafs.report import read_caf_report
from services.registry.cafs.report_schemas import CafReport
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, report_answer
from shared.routing import Router
from shared.spreadsheets import Column

COLUMNS = (
    Column("as_of", "As of", "គិតត្រឹមថ្ងៃ"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("communes", "Communes", "ឃុំ សង្កាត់"),
    Column("communes_without", "Communes without facilitators", "ឃុំ សង្កាត់គ្មានអ្នកសម្របសម្រួល"),
    Column("communes_below", "Communes with 1 or 2", "ឃុំ សង្កាត់មាន ១ ឬ ២ នាក់"),
    Column("communes_fitting", "Communes with 3 to 5", "ឃុំ សង្កាត់មាន ៣ ដល់ ៥ នាក់"),
    Column("communes_above", "Communes with 6 or more", "ឃុំ សង្កាត់មាន ៦ នាក់ឡើង"),
    Column("cafs", "Facilitators", "អ្នកសម្របសម្រួល"),
    Column("female", "Women", "ស្ត្រី"),
    Column("male", "Men", "បុរស"),
    Column("undisclosed", "Sex not said", "មិនបញ្ជាក់ភេទ"),
    Column("female_percent", "Women, percent", "ស្ត្រី ភាគរយ"),
    Column("communes_women_few", "Communes with fewer than half women", "ឃុំ សង្កាត់មានស្ត្រីក្រោមពាក់កណ្ដាល"),
    Column("village_officials", "Village officials", "មន្ត្រីភូមិ"),
    Column("commune_assistants", "Commune assistants", "ជំនួយការឃុំ សង្កាត់"),
    Column("impartiality", "Impartiality in question", "អាចប៉ះពាល់ភាពមិនលម្អៀង"),
    Column("impartiality_percent", "Impartiality in question, percent", "អាចប៉ះពាល់ភាពមិនលម្អៀង ភាគរយ"),
    Column("term_over", "Term over", "អាណត្តិផុតកំណត់"),
    Column("untrained", "Never trained", "មិនទាន់បានបណ្ដុះបណ្ដាល"),
    Column("inactive", "Inactive for a year", "អសកម្មមួយឆ្នាំ"),
    Column("supported", "Supported by an organisation", "មានអង្គការគាំទ្រ"),
)

router = Router(prefix="/caf-report", tags=["facilitators"])


@router.get("")
async def show_caf_report(db: Transaction, area: ReportArea = "", level: ReportLevel = None) -> CafReport:
    """How many facilitators serve, women among them, and what is worth a look: it reports, and forbids nothing.

    Three to five a commune; village officials and commune assistants, which hurts impartiality; terms that are over;
    who was never trained, or gave no sign of work for a year.
    """
    return await read_caf_report(db, area, level)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_caf_report(
    file_format: TableFormat, db: Transaction, area: ReportArea = "", level: ReportLevel = None
) -> StreamingResponse:
    """The report as a file, the whole area's row first."""
    report = await read_caf_report(db, area, level)
    names = [column.name for column in COLUMNS[1:]]
    lines = ([report.as_of, *cells(row, names)] for row in (report.total, *report.rows))
    return report_answer(file_format, f"caf-report{'-' if area else ''}{area}", COLUMNS, lines)
