"""Telephone numbers, in one form."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.digits import latin_digits

SEPARATORS = re.compile("[\\s().\u200b\u00a0-]+")
CAMBODIAN = re.compile(r"^(?:\+855|00855|855|0)0?([1-9][0-9]{7,8})$")
E164 = re.compile(r"^\+(?!855)[1-9][0-9]{7,14}$")


def normal_phone(text: str) -> str:
    """`012 345 678`, `០១២ ៣៤៥ ៦៧៨` or `+855 12 345 678` as `+85512345678` (E.164). Raises ValueError for another."""
    match = CAMBODIAN.match(_plain(text))
    if match is None:
        raise ValueError("not a telephone number of Cambodia")
    return "+855" + match[1]


def sign_in_phone(text: str) -> str:
    """A number in E.164: one of Cambodia as people write it, or any other with its + and country. Raises ValueError."""
    plain = _plain(text)
    return plain if E164.match(plain) else normal_phone(text)


def masked_phone(phone: str) -> str:
    """Enough of a number to recognise one's own by: `+85512•••678`."""
    return f"{phone[:6]}•••{phone[-3:]}"


def _plain(text: str) -> str:
    return SEPARATORS.sub("", latin_digits(text))


def _checked(text: str) -> str:
    try:
        return sign_in_phone(text)
    except ValueError:
        raise PydanticCustomError("phone_malformed", "is not a phone number, such as 012 345 678") from None


Phone = Annotated[
    str,
    Field(min_length=8, max_length=40, examples=["012 345 678"], description="012 345 678 or +85512345678"),
    AfterValidator(_checked),
]
