"""Lists as files for people who work with spreadsheets."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice
from typing import Any, Literal

from fastapi.responses import StreamingResponse

from shared.sheets import SheetStream
from shared.spreadsheets import CSV_TYPE, XLSX_TYPE, Column, csv_lines, write_csv, write_xlsx

ROWS_AT_ONCE = 1_000
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
    return file_answer(file_format, name, pieces)


def streamed_table(
    file_format: TableFormat, name: str, columns: Sequence[Column], batches: AsyncIterator[Sequence[Sequence[object]]]
) -> StreamingResponse:
    """Rows that come in batches as a file to save: one batch is held at a time, and written in a thread.

    It is for readers, not to be imported again: the numbers of an XLSX are numbers.
    """
    return file_answer(file_format, name, table_pieces(file_format, columns, batches))


def report_answer(
    file_format: TableFormat, name: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]
) -> StreamingResponse:
    """Such a file of rows that are there already."""
    return streamed_table(file_format, name, columns, _batches(rows))


def table_pieces(
    file_format: TableFormat, columns: Sequence[Column], batches: AsyncIterator[Sequence[Sequence[object]]]
) -> AsyncIterator[bytes]:
    """The bytes of such a file."""
    return _csv_pieces(columns, batches) if file_format == "csv" else _xlsx_pieces(columns, batches)


def file_answer(
    file_format: TableFormat, name: str, pieces: AsyncIterator[bytes] | Iterable[bytes]
) -> StreamingResponse:
    """The bytes of a table as a file to save."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=CSV_TYPE if file_format == "csv" else XLSX_TYPE, headers=disposition)


async def _batches(rows: Iterable[Sequence[object]]) -> AsyncIterator[Sequence[Sequence[object]]]:
    rest = iter(rows)
    while batch := await asyncio.to_thread(lambda: list(islice(rest, ROWS_AT_ONCE))):
        yield batch


async def _csv_pieces(
    columns: Sequence[Column], batches: AsyncIterator[Sequence[Sequence[object]]]
) -> AsyncIterator[bytes]:
    yield "\ufeff".encode() + csv_lines([[column.name for column in columns]])
    async for batch in batches:
        yield await asyncio.to_thread(csv_lines, batch)


async def _xlsx_pieces(
    columns: Sequence[Column], batches: AsyncIterator[Sequence[Sequence[object]]]
) -> AsyncIterator[bytes]:
    sheet = SheetStream(columns)
    async for batch in batches:
        yield await asyncio.to_thread(sheet.rows, batch)
    yield await asyncio.to_thread(sheet.close)
