"""The keys of other issuers: when they are asked for, what is taken, and what is not."""

import json
from typing import Any

import httpx
import pytest

from services.registry.external_identities.issuers import LARGEST_DOCUMENT, IssuerKeys, fetch_document
from shared.errors import ServiceUnavailable
from tests.registry.external_identities.issuer import EC, ED, RSA, Issuer

WEAK = {"kty": "RSA", "kid": "weak", "e": "AQAB", "n": "x" * 171}
ODD: list[Any] = [None, 7, {}, {"kty": "oct", "kid": "s", "k": "c2VjcmV0"}, {"kty": "EC"}, {"kty": "XYZ"}, WEAK]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Keys:
    """An issuer's keys under test, with its answers and the time in the test's hands."""

    def __init__(self, *, https_only: bool = False, **configured: Any) -> None:
        self.clock, self.asked = Clock(), 0
        self.documents: dict[str, Any] = {
            "https://login.example/.well-known/openid-configuration": {
                "issuer": "https://login.example",
                "jwks_uri": "https://login.example/keys",
            },
            "https://login.example/keys": {"keys": [RSA.as_dict(private=False)]},
        }
        settings = Issuer("https://login.example").settings(**configured)
        self.keys = IssuerKeys(settings, self._fetch, https_only=https_only, clock=self.clock)

    async def _fetch(self, address: str) -> dict[str, Any]:
        self.asked += address.endswith("/keys")
        if address not in self.documents:
            raise httpx.ConnectError("away")
        return dict(self.documents[address])

    async def has(self, key_id: str | None, algorithm: str = "RS256") -> bool:
        return await self.keys.find(algorithm, key_id) is not None

    def serve(self, *keys: Any) -> None:
        self.documents["https://login.example/keys"] = {"keys": list(keys)}


async def test_a_known_key_is_asked_for_once_in_five_minutes() -> None:
    issuer = Keys()
    for _ in range(3):
        assert await issuer.has("rsa-1")
    issuer.clock.now += 299
    assert await issuer.has("rsa-1")
    assert issuer.asked == 1
    issuer.clock.now += 2
    assert await issuer.has("rsa-1")
    assert issuer.asked == 2


async def test_an_unknown_key_is_asked_for_every_ten_seconds_at_most() -> None:
    issuer = Keys()
    for _ in range(5):
        assert not await issuer.has("ec-1", "ES256")
    assert issuer.asked == 1
    issuer.serve(EC.as_dict(private=False))
    issuer.clock.now += 9
    assert not await issuer.has("ec-1", "ES256")
    issuer.clock.now += 1
    assert await issuer.has("ec-1", "ES256")
    assert issuer.asked == 2


async def test_a_withdrawn_key_is_trusted_five_minutes_at_most() -> None:
    issuer = Keys()
    assert await issuer.has("rsa-1")
    issuer.serve(EC.as_dict(private=False))
    issuer.clock.now += 301
    assert not await issuer.has("rsa-1")


async def test_keys_outlive_a_short_absence_and_not_a_long_one() -> None:
    issuer = Keys()
    assert await issuer.has("rsa-1")
    kept, issuer.documents = issuer.documents, {}
    issuer.clock.now += 200
    assert await issuer.has("rsa-1")
    assert not await issuer.has("unknown")
    issuer.clock.now += 101
    with pytest.raises(ServiceUnavailable) as away:
        await issuer.has("rsa-1")
    assert away.value.code == "issuer_unavailable"
    assert "The ministry" in away.value.en
    issuer.documents = kept
    with pytest.raises(ServiceUnavailable):
        await issuer.has("rsa-1")
    issuer.clock.now += 10
    assert await issuer.has("rsa-1")


async def test_keys_of_other_kinds_and_purposes_are_left_out() -> None:
    issuer = Keys()
    private = RSA.as_dict(private=True)
    issuer.serve(*ODD, EC.as_dict(private=False) | {"use": "enc"}, private, ED.as_dict(private=False))
    assert await issuer.has("rsa-1")
    assert await issuer.has("ed-1", "EdDSA")
    for key_id, algorithm in [("rsa-1", "ES256"), ("rsa-1", "PS256"), ("ec-1", "ES256"), ("weak", "RS256")]:
        assert not await issuer.has(key_id, algorithm)


async def test_a_token_without_a_key_id_needs_the_one_key_that_fits() -> None:
    issuer = Keys()
    issuer.serve(RSA.as_dict(private=False), EC.as_dict(private=False))
    assert await issuer.has(None)
    issuer.serve(RSA.as_dict(private=False), RSA.as_dict(private=False) | {"kid": "rsa-2"})
    issuer.clock.now += 301
    assert not await issuer.has(None)


DISCOVERY = "https://login.example/.well-known/openid-configuration"
BAD_DISCOVERY = [
    {"issuer": "https://evil.example", "jwks_uri": "https://login.example/keys"},
    {"issuer": "https://login.example", "jwks_uri": "http://login.example/keys"},
    {"issuer": "https://login.example", "jwks_uri": "file:///etc/passwd"},
    {"issuer": "https://login.example", "jwks_uri": 7},
    {"issuer": "https://login.example"},
    {},
]


async def test_discovery_must_be_the_issuers_own_and_safe() -> None:
    for document in BAD_DISCOVERY:
        issuer = Keys(https_only=True)
        issuer.documents[DISCOVERY] = document
        with pytest.raises(ServiceUnavailable):
            await issuer.has("rsa-1")
    configured = Keys(jwks_uri="https://login.example/keys")
    del configured.documents[DISCOVERY]
    assert await configured.has("rsa-1")


async def test_what_is_no_jwks_is_refused() -> None:
    documents: list[dict[str, Any]] = [{}, {"keys": {}}, {"keys": [RSA.as_dict(private=False)] * 101}]
    for document in documents:
        issuer = Keys()
        issuer.documents["https://login.example/keys"] = document
        with pytest.raises(ServiceUnavailable):
            await issuer.has("rsa-1")


BAD_ANSWERS: list[tuple[int, bytes]] = [
    (302, b""),
    (404, b""),
    (500, b"{}"),
    (200, b"[]"),
    (200, b"no json"),
    (200, b"[" * 20_000),
    (200, b"\xff\xfe"),
    (200, json.dumps({"keys": "x" * LARGEST_DOCUMENT}).encode()),
]


async def test_only_a_small_document_from_that_very_address_is_read(issuer: Issuer) -> None:
    async with httpx.AsyncClient() as client:
        assert len((await fetch_document(client, f"{issuer.address}/jwks"))["keys"]) == 3
        for answer in BAD_ANSWERS:
            issuer.answers["/odd"] = answer
            with pytest.raises((httpx.HTTPError, ValueError, TypeError, RecursionError)):
                await fetch_document(client, f"{issuer.address}/odd")
    assert issuer.asked.count("/jwks") == 1
