"""Phones that people sign in with, in one form."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.registry.focal_persons.phones import KHMER_DIGITS, SEPARATORS, normal_phone

__all__ = ["KHMER_DIGITS", "Phone", "masked_phone", "sign_in_phone"]

E164 = re.compile(r"^\+(?!855)[1-9][0-9]{7,14}$")


def sign_in_phone(text: str) -> str:
    """A number in E.164: one of Cambodia as people write it, or any other with its + and country. Raises ValueError."""
    plain = SEPARATORS.sub("", text.translate(KHMER_DIGITS))
    return plain if E164.match(plain) else normal_phone(text)


def masked_phone(phone: str) -> str:
    """Enough of a number to recognise one's own by: `+85512•••678`."""
    return f"{phone[:6]}•••{phone[-3:]}"


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
