"""Files that tell of people leave with an entry in the trail: who took which, of how many rows."""

from collections.abc import Iterable, Sequence

from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.models import SubjectKind
from services.registry.audit.queries import record
from shared.auth.user import User
from shared.exports import TableFormat, table_answer
from shared.spreadsheets import Column


def people_table(
    db: AsyncSession,
    user: User,
    kind: SubjectKind,
    file_format: TableFormat,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    /,
    *,
    area: str,
    **narrowed_by: object,
) -> StreamingResponse:
    """The rows as a file; the trail keeps it under its name, in the transaction that read the rows.

    `narrowed_by` are codes and ids that the list was asked for, never what is said of anybody.
    """
    listed = list(rows)
    asked = {key: value if isinstance(value, bool | None) else str(value) for key, value in narrowed_by.items()}
    file = f"{name}{'-' if area else ''}{area}"
    detail = {"area": area, "format": file_format, "rows": len(listed), **asked}
    record(db, kind, f"{file}.{file_format}", "exported", by=user.id, **detail)
    return table_answer(file_format, file, columns, listed)
