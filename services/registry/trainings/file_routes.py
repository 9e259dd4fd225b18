"""Trainings as a file."""

from fastapi.responses import StreamingResponse
from sqlmodel import col

from services.registry.trainings.files import KIND_COLUMNS, kind_cells
from services.registry.trainings.models import Training
from services.registry.trainings.routes import InArea, OfOrganiser, OfTopic, Since, Until, Withdrawn, narrowed
from services.registry.trainings.schemas import TrainingRead
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.routing import Router
from shared.spreadsheets import Column

COLUMNS = (
    Column("id", "Id", "លេខសម្គាល់"),
    Column("topic", "Topic", "ប្រធានបទ"),
    Column("title", "Title", "ចំណងជើង"),
    Column("organiser_km", "Organiser in Khmer", "អ្នករៀបចំជាភាសាខ្មែរ"),
    Column("organiser_en", "Organiser in English", "អ្នករៀបចំជាភាសាអង់គ្លេស"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("held_from", "From", "ចាប់ពីថ្ងៃ"),
    Column("held_until", "Until", "ដល់ថ្ងៃ"),
    Column("total", "Participants", "អ្នកចូលរួម"),
    Column("female", "Women", "ស្ត្រី"),
    Column("cafs_named", "Facilitators named", "អ្នកសម្របសម្រួលក្នុងបញ្ជី"),
    *KIND_COLUMNS,
)

router = Router(tags=["trainings"])


@router.get("/trainings.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_trainings(
    file_format: TableFormat,
    db: Transaction,
    area: InArea = "",
    since: Since = None,
    until: Until = None,
    topic: OfTopic = None,
    organiser_id: OfOrganiser = None,
    withdrawn: Withdrawn = False,
) -> StreamingResponse:
    """Trainings with who took part by kind and sex, the earliest first."""
    statement = narrowed(area, since, until, topic, organiser_id, withdrawn)
    rows = (await db.execute(statement.order_by(col(Training.held_until), col(Training.id)))).all()
    plain = [column.name for column in COLUMNS[: -len(KIND_COLUMNS)]]

    def cells(training: TrainingRead) -> list[object]:
        counts = {(count.kind, count.sex): count.number for count in training.participants}
        return [*(getattr(training, name) for name in plain), *kind_cells(counts)]

    lines = (cells(TrainingRead.of(row)) for row in rows)
    return table_answer(file_format, f"trainings{'-' if area else ''}{area}", COLUMNS, lines)
