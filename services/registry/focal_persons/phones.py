"""Telephone numbers of Cambodia, in one form."""

import re

KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
SEPARATORS = re.compile("[\\s().\u200b\u00a0-]+")
NUMBER = re.compile(r"^(?:\+855|00855|855|0)0?([1-9][0-9]{7,8})$")


def normal_phone(text: str) -> str:
    """`012 345 678`, `០១២ ៣៤៥ ៦៧៨` or `+855 12 345 678` as `+85512345678` (E.164). Raises ValueError for another."""
    match = NUMBER.match(SEPARATORS.sub("", text.translate(KHMER_DIGITS)))
    if match is None:
        raise ValueError("not a telephone number of Cambodia")
    return "+855" + match[1]
