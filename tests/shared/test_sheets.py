"""Files that are sent while they are written."""

import io
import zipfile
from collections.abc import AsyncIterator, Sequence

import pytest
from openpyxl import load_workbook

from shared import sheets
from shared.exports import streamed_table
from shared.sheets import SheetStream
from shared.spreadsheets import Column, write_xlsx
from shared.zips import ZipStream

COLUMNS = (Column("name", "Name", "ឈ្មោះ"), Column("mean", "Mean", "មធ្យម"))
ROWS: list[list[object]] = [['ភូមិ <១> & "២"', 3.5], ["=1+1", -0.5], [None, None], ["#REF!\x07", 0], [True, 12345678]]


def read(content: bytes) -> list[list[tuple[object, ...]]]:
    """The rows of every sheet."""
    return [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(io.BytesIO(content)).worksheets]


def test_numbers_are_numbers_and_nothing_is_a_formula() -> None:
    sheet = SheetStream(COLUMNS)
    content = sheet.rows(ROWS[:2]) + sheet.rows(ROWS[2:]) + sheet.close()
    (rows,) = read(content)
    assert rows == [
        ("ឈ្មោះ / Name", "មធ្យម / Mean"),
        ('ភូមិ <១> & "២"', 3.5),
        ("=1+1", -0.5),
        (None, None),
        ("#REF!", 0),
        ("yes", 12345678),
    ]
    book = load_workbook(io.BytesIO(content))
    assert book.active is not None
    assert (book.active["A3"].data_type, book.active.freeze_panes) == ("s", "A2")


def test_rows_beyond_a_sheet_are_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS_OF_A_SHEET", 3)
    sheet = SheetStream(COLUMNS)
    content = sheet.rows([["a", number] for number in range(5)]) + sheet.close()
    assert [len(rows) for rows in read(content)] == [3, 3, 2]
    assert read(SheetStream(COLUMNS).close()) == [[("ឈ្មោះ / Name", "មធ្យម / Mean")]]


def test_headings_are_bold_and_wrapped_and_columns_wide_enough_to_read() -> None:
    filled_in = b"".join(write_xlsx(COLUMNS, ROWS))
    sheet = SheetStream(COLUMNS)
    for content in (filled_in, sheet.rows(ROWS) + sheet.close()):
        shown = load_workbook(io.BytesIO(content)).worksheets[0]
        assert shown.sheet_format.defaultColWidth == 18
        assert [(cell.font.b, cell.alignment.wrap_text) for cell in shown[1]] == [(True, True)] * 2
        assert not shown["A2"].font.b


async def batches(parts: Sequence[Sequence[Sequence[object]]]) -> AsyncIterator[Sequence[Sequence[object]]]:
    """Rows as they are read."""
    for part in parts:
        yield part


async def test_a_csv_disarms_text_and_leaves_numbers() -> None:
    answer = streamed_table("csv", "list", COLUMNS, batches([ROWS[:2], ROWS[2:]]))
    text = b"".join([bytes(piece) async for piece in answer.body_iterator]).decode()  # type: ignore[arg-type]
    assert text.startswith("\ufeffname,mean\r\n")
    assert "'=1+1,-0.5\r\n" in text
    assert answer.headers["content-disposition"] == 'attachment; filename="list.csv"'


def test_a_zip_in_pieces_is_a_zip_and_always_the_same() -> None:
    def made() -> bytes:
        stream = ZipStream()
        stream.begin("a.txt")
        pieces = []
        for _ in range(3):
            stream.write(b"x" * 100_000)
            pieces.append(stream.taken())
        stream.add("b/c.txt", "ក".encode())
        stream.close()
        return b"".join([*pieces, stream.taken()])

    with zipfile.ZipFile(io.BytesIO(made())) as parts:
        assert parts.testzip() is None
        assert {name: len(parts.read(name)) for name in parts.namelist()} == {"a.txt": 300_000, "b/c.txt": 3}
    assert made() == made()
