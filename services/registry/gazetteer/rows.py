"""A line of the official list, and how its codes and names are cleaned and compared."""

import re
import unicodedata
from dataclasses import dataclass, field

from shared.areas import Level
from shared.digits import latin_digits

UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
"""Control characters, soft hyphen, zero-width space, direction marks and the like; joiners shape letters and stay."""
SHAPING = dict.fromkeys(map(ord, "\u200c\u200d\u17b4\u17b5"))
"""Joiners, and the two Khmer vowels that nobody sees."""
SAME_SHAPE = str.maketrans({"\u178a": "\u178f"})
"""Below another letter, DA and TA look alike in print, and the lists write one for the other."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; what says where it was written is no part of what it says."""

    level: Level
    code: str
    parent_code: str | None
    name_km: str
    name_en: str
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    note: str = field(default="", compare=False)
    """The ministry's official note, such as which village it was split from."""


@dataclass(frozen=True, slots=True)
class ListProblem:
    """Something in a list that an official should know of; where it `blocks`, the list cannot be applied as it is."""

    code: str
    detail_en: str
    detail_km: str
    area_code: str = ""
    file: str = ""
    line: int = 0
    column: str = ""
    blocks: bool = True


def clean_name(text: str) -> str:
    """A name without what nobody sees: zero-width characters, doubled and outer blanks."""
    return " ".join(unicodedata.normalize("NFC", UNSEEN.sub("", text)).split())


def clean_code(text: str) -> str:
    """A code in ASCII digits without blanks; an odd number of digits gets the leading zero that a spreadsheet drops."""
    if text.isascii() and text.isdigit():
        return "0" + text if len(text) % 2 else text
    code = "".join(latin_digits(UNSEEN.sub("", text).translate(SHAPING)).split())
    return "0" + code if len(code) % 2 and code.isascii() and code.isdigit() else code


def visible(name: str) -> str:
    """What is seen of a name: two that agree in this are the same name, and neither is a new one."""
    return clean_name(name).translate(SHAPING)


def key(name: str) -> str:
    """What names are matched by: letters and digits alone, so that blanks, quotes and case tell none apart."""
    letters = latin_digits(visible(name).casefold()).translate(SAME_SHAPE)
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] in "LNM")
