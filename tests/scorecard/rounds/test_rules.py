"""What a round allows, without a database."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.rounds.models import PhoneKey, Round, without_covered
from shared.areas import covers
from shared.errors import Conflict

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def planned() -> Round:
    return Round(year=2026, title_km="ជុំ", title_en="Round", area_codes=["02"])


def test_a_round_is_opened_once_and_closed_once() -> None:
    scoring = planned()
    with pytest.raises(Conflict, match="round_not_open"):
        scoring.close(NOW)
    scoring.open(NOW)
    with pytest.raises(Conflict, match="round_not_planned"):
        scoring.open(NOW)
    scoring.close(NOW)
    for move in (scoring.open, scoring.close):
        with pytest.raises(Conflict):
            move(NOW)
    assert (scoring.state, scoring.opened_at, scoring.closed_at, scoring.version) == ("closed", NOW, NOW, 3)


def test_a_round_includes_what_lies_under_its_areas() -> None:
    scoring = planned()
    assert scoring.includes("020301")
    assert not scoring.includes("120301")
    assert not scoring.includes("")


codes = st.lists(st.sampled_from(["", "02", "0203", "020301", "0204", "12", "1201"]), min_size=1)


@given(codes)
def test_fewer_codes_cover_the_same_territory(listed: list[str]) -> None:
    kept = without_covered(listed)
    assert all(any(covers(upper, code) for upper in kept) for code in listed)
    assert not any(covers(a, b) for a in kept for b in kept if a != b)
    assert kept == sorted(set(kept))


def test_the_pads_of_a_key_make_its_hmac() -> None:
    """So that Postgres applies RFC 2104 with the one hash it has."""
    key, message = secrets.token_bytes(32), b"a phone"
    pads = PhoneKey.of(uuid4(), key)
    inner = hashlib.sha256(pads.inner_pad + message).digest()
    assert hashlib.sha256(pads.outer_pad + inner).digest() == hmac.digest(key, message, hashlib.sha256)
    assert PhoneKey.new(uuid4()).inner_pad != PhoneKey.new(uuid4()).inner_pad
