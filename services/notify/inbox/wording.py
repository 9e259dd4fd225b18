"""Numbers, money and places as Khmer and English readers write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.digits import khmer_digits

PLACES_NAMED = 3
"""A message names this many areas; of more it gives the number."""


@dataclass(frozen=True, slots=True)
class Both:
    """A text in Khmer and in English."""

    km: str
    en: str


def number(value: int) -> Both:
    """A whole number with its thousands set apart: ៥.០០០ and 5,000."""
    english = f"{value:,}"
    return Both(khmer_digits(english.replace(",", ".")), english)


def plain(value: int) -> Both:
    """A year or another number that is not grouped."""
    return Both(khmer_digits(str(value)), str(value))


def score(value: float) -> Both:
    """A score with at most one decimal: ២,៥ and 2.5."""
    english = f"{value:.1f}".removesuffix(".0")
    return Both(khmer_digits(english.replace(".", ",")), english)


def riel(amount: int) -> Both:
    """An amount of money."""
    grouped = number(amount)
    return Both(f"{grouped.km} រៀល", f"{grouped.en} riel")


def place(code: str, names: Mapping[str, Both]) -> Both:
    """An area within those above it: "Tuol Ta Ek, Battambang, Battambang"; a code where no name is known yet."""
    if not code:
        return Both("ទូទាំងប្រទេស", "the whole country")
    path = [names.get(code[:length], Both(code[:length], code[:length])) for length in range(len(code), 0, -2)]
    return Both(" ".join(name.km for name in path), ", ".join(name.en for name in path))


def places(codes: Sequence[str], names: Mapping[str, Both]) -> Both:
    """Some areas, and how many more."""
    named = [place(code, names) for code in codes[:PLACES_NAMED]]
    km, en = "; ".join(name.km for name in named), "; ".join(name.en for name in named)
    if rest := len(codes) - len(named):
        km, en = f"{km} និង {number(rest).km} តំបន់ទៀត", f"{en} and {number(rest).en} more"
    return Both(km, en)
