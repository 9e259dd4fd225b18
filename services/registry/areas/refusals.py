"""Why a change of areas cannot be, in the words of both languages."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.registry.areas.country import Place
from services.registry.areas.operations import Refusal
from shared.areas import LEVELS, Level
from shared.errors import Conflict, FieldError, Invalid, Problem

LEVELS_KM: dict[Level, str] = {
    "province": "រាជធានី ខេត្ត",
    "district": "ក្រុង ស្រុក ខណ្ឌ",
    "commune": "ឃុំ សង្កាត់",
    "village": "ភូមិ",
}
NAMED_AT_MOST = 10


class At(NamedTuple):
    """Where in the change something is wrong: which operation, and where in it."""

    position: int
    pointer: str


def problem_of(refusals: Sequence[Refusal]) -> Problem:
    """The answer to a change that cannot be: the first refusal's, with all of them named."""
    first = refusals[0]
    kind = Conflict if any(refusal.conflict for refusal in refusals) else Invalid
    errors = [FieldError(one.pointer, one.code, one.en, one.km) for one in refusals]
    return kind(first.code, en=first.en, km=first.km, errors=errors)


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" (+{more})" if more > 0 else "")


def area_not_open(at: At) -> Refusal:
    """An id that is no open area's."""
    return Refusal(
        *at,
        "area_not_open",
        en="There is no open area with this id.",
        km="គ្មានតំបន់ដែលកំពុងមានសុពលភាពដែលមានលេខសម្គាល់នេះទេ។",
        conflict=True,
    )


def changed_twice(at: At, place: Place) -> Refusal:
    """Two operations of a change that contradict each other."""
    return Refusal(
        *at,
        "area_changed_twice",
        en=f"{place.name_en} ({place.old_code}) is named by two operations of this change that do not go together.",
        km=f"{place.name_km} ({place.old_code}) ត្រូវបានផ្លាស់ប្ដូរពីរដងក្នុងពេលតែមួយ ដែលមិនស៊ីគ្នា។",
    )


def name_empty(at: At) -> Refusal:
    """A name of nothing."""
    return Refusal(*at, "name_empty", en="An area has a name in both languages.", km="តំបន់ត្រូវមានឈ្មោះជាភាសាទាំងពីរ។")


def code_unfit(at: At, code: str, level: Level, parent_code: str | None) -> Refusal:
    """A code that is not made as codes of its level and place are."""
    digits = 2 * (LEVELS.index(level) + 1)
    below, below_km = (f", beginning with {parent_code}", f" ផ្ដើមដោយ {parent_code}") if parent_code else ("", "")
    return Refusal(
        *at,
        "area_code_unfit",
        en=f"{code or 'Nothing'} is not the code of a {level} there: it has {digits} digits{below}.",
        km=f"{code} មិនមែនជាលេខកូដ{LEVELS_KM[level]}នៅទីនោះទេ៖ ត្រូវមាន {digits} ខ្ទង់{below_km}។",
    )


def code_taken(at: At, code: str, bearer: Place) -> Refusal:
    """A code that another open area bears after the change."""
    return Refusal(
        *at,
        "area_code_taken",
        en=f"{bearer.name_en} bears the code {code} already.",
        km=f"{bearer.name_km} ប្រើលេខកូដ {code} រួចហើយ។",
        conflict=True,
    )


def code_borne(at: At, code: str, until: date) -> Refusal:
    """A code that another area bore until a day after this change."""
    return Refusal(
        *at,
        "area_code_borne_then",
        en=f"The code {code} belonged to another area until {until}; the change can take effect from that day on.",
        km=f"លេខកូដ {code} ជារបស់តំបន់ផ្សេងរហូតដល់ថ្ងៃទី {until}។ ការផ្លាស់ប្ដូរអាចចូលជាធរមានចាប់ពីថ្ងៃនោះ។",
        conflict=True,
    )


def no_free_code(at: At, parent: Place) -> Refusal:
    """A hundredth area below one parent."""
    return Refusal(
        *at,
        "no_free_code",
        en=f"All 99 codes below {parent.code} are in use.",
        km=f"លេខកូដទាំង ៩៩ ក្រោម {parent.code} ត្រូវបានប្រើអស់ហើយ។",
        conflict=True,
    )


def parent_unknown(at: At, code: str | None) -> Refusal:
    """A parent that is not open after the change."""
    return Refusal(
        *at,
        "parent_unknown",
        en=f"No open area one level above has the code {code}.",
        km=f"គ្មានតំបន់ថ្នាក់លើដែលមានលេខកូដ {code} ទេ។",
    )


def level_unfit(at: At, place: Place, level: Level) -> Refusal:
    """An area of another level than the operation needs."""
    return Refusal(
        *at,
        "level_unfit",
        en=f"{place.name_en} ({place.old_code}) is a {place.level}; a {level} is needed here.",
        km=f"{place.name_km} ({place.old_code}) ជា{LEVELS_KM[place.level]}; ត្រូវការ{LEVELS_KM[level]}។",
    )


def too_few(at: At, least: int) -> Refusal:
    """A split into one, or a merger of one."""
    return Refusal(
        *at,
        "too_few_areas",
        en=f"Name at least {least} different areas.",
        km=f"សូមបញ្ជាក់តំបន់ផ្សេងគ្នាយ៉ាងតិច {least}។",
    )


def survivor_not_merged(at: At) -> Refusal:
    """A survivor that is none of the merged."""
    return Refusal(
        *at,
        "survivor_not_merged",
        en="The area that the others merge into is one of area_ids, or a new one.",
        km="តំបន់ដែលទទួលការបញ្ចូលត្រូវជាតំបន់មួយក្នុង area_ids ឬជាតំបន់ថ្មី។",
    )


def not_below(at: At, child: Place) -> Refusal:
    """A child that does not stand below the area that it is to come from."""
    return Refusal(
        *at,
        "not_a_child",
        en=f"{child.name_en} ({child.old_code}) does not stand directly below the area that is split or merged.",
        km=f"{child.name_km} ({child.old_code}) មិនស្ថិតនៅក្រោមតំបន់ដែលត្រូវបំបែក ឬបញ្ចូលដោយផ្ទាល់ទេ។",
    )


def children_left(at: At, place: Place, left: Sequence[Place]) -> Refusal:
    """An area that would end over the heads of those below it."""
    return Refusal(
        *at,
        "children_open",
        en=f"Say where these go before {place.old_code} ends: {_named([f'{c.name_en} ({c.code})' for c in left])}.",
        km=f"មុនបិទ {place.old_code} សូមបញ្ជាក់ទីតាំងថ្មីនៃ៖ {_named([f'{c.name_km} ({c.code})' for c in left])}។",
        conflict=True,
    )


def units_left(at: At, place: Place, codes: Sequence[str]) -> Refusal:
    """An area that would end under the units that stand in it."""
    return Refusal(
        *at,
        "units_open",
        en=f"Say where the units of {place.old_code} go, or close them first: {_named(codes)}.",
        km=f"សូមបញ្ជាក់ទីតាំងថ្មីនៃអង្គភាពក្នុង {place.old_code} ឬបិទវាជាមុនសិន៖ {_named(codes)}។",
        conflict=True,
    )


def unit_not_there(at: At, code: str) -> Refusal:
    """A unit that does not stand in the area that it is to come from."""
    return Refusal(
        *at,
        "unit_not_there",
        en=f"There is no unit {code} in the area that is split.",
        km=f"គ្មានអង្គភាព {code} ក្នុងតំបន់ដែលត្រូវបំបែកទេ។",
    )


def too_early(at: At, place: Place, since: date) -> Refusal:
    """A day before the last change of an area that the change touches."""
    return Refusal(
        at.position,
        "/effective_on",
        "effective_too_early",
        en=f"{place.name_en} ({place.old_code}) has been as it is since {since}; choose that day or a later one.",
        km=f"{place.name_km} ({place.old_code}) មានសភាពបច្ចុប្បន្នតាំងពីថ្ងៃទី {since}។ ការផ្លាស់ប្ដូរត្រូវចូលជាធរមានចាប់ពីថ្ងៃនោះ។",
        conflict=True,
    )


def nothing_changes() -> Refusal:
    """An order for what is so already."""
    return Refusal(
        0,
        "",
        "nothing_changes",
        en="The area is so already; nothing would change.",
        km="តំបន់មានសភាពដូច្នេះរួចហើយ។ គ្មានអ្វីត្រូវផ្លាស់ប្ដូរទេ។",
        conflict=True,
    )


def too_late(day: date) -> Refusal:
    """A day that has not come."""
    return Refusal(
        0,
        "/effective_on",
        "effective_in_future",
        en=f"{day} has not come in Cambodia; such a change is scheduled.",
        km=f"ថ្ងៃទី {day} មិនទាន់មកដល់ទេ។ ការផ្លាស់ប្ដូរនេះត្រូវដាក់ក្នុងកាលវិភាគ។",
    )
