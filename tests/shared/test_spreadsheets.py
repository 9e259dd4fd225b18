"""Tables: what is written comes back, nothing runs as a formula, and no file does harm."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from shared import spreadsheets
from shared.errors import Invalid
from shared.spreadsheets import BLANKS, Column, as_text, read_table, write_csv, write_xlsx

COLUMNS = (
    Column("code", "Code", "លេខកូដ", required=True),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ", also=("khmer name",)),
    Column("supply_side", "Supply side", "ផ្នែកផ្គត់ផ្គង់"),
)
Write = Callable[[Sequence[Column], Iterable[Sequence[object]]], Iterator[bytes]]
printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)
texts = st.one_of(
    printable, st.builds("{}{}".format, st.sampled_from("=+-@'\t ＝"), printable), st.sampled_from(["a\nb"])
)


def written(write: Write, rows: Iterable[Sequence[object]]) -> bytes:
    return b"".join(write(COLUMNS, rows))


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
@hypothesis_settings(max_examples=60)
@given(rows=st.lists(st.tuples(texts, texts, texts), max_size=5))
@example(
    rows=[("=1+1", "'=1", "''@x"), ("#N/A", "+855", "-1"), (" =1", "\t=1", "\u200b=1"), ("_x000D_", "&lt;", "a,b;c")]
)
def test_what_is_written_comes_back(write: Write, rows: list[tuple[str, str, str]]) -> None:
    read = read_table(written(write, rows), COLUMNS)
    expected = [tuple(as_text(cell) for cell in row) for row in rows if any(as_text(cell) for cell in row)]
    assert [tuple(line.cells.get(column.name, "") for column in COLUMNS) for line in read] == expected


@given(texts)
def test_no_cell_of_a_csv_begins_like_a_formula(text: str) -> None:
    content = written(write_csv, [(text, "", "")]).decode("utf-8-sig")
    cell = content.split("\r\n", 1)[1].lstrip('"').lstrip(BLANKS)
    assert not cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_no_cell_of_an_xlsx_is_a_formula() -> None:
    book = load_workbook(io.BytesIO(written(write_xlsx, [("=1+1", "@SUM(A1)", "#REF!")])))
    assert [cell.data_type for cell in book.worksheets[0][2]] == ["s", "s", "s"]


@pytest.mark.parametrize(
    "heading",
    [
        "code,name_km",
        "Code;Name in Khmer",
        "\ufeffCODE\tKhmer-Name",
        "លេខកូដ,ឈ្មោះ ជាភាសាខ្មែរ",
        "\n\nលេខកូដ / Code,name km",
    ],
)
def test_headings_are_known_in_both_languages(heading: str) -> None:
    delimiter = next(mark for mark in "\t;," if mark in heading)
    lines = read_table(f"{heading}\r\nA{delimiter}ក\r\n\r\nB{delimiter}\r\n".encode(), COLUMNS)
    assert [dict(line.cells) for line in lines] == [{"code": "A", "name_km": "ក"}, {"code": "B", "name_km": ""}]
    assert lines[1].number - lines[0].number == 2


def test_a_csv_of_another_encoding_that_spreadsheets_write() -> None:
    assert read_table("code\tname_km\nA\tក".encode("utf-16"), COLUMNS)[0].cells["name_km"] == "ក"


def test_an_xlsx_as_people_make_it() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Code", "Name in Khmer", None, "Supply side"],
        [20201, 1.5, "beside", True],
        [],
        ["A", None, None, 3.0],
    ):
        sheet.append(row)
    lines = read_table(saved(book), COLUMNS)
    assert [(line.number, dict(line.cells)) for line in lines] == [
        (2, {"code": "20201", "name_km": "1.5", "supply_side": "yes"}),
        (4, {"code": "A", "name_km": "", "supply_side": "3"}),
    ]


@pytest.mark.parametrize(
    ("heading", "code", "pointer"),
    [
        ("name_km", "column_missing", "/columns/code"),
        ("code,colour", "column_unknown", "/columns/colour"),
        ("code,name_km,Khmer name", "column_repeated", "/columns/Khmer name"),
        ('{"code": 1}', "column_unknown", '/columns/{"code": 1}'),
    ],
)
def test_columns_that_do_not_fit_are_named(heading: str, code: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_table(f"{heading}\nA".encode(), COLUMNS)
    assert (refusal.value.code, refusal.value.errors[0].code) == ("columns_unfit", code)
    assert refusal.value.errors[0].pointer == pointer


def damaged_xlsx() -> bytes:
    content = bytearray(written(write_xlsx, [("A", "B", "C")] * 50))
    content[200:400] = bytes(200)
    return bytes(content)


def zip_of(*parts: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"\xff\xfe\x00", b"\x00\xff\xd8\x80garbage", b"PK\x03\x04garbage", b"PK\x03\x04", damaged_xlsx(),
        zip_of(("hello.txt", b"hello")), "code\nកម្ពុជា".encode("utf-16-le"),
        zip_of(("[Content_Types].xml", b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>")),
    ],
)  # fmt: skip
def test_garbage_is_one_clear_refusal(content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_table(content, COLUMNS)
    assert refusal.value.code in {"file_unreadable", "columns_unfit"}


@given(st.binary(max_size=200))
def test_no_bytes_are_an_unexpected_error(content: bytes) -> None:
    for body in (content, b"PK\x03\x04" + content, b"code\n" + content):
        try:
            read_table(body, COLUMNS)
        except Invalid:
            continue


def test_what_is_over_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zip_of(("xl/worksheets/sheet1.xml", bytes(spreadsheets.MOST_UNPACKED + 1)))
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    monkeypatch.setattr(spreadsheets, "SPARE_ROWS", 5)
    wide = "code" + "," * 40 + "\n" + "A" + "," * 40 + "B"
    long, sparse = "code\n" + "A\n" * 4, "code\n" + "\n" * 10
    endless = b"code\n" + b"," * (spreadsheets.LONGEST_LINE + 1)
    for content in (bomb, wide.encode(), long.encode(), sparse.encode(), endless, far_apart()):
        with pytest.raises(Invalid) as refusal:
            read_table(content, COLUMNS)
        assert refusal.value.code == "table_too_large"
    assert len(read_table(b"code\nA\nB\nC\n", COLUMNS)) == 3


def far_apart() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A200"] = "code", "A"
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
