"""Lists as they are sent: the ministry's files, the package's, and what is none."""

import io
import struct
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.registry.gazetteer import archive
from services.registry.gazetteer.archive import read_list
from services.registry.gazetteer.checking import check_list
from services.registry.gazetteer.rows import clean_name, visible
from tests.registry.gazetteer.lists import ministry_file, package_files, packaged, zipped

MINISTRY = '''\
"List of Gazetter Code for ""Kampong Cham""",,,,,,
,,,,,,
Type,Code,"Name (Khmer)","Name (Latin)",Reference,"Official Note","Note (by Checker)"
ស្រុក,301,បាធាយ,Batheay,"ប្រកាសលេខ ៤៩៣ប្រ.ក",,
ឃុំ,៣០១០១, បាធាយ\u200b ,Batheay,"ប្រកាសលេខ ៤៩៣ ប្រ.ក",,
ភូមិ,3010101,ស្វាយពក,"Svay  Pok","ប្រកាសលេខ ៤៩៣ ប្រ.ក",,
ភូមិ,03010102,"ប្រសូត្រ ""ក""","Prasoutr Ka",,"បំបែកចេញពីភូមិស្វាយពក",
,3010103,ជ្រែក,Chreaek,,,
ភូមិ,3010201,ច្បារអំពៅ,"Chbar Ampov",,,
,,,,,,
សរុប,,3,,,,
'''


AS_SENT = [MINISTRY.encode(), MINISTRY.encode("utf-8-sig"), MINISTRY.replace(",", ";").encode()]


@pytest.mark.parametrize("content", AS_SENT, ids=["utf-8", "with byte order mark", "with semicolons"])
def test_the_ministry_s_file_of_a_province(content: bytes) -> None:
    read = read_list(content, "Kampong Cham.csv")
    assert read.problems == []
    assert [(row.level, row.code, row.parent_code, row.name_km, row.name_en) for row in read.rows] == [
        ("district", "0301", "03", "បាធាយ", "Batheay"),
        ("commune", "030101", "0301", "បាធាយ", "Batheay"),
        ("village", "03010101", "030101", "ស្វាយពក", "Svay Pok"),
        ("village", "03010102", "030101", 'ប្រសូត្រ "ក"', "Prasoutr Ka"),
        ("village", "03010103", "030101", "ជ្រែក", "Chreaek"),
        ("village", "03010201", "030101", "ច្បារអំពៅ", "Chbar Ampov"),
    ]
    assert (read.rows[3].line, read.rows[3].note) == (7, "បំបែកចេញពីភូមិស្វាយពក")


def test_a_file_that_is_not_in_order_goes_by_its_codes() -> None:
    head, *lines = MINISTRY.splitlines()[2:9]
    sorted_by_type = [head, lines[0], lines[1], "ឃុំ,30102,ច្បារអំពៅ,Chbar Ampov,,,", *lines[2:]]
    read = read_list("\n".join(sorted_by_type).encode())
    villages = {row.code: row.parent_code for row in read.rows if row.level == "village"}
    assert villages == {"03010101": "030101", "03010102": "030101", "03010103": "030101", "03010201": "030102"}


def test_the_whole_list_in_either_shape_is_the_same() -> None:
    """But for provinces, which the ministry's files do not have, and a village whose code is no number."""
    rows = packaged()
    provinces = [row.code for row in rows if row.level == "province"]
    files = {f"{code}.csv": ministry_file(rows, code) for code in provinces}
    ministry = read_list(zipped({f"Gazetteer 2025/{name}": content for name, content in files.items()}))
    package = read_list(zipped(package_files(rows)))
    assert package.problems == ministry.problems == []
    assert package.rows == list(rows)
    waiting = {"120913"}
    assert set(ministry.rows) == {row for row in rows if row.level != "province" and row.parent_code not in waiting}
    assert len(check_list(package.rows, []).rows) == 16_459


GARBAGE = [
    (b"", "file_empty", 0),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_text", 0),
    ("Type,Code\nភូមិ".encode() + b"\n\xff\xfe", "not_utf8", 3),
    (b"name,code\na,1\n", "wrong_columns", 1),
    (b"{}", "wrong_columns", 1),
    ((MINISTRY + "x" * 10_001).encode(), "malformed_csv", 12),
    (MINISTRY.encode() + b"\n" * 100_001, "too_many_lines", 0),
    (MINISTRY.encode() + b"\r" * 100_001, "too_many_lines", 0),
    (MINISTRY.encode()[:200].rpartition(b"\n")[0], "no_lines", 0),
    (zipped({}), "file_count", 0),
    (zipped({f"{number}.csv": b"" for number in range(101)}), "file_count", 0),
    (zipped({"../list.csv": MINISTRY.encode()}), "path_unsafe", 0),
    (zipped({"list.xls": MINISTRY.encode()}), "not_csv", 0),
    (zipped({"list.zip": zipped({"list.csv": MINISTRY.encode()})}), "not_csv", 0),
    (zipped({"list.csv": MINISTRY.encode()})[:-30], "zip_damaged", 0),
    (zipped({"list.csv": b" " * (archive.MOST_BYTES + 1)}), "too_large", 0),
]


@pytest.mark.parametrize(("content", "code", "line"), GARBAGE, ids=[code for _, code, _ in GARBAGE])
def test_what_is_no_list_is_one_clear_problem(content: bytes, code: str, line: int) -> None:
    read = read_list(content, "list.csv")
    assert read.rows == []
    (problem,) = read.problems
    assert (problem.code, problem.line, problem.blocks) == (code, line, True)
    assert problem.detail_en
    assert any("\u1780" <= letter <= "\u17ff" for letter in problem.detail_km)


def test_a_zip_that_lies_about_its_size_is_not_believed() -> None:
    """The claimed size says 10 bytes; what is unpacked is bounded all the same, or the check sum shows the lie."""
    packed = bytearray(zipped({"list.csv": b"\n" * (archive.MOST_BYTES + 1)}))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24 : at + 28] = struct.pack("<I", 10)
    (problem,) = read_list(bytes(packed)).problems
    assert problem.code in ("too_large", "zip_damaged")


def test_what_a_computer_puts_into_a_zip_is_passed_over() -> None:
    read = read_list(zipped({"a/list.csv": MINISTRY.encode(), "__MACOSX/a/._list.csv": b"\0", "a/.DS_Store": b"\0"}))
    assert (len(read.rows), read.problems) == (6, [])


def test_an_encrypted_zip_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as sealed:
        sealed.writestr("list.csv", MINISTRY)
    content = bytearray(packed.getvalue())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    (problem,) = read_list(bytes(content)).problems
    assert problem.code == "zip_damaged"


def test_a_line_that_cannot_be_is_told_with_file_and_line() -> None:
    lines = [
        "ភូមិ,301010,ក,A,,,", "ទីក្រុង,301,ក,A,,,", "ភូមិ,3010105,,A,,,", "ភូមិ,3010105,ក,,,,",
        f"ភូមិ,3010105,{'ក' * 201},A,,,", "ស្រុក,3-1,ក,A,,,", "ភូមិ,,ក,A,,,",
    ]  # fmt: skip
    read = read_list((MINISTRY + "\n".join(lines)).encode(), "03.csv")
    assert len(read.rows) == 6
    assert [(problem.code, problem.file, problem.line) for problem in read.problems] == [
        ("type_unknown", "03.csv", 13),
        ("code_unfit", "03.csv", 12),
        ("name_empty", "03.csv", 14),
        ("name_empty", "03.csv", 15),
        ("name_too_long", "03.csv", 16),
        ("code_unfit", "03.csv", 17),
        ("code_unfit", "03.csv", 18),
    ]


@given(st.binary(max_size=200))
def test_no_bytes_are_an_error_of_ours(content: bytes) -> None:
    for sent in (content, b"PK\x03\x04" + content, MINISTRY.encode()[:150] + content):
        read = read_list(sent)
        assert read.rows or read.problems


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
@example(at=3708, damage=b"\x01")
def test_a_damaged_zip_is_a_problem_at_most(at: int, damage: bytes) -> None:
    packed = zipped({"a.csv": MINISTRY.encode(), "b.csv": MINISTRY.encode()})
    at %= len(packed)
    read_list(packed[:at] + damage + packed[at + len(damage) :])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("បា\u200bធាយ", "បាធាយ"),
        ("\ufeffបាធាយ \u00a0", "បាធាយ"),
        ("ក\x01\u202eខ\tគ\r\nឃ", "កខ គ ឃ"),
        ("ក\u200dខ", "ក\u200dខ"),
    ],
)
def test_names_are_kept_without_what_nobody_sees(written: str, kept: str) -> None:
    assert clean_name(written) == kept
    assert visible(written) == visible(kept)
    assert "\u200d" not in visible(written)
