"""The form of API keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.api_keys import DIGITS, PREFIX, is_whole, key_hash, make_key


def test_a_key_is_long_random_and_whole() -> None:
    keys = {make_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert is_whole(key)
        prefix, secret, checksum = key.split("_")
        assert (f"{prefix}_", len(secret), len(checksum), len(key_hash(key))) == (PREFIX, 43, 6, 32)
        assert set(secret + checksum) <= set(DIGITS)


@given(st.integers(0, 53), st.sampled_from(DIGITS))
def test_a_mistyped_key_is_no_key(position: int, digit: str) -> None:
    key = make_key()
    mistyped = key[:position] + digit + key[position + 1 :]
    assert is_whole(mistyped) is (mistyped == key)


@pytest.mark.parametrize(
    "text", ["", "isaf_", "isaf__", "isaf_x_y", "eyJ.x.y", "isaf_" + "ក" * 43 + "_000000", "_" * 60]
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert not is_whole(text)


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    assert is_whole(text) is False
