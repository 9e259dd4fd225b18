"""What a list says that cannot be, what is odd in it and yet loaded, and what it leaves to the registry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.registry.gazetteer.likeness import Standing
from services.registry.gazetteer.models import FindingKind
from services.registry.gazetteer.rows import ListProblem, Row, visible
from shared.areas import LEVELS, Level

MISSING: dict[Level, FindingKind] = {
    "province": "missing_province", "district": "missing_district", "commune": "missing_commune",
}  # fmt: skip
LEVELS_KM: dict[Level, str] = {
    "province": "រាជធានី ខេត្ត", "district": "ក្រុង ស្រុក ខណ្ឌ", "commune": "ឃុំ/សង្កាត់", "village": "ភូមិ",
}  # fmt: skip
BELOW: dict[Level, tuple[str, str]] = {
    "province": ("districts", "ក្រុង ស្រុក ខណ្ឌ"), "district": ("communes", "ឃុំ/សង្កាត់"), "commune": ("villages", "ភូមិ"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in the list that does not fit."""

    kind: FindingKind
    code: str
    detail_en: str
    detail_km: str


@dataclass(slots=True)
class Checked:
    """The list as it can be compared: every line's parent is there, and no code above the villages comes twice."""

    rows: list[Row] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    """The registry's areas that the list speaks of."""
    left_out: list[str] = field(default_factory=list)
    """Provinces that the list does not speak of; they stay as they are."""
    oddities: list[Oddity] = field(default_factory=list)
    problems: list[ListProblem] = field(default_factory=list)


def check_list(rows: Sequence[Row], standing: Sequence[Standing]) -> Checked:
    """Sort what a list says; an area that it needs and lacks is kept from the registry where it stands there.

    A list without lines of provinces, as the ministry's files are, speaks of those provinces alone that it has lines
    in. A village whose commune is nowhere has no place to stand: it waits, and the finding tells how many do.
    """
    checked = Checked()
    checked.standing, checked.left_out = _spoken_of(rows, standing)
    given = list(_without_repeated_lines(rows, checked))
    levels = {level: [row for row in given if row.level == level] for level in LEVELS}
    for level in LEVELS[:-1]:
        levels[level] = list(_unique(levels[level], checked))
    for level in reversed(LEVELS[1:]):
        _find_parents(level, levels, checked)
    codes: set[str | None] = {None}
    for level in LEVELS:
        kept = [row for row in levels[level] if row.parent_code in codes]
        codes |= {row.code for row in kept}
        checked.rows += kept
    if not levels["village"]:
        checked.problems.append(
            ListProblem(
                "no_villages",
                "The list has no villages; send it with all levels down to the villages.",
                "បញ្ជីនេះគ្មានភូមិទេ។ សូមផ្ញើបញ្ជីដែលមានគ្រប់ថ្នាក់រហូតដល់ភូមិ។",
            )
        )
    checked.problems += _off_parent(checked.rows)
    checked.oddities += _of_villages([row for row in checked.rows if row.level == "village"])
    return checked


def _spoken_of(rows: Sequence[Row], standing: Sequence[Standing]) -> tuple[list[Standing], list[str]]:
    """The registry's areas that the list speaks of, and the provinces that it leaves out."""
    if any(row.level == "province" for row in rows):
        return list(standing), []
    provinces = {(row.parent_code or row.code)[:2] for row in rows}
    spoken_of = [area for area in standing if (area.parent_code or area.code)[:2] in provinces]
    return spoken_of, sorted(area.code for area in standing if area.level == "province" and area.code not in provinces)


def _without_repeated_lines(rows: Sequence[Row], checked: Checked) -> Iterator[Row]:
    """Each area once; the same file sent twice is no error."""
    seen: set[tuple[str, str | None, str, str]] = set()
    repeated: list[Row] = []
    for row in rows:
        line = (row.code, row.parent_code, visible(row.name_km), visible(row.name_en))
        if line in seen:
            repeated.append(row)
        else:
            seen.add(line)
            yield row
    if repeated:
        first = repeated[0]
        checked.problems.append(
            ListProblem(
                "repeated_lines",
                f"{len(repeated)} lines stand in the list before already, the first is {first.code}; they count once.",
                f"បន្ទាត់ចំនួន {len(repeated)} មានក្នុងបញ្ជីរួចហើយ (ដំបូងគឺ {first.code})។ បន្ទាត់ទាំងនោះរាប់តែម្ដង។",
                area_code=first.code,
                file=first.file,
                line=first.line,
                blocks=False,
            )
        )


def _unique(rows: Iterable[Row], checked: Checked) -> Iterator[Row]:
    """The first line of each code; above the villages a second one is a mistake."""
    seen: dict[str, Row] = {}
    for row in rows:
        first = seen.setdefault(row.code, row)
        if first is row:
            yield row
            continue
        checked.problems.append(
            _of_line(
                row,
                "code_twice",
                f"The code {row.code} stands twice: {first.name_en} (line {first.line}) and {row.name_en}.",
                f"លេខកូដ {row.code} មានពីរដង៖ {first.name_km} (បន្ទាត់ {first.line}) និង {row.name_km}។",
            )
        )


def _find_parents(level: Level, levels: dict[Level, list[Row]], checked: Checked) -> None:
    """See that the parents of a level's lines are there: from the registry, where the list lacks them."""
    above = LEVELS[LEVELS.index(level) - 1]
    own = {area.code: area for area in checked.standing if area.level == above}
    if not levels[above]:
        levels[above] = [_line_of(area) for area in own.values()]
    there = {row.code for row in levels[above]}
    wanting: dict[str, list[Row]] = defaultdict(list)
    for row in levels[level]:
        if row.parent_code not in there:
            wanting[str(row.parent_code)].append(row)
    for code, lines in sorted(wanting.items()):
        if code in own:
            levels[above].append(_line_of(own[code]))
        if code in own or level == "village":
            checked.oddities.append(_missing(above, code, len(lines), stands=code in own))
        else:
            checked.problems.append(
                _of_line(
                    lines[0],
                    "parent_missing",
                    f"{len(lines)} {BELOW[above][0]} belong to {code}, which neither the list nor the registry has.",
                    f"{BELOW[above][1]}ចំនួន {len(lines)} ស្ថិតក្រោម {code} ដែលមិនមានក្នុងបញ្ជី ឬក្នុងប្រព័ន្ធទេ។",
                )
            )


def _missing(level: Level, code: str, count: int, *, stands: bool) -> Oddity:
    below, below_km = BELOW[level]
    if stands:
        return Oddity(
            MISSING[level],
            code,
            f"{level.capitalize()} {code} has {count} {below} in the list but no line of its own; it stays as it is.",
            f"{LEVELS_KM[level]} {code} មាន{below_km}ចំនួន {count} ក្នុងបញ្ជី ប៉ុន្តែខ្លួនវាមិនមានក្នុងបញ្ជីទេ។ វានៅដដែល។",
        )
    return Oddity(
        MISSING[level],
        code,
        f"{level.capitalize()} {code} has {count} {below} in the list but no line of its own; they were not loaded.",
        f"{LEVELS_KM[level]} {code} មាន{below_km}ចំនួន {count} ក្នុងបញ្ជី ប៉ុន្តែខ្លួនវាមិនមានក្នុងបញ្ជីទេ។ "
        f"{below_km}ទាំងនោះមិនត្រូវបានបញ្ចូលទេ។",
    )


def _line_of(area: Standing) -> Row:
    return Row(area.level, area.code, area.parent_code, area.name_km, area.name_en)


def _of_line(row: Row, code: str, en: str, km: str) -> ListProblem:
    return ListProblem(code, en, km, area_code=row.code, file=row.file, line=row.line, column="code")


def _off_parent(rows: Iterable[Row]) -> Iterator[ListProblem]:
    """Districts and communes are found by the beginning of their code, so it must be their parent's."""
    for row in rows:
        if row.level in ("district", "commune") and not row.code.startswith(str(row.parent_code)):
            yield _of_line(
                row,
                "code_off_parent",
                f"{row.name_en} stands below {row.parent_code}, but its code is {row.code}.",
                f"{row.name_km} ស្ថិតក្រោម {row.parent_code} ប៉ុន្តែលេខកូដ {row.code} មិនផ្ដើមដោយលេខនោះទេ។",
            )


def _of_villages(villages: Sequence[Row]) -> Iterator[Oddity]:
    by_code: dict[str, list[Row]] = defaultdict(list)
    for village in villages:
        by_code[village.code].append(village)
    for code, same in sorted(by_code.items()):
        if len(same) > 1:
            yield _repeated(code, same)
        elif not code.isdigit():
            yield Oddity(
                "malformed_village_code",
                code,
                f"The code of village {same[0].name_en} is not made of digits alone: {code}.",
                f"លេខកូដ {code} របស់ភូមិ{same[0].name_km} មិនមែនជាលេខសុទ្ធទេ។",
            )
    for row in villages:
        if not row.code.startswith(str(row.parent_code)):
            yield Oddity(
                "village_off_commune",
                row.code,
                f"Village {row.name_en} belongs to commune {row.parent_code}, but its code is {row.code}.",
                f"ភូមិ{row.name_km} ស្ថិតក្នុងឃុំ/សង្កាត់ {row.parent_code} ប៉ុន្តែលេខកូដ {row.code} មិនផ្ដើមដោយលេខនោះទេ។",
            )


def _repeated(code: str, same: Sequence[Row]) -> Oddity:
    malformed = "" if code.isdigit() else " It is not made of digits alone."
    malformed_km = "" if code.isdigit() else " លេខកូដនេះមិនមែនជាលេខសុទ្ធទេ។"
    return Oddity(
        "repeated_village_code",
        code,
        f"{len(same)} villages share the code {code}: {', '.join(row.name_en for row in same)}.{malformed}",
        f"ភូមិចំនួន {len(same)} ប្រើលេខកូដ {code} ដូចគ្នា៖ {', '.join(row.name_km for row in same)}។{malformed_km}",
    )
