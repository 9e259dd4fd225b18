"""API keys of systems: `isaf_<43 characters>_<6 characters of checksum>`, shown once and known by their hash.

The 43 characters are 256 random bits, which need no slow hash. Prefix and checksum let scanners find a key that leaked
into a repository, and let a mistyped one be refused without asking the database.
"""

import secrets
import string
import zlib
from hashlib import sha256

PREFIX = "isaf_"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
SHOWN_PREFIX = len(PREFIX) + 4
"""How much of a key's beginning may be shown to recognise it by."""


def make_key() -> str:
    """A new key."""
    body = PREFIX + _base62(secrets.randbits(256), SECRET_LENGTH)
    return f"{body}_{_checksum(body)}"


def is_whole(key: str) -> bool:
    """Whether the text has the form of a key and its checksum is right; nothing is said of its holding."""
    body, _, checksum = key.rpartition("_")
    return (
        key.isascii()
        and body.startswith(PREFIX)
        and len(body) == len(PREFIX) + SECRET_LENGTH
        and checksum == _checksum(body)
    )


def key_hash(key: str) -> bytes:
    """The form in which a key is stored."""
    return sha256(key.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, len(DIGITS))
        digits = DIGITS[rest] + digits
    return digits.rjust(length, DIGITS[0])
