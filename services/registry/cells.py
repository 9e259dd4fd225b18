"""What tables say of people, as spreadsheets leave it: names, sexes and telephones."""

from typing import Annotated

from pydantic import BeforeValidator

from services.registry.focal_persons.models import Sex
from services.registry.phones import SEPARATORS, Phone
from shared.digits import latin_digits

SEXES: dict[str, Sex] = {
    **dict.fromkeys(("female", "f", "ស្រី", "ស"), "female"),
    **dict.fromkeys(("male", "m", "ប្រុស", "ប"), "male"),
    **dict.fromkeys(("undisclosed", "មិនបញ្ជាក់"), "undisclosed"),
}
UNSEEN = "\u200b\u200c\u200d"
"""Characters that nobody sees; Khmer has them between words, or not."""


def plain(name: str) -> str:
    """A name as rows are matched by it: without case, blanks and characters that nobody sees."""
    return "".join(letter for letter in name.casefold() if not letter.isspace() and letter not in UNSEEN)


def _sex(value: object) -> object:
    return SEXES.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _phone(value: object) -> object:
    """A number with the zero before it that a spreadsheet takes away."""
    digits = SEPARATORS.sub("", latin_digits(value)) if isinstance(value, str) else value
    whole = not isinstance(digits, str) or not digits.isdecimal() or digits.startswith(("0", "855"))
    return value if whole else f"0{digits}"


SexCell = Annotated[Sex, BeforeValidator(_sex)]
PhoneCell = Annotated[Phone, BeforeValidator(_phone)]
