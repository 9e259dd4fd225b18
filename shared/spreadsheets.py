"""Tables that people fill in: read from CSV and XLSX as they come, written so that they come back as they were.

A cell is text without surrounding blanks; an empty one is "". What a spreadsheet would take for a formula is written
into CSV with an apostrophe before it, which reading takes away again.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import Any

from shared.digits import khmer_digits
from shared.errors import FieldError, Invalid

MOST_ROWS = 50_000
SHORT = 60
"""Characters of what is likely to be written again."""
MOST_COLUMNS = 40
LONGEST_LINE = 200_000
MOST_UNPACKED = 128 * 1024 * 1024
"""Bytes of an XLSX when unpacked; a zip bomb is one of a thousand times its size."""
MOST_PARTS = 200
SPARE_ROWS = 10_000
"""Empty rows between the filled ones that are passed over."""
COLUMN_WIDTH = 18
"""Of every column, in characters; headings take as many lines as they need."""
KEPT_IN_MEMORY = 4 * 1024 * 1024
PIECE = 64 * 1024
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLANKS = " \t\r\n\u00a0\u200b\ufeff"
LINE_ENDS = re.compile("\r\n?")
RISKY = re.compile("'*[=+@＝＋－＠-]")
Row = tuple[int, list[str]]
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FORGOTTEN = re.compile("[\\s\u200b\u200c\u200d_.:*()/-]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the API, with the heading it is written under and others it is known by."""

    name: str
    heading_en: str
    heading_km: str
    required: bool = False
    also: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The heading in both languages."""
        return f"{self.heading_km} / {self.heading_en}"

    def headings(self) -> Iterator[str]:
        """Everything that the column may be called."""
        yield from (self.name, self.title, self.heading_en, self.heading_km, *self.also)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its number in the file as a spreadsheet shows it, and the cells that the file has."""

    number: int
    cells: Mapping[str, str]


def read_table(content: bytes, columns: Sequence[Column]) -> list[Line]:
    """The rows of a CSV or of an XLSX's first sheet, under headings in Khmer or English; run it in a thread.

    Raises Invalid for what is no such file, is too large, lacks a column or names one that there is not. A leading
    column whose heading is empty and columns without cells are no matter.
    """
    rows = _rows_of_xlsx(content) if content.startswith(b"PK\x03\x04") else _rows_of_csv(content)
    first = next(((number, cells) for number, cells in rows if any(cells)), None)
    if first is None:
        raise unreadable()
    names = _names(first[1], columns)
    lines: list[Line] = []
    for number, cells in rows:
        if not any(cells):
            continue
        if len(lines) == MOST_ROWS:
            raise too_large()
        lines.append(Line(number, {name: cell for name, cell in zip(names, cells, strict=False) if name}))
    return lines


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV in pieces, in UTF-8 with the mark by which spreadsheets know it; the headings are the columns' names."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Some lines of a CSV, without mark and headings."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([_csv_cell(value) for value in row] for row in rows)
    return buffer.getvalue().encode()


def write_xlsx(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """An XLSX in pieces; every cell is text, under headings in both languages. Its making takes a thread's time."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("ISAF")
    sheet.freeze_panes = "A2"
    sheet.sheet_format.defaultColWidth = COLUMN_WIDTH

    def heading(column: Column) -> Any:
        made = WriteOnlyCell(sheet, column.title)
        made.font, made.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
        return made

    def cell(text: str) -> Any:
        if not text.startswith(("=", "#")):
            return text
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"  # not a formula, nor an error
        return made

    sheet.append([heading(column) for column in columns])
    for row in rows:
        sheet.append([cell(as_text(value)) or None for value in row])
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def as_text(value: object) -> str:
    """A value as a cell holds it, and as reading gives it back."""
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return _often_written(value) if len(value) <= SHORT else _written(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else _written(str(value))


def _written(text: str) -> str:
    return UNWRITABLE.sub("", LINE_ENDS.sub("\n", text)).strip(BLANKS)


_often_written = lru_cache(maxsize=10_000)(_written)
"""Codes, names and labels stand in many thousands of rows."""


def _rows_of_csv(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
        heading = text.lstrip(BLANKS).partition("\n")[0]
        delimiter = max(",;\t", key=heading.count)
        reader = csv.reader(_short_lines(io.StringIO(text, newline="")), delimiter=delimiter)
        for number, cells in enumerate(reader, start=1):
            yield number, [_unguarded(as_text(cell)) for cell in _fitting(number, cells)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable() from error


def _rows_of_xlsx(content: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook

    try:
        _must_be_modest(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1):
            yield number, [as_text(cell) for cell in _fitting(number, cells)]
    except Invalid:
        raise
    except Exception as error:  # of a file that is none, openpyxl raises whatever it stumbles over
        raise unreadable() from error


def _must_be_modest(content: bytes) -> None:
    """Raise Invalid for an XLSX that would unpack to more than is read; a part cannot be larger than it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        listed = parts.infolist()
    if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
        raise too_large()


def _short_lines(text: Iterable[str]) -> Iterator[str]:
    """The lines of a CSV. Raises Invalid for one that would be split into more cells than memory holds."""
    for line in text:
        if len(line) > LONGEST_LINE:
            raise too_large()
        yield line


def _fitting(number: int, cells: Sequence[Any]) -> Sequence[Any]:
    if number > MOST_ROWS + SPARE_ROWS or any(cells[MOST_COLUMNS:]):
        raise too_large()
    return cells[:MOST_COLUMNS]


def _names(headings: Sequence[str], columns: Sequence[Column]) -> list[str | None]:
    """The column of each heading. Raises Invalid naming headings that are unknown or repeated, and what is missing."""
    known = {_plain(heading): column.name for column in columns for heading in column.headings()}
    names = [known.get(_plain(heading)) if heading else None for heading in headings]
    wrong = [
        FieldError(
            f"/columns/{heading[:60]}",
            "column_unknown" if name is None else "column_repeated",
            f"There is no column {heading[:60]!r}." if name is None else f"The column {name} appears twice.",
            f"មិនស្គាល់ជួរឈរ «{heading[:60]}» ទេ។" if name is None else f"ជួរឈរ {name} មានពីរដង។",
        )
        for position, (heading, name) in enumerate(zip(headings, names, strict=True))
        if heading and (name is None or name in names[:position])
    ]
    wrong += [
        FieldError(
            f"/columns/{column.name}",
            "column_missing",
            f"The column {column.name} ({column.title}) is missing.",
            f"ខ្វះជួរឈរ {column.name} ({column.title})។",
        )
        for column in columns
        if column.required and column.name not in names
    ]
    if wrong:
        raise Invalid(
            "columns_unfit",
            en=f"The columns do not fit. Known ones: {', '.join(column.name for column in columns)}.",
            km=f"ជួរឈរមិនត្រឹមត្រូវទេ។ ជួរឈរដែលអាចប្រើបាន៖ {', '.join(column.name for column in columns)}។",
            errors=wrong,
        )
    return names


def _plain(heading: str) -> str:
    return FORGOTTEN.sub("", heading).lower()


def _csv_cell(value: object) -> str:
    """A value as CSV holds it; a number is no formula, also below zero."""
    if value is None or isinstance(value, int | float):
        return as_text(value)
    return _guarded(as_text(value))


def _guarded(text: str) -> str:
    return f"'{text}" if RISKY.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and RISKY.match(text) else text


def unreadable() -> Invalid:
    """The refusal of what is no table at all."""
    return Invalid(
        "file_unreadable",
        en="This is neither a CSV in UTF-8 nor an XLSX, or the file is damaged. Save it anew from your spreadsheet.",
        km="ឯកសារនេះមិនមែនជា CSV (UTF-8) ឬ XLSX ទេ ឬត្រូវបានខូច។ សូមរក្សាទុកជាថ្មីពីកម្មវិធីតារាង។",
    )


def too_large() -> Invalid:
    """The refusal of a table over the limits."""
    return Invalid(
        "table_too_large",
        en=f"A table has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. Send it in parts.",
        km=f"តារាងមួយមានច្រើនបំផុត {khmer_digits(f'{MOST_ROWS:,}'.replace(',', '.'))} ជួរដេក"
        f" និង {khmer_digits(MOST_COLUMNS)} ជួរឈរ។"
        " សូមបំបែកជាផ្នែកៗ។",
    )
