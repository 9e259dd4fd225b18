"""Sealing secrets at rest."""

import pytest
from pydantic import SecretStr

from shared.crypto import Sealer

SECRET = SecretStr("a-secret-of-the-installation-0123456789")
SEALER = Sealer(SECRET, "tests")


def test_opens_what_it_sealed() -> None:
    assert SEALER.open(SEALER.seal(b"whsec")) == b"whsec"
    assert SEALER.open(SEALER.seal(b"")) == b""


def test_sealing_twice_looks_different_and_hides_the_text() -> None:
    first, second = SEALER.seal(b"whsec-text"), SEALER.seal(b"whsec-text")
    assert first != second
    assert b"whsec-text" not in first


@pytest.mark.parametrize(
    "other", [Sealer(SECRET, "another purpose"), Sealer(SecretStr("another-secret-0123456789-0123456789"), "tests")]
)
def test_another_key_or_purpose_cannot_open(other: Sealer) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        other.open(SEALER.seal(b"whsec"))


@pytest.mark.parametrize("position", [0, 5, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(SEALER.seal(b"whsec"))
    sealed[position] ^= 1
    with pytest.raises(ValueError, match="not sealed"):
        SEALER.open(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01short"])
def test_a_torn_value_is_refused(sealed: bytes) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        SEALER.open(sealed)
