"""Khmer and Latin digits: people write both."""

KHMER, LATIN = "០១២៣៤៥៦៧៨៩", "0123456789"
TO_LATIN, TO_KHMER = str.maketrans(KHMER, LATIN), str.maketrans(LATIN, KHMER)


def latin_digits(text: str) -> str:
    """The text with `0` to `9` in place of `០` to `៩`."""
    return text.translate(TO_LATIN)


def khmer_digits(text: str | int) -> str:
    """The text or number with `០` to `៩` in place of `0` to `9`: as numbers stand in Khmer sentences.

    Codes, field names and what is to be typed stay in Latin digits, as the reader has to find or type them.
    """
    return str(text).translate(TO_KHMER)
