"""Lists as files for people who work with spreadsheets."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from fastapi.responses import StreamingResponse

from shared.spreadsheets import CSV_TYPE, XLSX_TYPE, Column, write_csv, write_xlsx

TableFormat = Literal["csv", "xlsx"]
"""The ending of a path such as `/units.{file_format}`."""
TABLE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; importing it again changes nothing.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""`responses` of an export."""


def table_answer(
    file_format: TableFormat, name: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]
) -> StreamingResponse:
    """The rows as a file to save, made piece by piece in a thread."""
    pieces = write_csv(columns, rows) if file_format == "csv" else write_xlsx(columns, rows)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=CSV_TYPE if file_format == "csv" else XLSX_TYPE, headers=disposition)
