"""How a verifier comes to know the issuer's keys, and forgets them."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from joserfc.jwk import ECKey

from shared.auth import tokens
from shared.errors import ServiceUnavailable
from tests.shared.issuer import ROTATED, Issuer, refused, signed
from tests.world import KEY


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the verifier's clock on, and not that of the event loop: a timer set meanwhile would be an hour late."""
    passed = [0.0]
    later = SimpleNamespace(time=time.time, monotonic=lambda: time.monotonic() + passed[0])
    monkeypatch.setattr(tokens, "time", later)

    def move(seconds: float) -> None:
        passed[0] += seconds

    return move


async def test_a_key_that_was_rotated_in_is_fetched_once_in_a_while(clock: Callable[[float], None]) -> None:
    issuer = Issuer(KEY)
    verifier = issuer.verifier()
    await verifier.verify(signed())
    assert await refused(verifier, signed(key=ROTATED))
    assert await refused(verifier, signed(key=ROTATED))
    assert issuer.asked == 1
    issuer.keys.append(ROTATED)
    clock(11)
    assert not await refused(verifier, signed(key=ROTATED))
    assert not await refused(verifier, signed())
    assert issuer.asked == 2


async def test_a_key_that_is_expected_is_fetched_at_once() -> None:
    issuer = Issuer(KEY)
    verifier = issuer.verifier()
    await verifier.verify(signed())
    issuer.keys.append(ROTATED)
    verifier.expect("rotated")
    assert not await refused(verifier, signed(key=ROTATED))


async def test_a_key_that_was_withdrawn_is_trusted_no_more(clock: Callable[[float], None]) -> None:
    issuer = Issuer(KEY, ROTATED)
    verifier = issuer.verifier()
    await verifier.verify(signed())
    issuer.keys.remove(KEY)
    clock(11)
    assert await refused(verifier, signed(key=ECKey.generate_key("P-256", {"kid": "unknown"})))
    assert await refused(verifier, signed())


async def test_a_withdrawn_key_is_forgotten_in_time_also_if_no_new_one_is_shown(
    clock: Callable[[float], None],
) -> None:
    issuer = Issuer(KEY, ROTATED)
    verifier = issuer.verifier()
    remembered = signed()
    await verifier.verify(remembered)
    issuer.keys.remove(KEY)
    clock(tokens.MAXIMUM_AGE_SECONDS + 1)
    await verifier.verify(signed(key=ROTATED))
    assert await refused(verifier, remembered)
    assert issuer.asked == 2


async def test_a_token_that_is_known_already_falls_with_its_key(clock: Callable[[float], None]) -> None:
    """Also where no other token makes the verifier ask for the keys."""
    issuer = Issuer(KEY, ROTATED)
    verifier = issuer.verifier()
    remembered = signed()
    await verifier.verify(remembered)
    issuer.keys.remove(KEY)
    await verifier.verify(remembered)
    clock(tokens.MAXIMUM_AGE_SECONDS + 1)
    assert await refused(verifier, remembered)
    assert issuer.asked == 2


async def test_an_issuer_that_is_away_is_not_asked_for_every_unknown_key(clock: Callable[[float], None]) -> None:
    issuer = Issuer(KEY)
    verifier = issuer.verifier()
    await verifier.verify(signed())
    issuer.away = True
    clock(11)
    for _ in range(5):
        assert await refused(verifier, signed(key=ROTATED))
    assert issuer.asked == 2


async def test_without_any_key_the_answer_is_try_again() -> None:
    issuer = Issuer(KEY)
    issuer.away = True
    verifier = issuer.verifier()
    with pytest.raises(ServiceUnavailable) as unavailable:
        await verifier.verify(signed())
    assert unavailable.value.code == "keys_unavailable"
    assert "Retry-After" in unavailable.value.headers
    issuer.away = False
    assert not await refused(verifier, signed())


async def test_an_answer_that_is_no_key_set_is_as_good_as_none() -> None:
    issuer = Issuer(KEY)
    for body in (
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys": 7}',
        b'{"keys": [{}]}',
        b'{"keys": [{"kid": "x", "kty": "EC"}]}',
    ):
        issuer.body = body
        with pytest.raises(ServiceUnavailable):
            await issuer.verifier().verify(signed())


async def test_keys_that_are_known_hold_while_the_issuer_is_away(clock: Callable[[float], None]) -> None:
    issuer = Issuer(KEY)
    verifier = issuer.verifier()
    await verifier.verify(signed())
    issuer.away = True
    clock(3600)
    assert not await refused(verifier, signed())
    assert await refused(verifier, signed(key=ROTATED))
    assert not await refused(verifier, signed())
