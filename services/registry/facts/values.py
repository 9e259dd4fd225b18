"""What a data element takes as a value."""

from collections.abc import Mapping
from typing import Any

from services.registry.data_elements.models import DataElement, FactValue
from shared.digits import latin_digits
from shared.errors import FieldError

MOST = 1_000_000_000_000_000
LONGEST_TEXT = 500
DECIMALS = 2
WRONG = {
    "count": ("must be a whole number from 0 on", "ត្រូវតែជាចំនួនគត់ចាប់ពី ០ ឡើងទៅ"),
    "riel": ("must be whole riel from 0 on", "ត្រូវតែជាចំនួនគត់គិតជារៀលចាប់ពី ០ ឡើងទៅ"),
    "percent": ("must be a number from 0 to 100", "ត្រូវតែជាចំនួនពី ០ ដល់ ១០០"),
    "text": (f"must be a text of up to {LONGEST_TEXT} characters", f"ត្រូវតែជាអក្សរមិនលើស {LONGEST_TEXT} តួ"),
}
"""By value type: what is said of a value that it does not take, in English and Khmer."""


def fits(element: DataElement, value: FactValue) -> bool:
    """Whether the element takes the value."""
    if element.value_type == "text":
        return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
    if isinstance(value, str):
        return False
    if element.value_type == "percent":
        return 0 <= value <= 100 and round(value, DECIMALS) == value
    return isinstance(value, int) and 0 <= value <= MOST


def as_value(element: DataElement, cell: str) -> FactValue | None:
    """The value that a cell of a table holds; None when the element takes no such value."""
    if element.value_type == "text":
        return cell if fits(element, cell) else None
    plain = latin_digits(cell).replace(",", "").replace(" ", "").removesuffix("%")
    try:
        number: FactValue = int(plain) if plain.lstrip("-").isdecimal() else float(plain)
    except ValueError:
        return None
    return number if fits(element, number) else None


def wrong_value(element: DataElement, pointer: str) -> FieldError:
    """What is said of a value that the element does not take."""
    en, km = WRONG[element.value_type]
    return FieldError(
        pointer,
        "fact_value_unfit",
        f"{element.name_en} ({element.code}) {en}.",
        f"{element.name_km} ({element.code}) {km}។",
    )


def unknown_element(code: str, kind: str, pointer: str) -> FieldError:
    """What is said of a code that units of the kind are not asked for."""
    return FieldError(
        pointer,
        "data_element_unknown",
        f"Units of the kind {kind} are not asked for {code}; GET /data-elements lists what they are.",
        f"អង្គភាពប្រភេទ {kind} មិនមានធាតុទិន្នន័យ {code} ទេ; សូមមើលបញ្ជីតាម GET /data-elements។",
    )


def wrong_facts(
    elements: Mapping[str, DataElement], kind: str, facts: Mapping[str, Mapping[str, Any]]
) -> list[FieldError]:
    """Everything that is wrong with facts by their codes, each with its value and its target."""
    errors = []
    for code, fact in facts.items():
        element = elements.get(code)
        if element is None:
            errors.append(unknown_element(code, kind, f"/facts/{code}"))
            continue
        errors += [
            wrong_value(element, f"/facts/{code}/{name}") for name, value in fact.items() if not fits(element, value)
        ]
    return errors
