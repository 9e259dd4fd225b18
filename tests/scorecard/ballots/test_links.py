"""What a QR code carries."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.scorecard.ballots.links import LAST_VERSION, BallotLinks

LINKS = BallotLinks(SecretStr("k" * 3 + "0123456789abcdefghijklmnopqrstuvwxyz"))
OTHER = BallotLinks(SecretStr("x" * 3 + "0123456789abcdefghijklmnopqrstuvwxyz"))
CODES = st.from_regex(r"\A[A-Z]{2,4}-[0-9]{2,8}(-[0-9]{1,3})?\Z")


@given(st.uuids(), CODES)
def test_a_token_says_which_round_and_unit(round_id: UUID, unit_code: str) -> None:
    token = LINKS.token(round_id, unit_code)
    assert LINKS.read(token) == (round_id, unit_code, 1)
    assert OTHER.read(token) is None
    assert len(token) <= 68
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.uuids(), CODES, st.data())
def test_a_token_with_one_changed_character_does_not_hold(round_id: UUID, unit_code: str, data: st.DataObject) -> None:
    token = LINKS.token(round_id, unit_code)
    place = data.draw(st.integers(0, len(token) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda letter: letter != token[place]))
    assert LINKS.read(token[:place] + letter + token[place + 1 :]) is None


@pytest.mark.parametrize("token", ["", "A", "AAAA", "=", "ក", "a" * 200, "../..", "%00"])
def test_what_is_no_token_is_none(token: str) -> None:
    assert LINKS.read(token) is None


def test_what_is_longer_than_any_token_fills_no_memory() -> None:
    links = BallotLinks(SecretStr("k" * 40))
    token = links.token(UUID(int=1), "HC-020103-1")
    assert [links.read(one) for one in (token, token, "a" * 60_000, token * 4)] == [
        (UUID(int=1), "HC-020103-1", 1)
    ] * 2 + [
        None,
        None,
    ]
    assert links._known.cache_info().currsize == 1


def test_a_phone_looks_different_in_each_round_and_unit() -> None:
    first, second = uuid4(), uuid4()
    seen = {
        LINKS.blind(first, "HC-020301-1", "phone"),
        LINKS.blind(first, "HC-020301-2", "phone"),
        LINKS.blind(second, "HC-020301-1", "phone"),
        LINKS.blind(first, "HC-020301-1", "phone2"),
        OTHER.blind(first, "HC-020301-1", "phone"),
    }
    assert len(seen) == 5
    assert LINKS.blind(first, "HC-020301-1", "phone") in seen


@given(st.uuids(), CODES, st.integers(2, LAST_VERSION))
def test_a_renewed_token_says_its_version(round_id: UUID, unit_code: str, version: int) -> None:
    token = LINKS.token(round_id, unit_code, version)
    assert LINKS.read(token) == (round_id, unit_code, version)
    assert token != LINKS.token(round_id, unit_code)
