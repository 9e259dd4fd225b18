"""Which tokens hold, as every service finds out by itself."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from shared.auth import tokens
from shared.auth.tokens import TokenVerifier
from shared.auth.user import User
from shared.errors import ServiceUnavailable, Unauthorized
from tests.shared.conftest import API, Toy
from tests.world import ISSUER, KEY

JWKS_URL = f"{ISSUER}/.well-known/jwks.json"
ROTATED = ECKey.generate_key("P-256", {"kid": "rotated", "use": "sig", "alg": "ES256"})


class Issuer:
    """The issuer's key address, as a verifier's HTTP client sees it."""

    def __init__(self, *keys: ECKey) -> None:
        self.keys = list(keys)
        self.away = False
        self.body: bytes | None = None
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        assert str(request.url) == JWKS_URL
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        if self.body is not None:
            return httpx.Response(200, content=self.body)
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})

    def verifier(self) -> TokenVerifier:
        """A service's verifier that asks here."""
        return TokenVerifier(ISSUER, JWKS_URL, httpx.AsyncClient(transport=httpx.MockTransport(self)))


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    body = {
        "iss": ISSUER,
        "aud": "isaf",
        "sub": str(uuid4()),
        "iat": now,
        "exp": now + 900,
        "name": "ស្រីមុំ",
        "grants": ["caf@020103", "provider@020103/HC-020103-1"],
    }
    return {name: value for name, value in (body | changes).items() if value is not ...}


def signed(body: dict[str, Any] | None = None, key: Any = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": key.kid} | header, body or claims(), key)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def refused(verifier: TokenVerifier, token: str) -> bool:
    try:
        await verifier.verify(token)
    except Unauthorized as error:
        return error.code == "invalid_token" and "invalid_token" in error.headers["WWW-Authenticate"]
    return False


async def test_a_token_of_the_issuer_holds() -> None:
    body = claims()
    user = await Issuer(KEY).verifier().verify(signed(body))
    assert isinstance(user, User)
    assert (str(user.id), user.name) == (body["sub"], "ស្រីមុំ")
    assert [str(grant) for grant in user.grants] == body["grants"]


async def test_claims_that_do_not_hold() -> None:
    verifier, now = Issuer(KEY).verifier(), int(time.time())
    for changes in (
        {"iss": "https://elsewhere.test"},
        {"iss": ...},
        {"iss": f"{ISSUER}/"},
        {"aud": "other"},
        {"aud": ...},
        {"aud": ["other", "another"]},
        {"exp": now - 31},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"nbf": now + 60},
        {"iat": now + 600},
        {"sub": ...},
        {"sub": "nobody"},
        {"grants": ...},
        {"grants": None},
        {"grants": 7},
        {"grants": ["king@"]},
        {"grants": ["caf"]},
        {"grants": "caf@02"},
        {"grants": [7]},
    ):
        assert await refused(verifier, signed(claims(**changes))), changes
    assert not await refused(verifier, signed(claims(aud=["isaf", "other"])))
    assert not await refused(verifier, signed(claims(grants=[])))


async def test_clocks_may_differ_a_little() -> None:
    verifier, now = Issuer(KEY).verifier(), int(time.time())
    assert not await refused(verifier, signed(claims(exp=now - 20)))
    assert not await refused(verifier, signed(claims(iat=now + 20)))


async def test_a_remembered_token_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, now = Issuer(KEY).verifier(), int(time.time())
    token = signed(claims(exp=now + 5))
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 60)
    assert await refused(verifier, token)


async def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHE_SIZE", 3)
    verifier = Issuer(KEY).verifier()
    for _ in range(5):
        await verifier.verify(signed())
    assert len(verifier._verified) == 3


async def test_a_signature_by_another_key() -> None:
    other = ECKey.generate_key("P-256", {"kid": "tests"})
    token = signed()
    head, body, signature = token.split(".")
    verifier = Issuer(KEY).verifier()
    assert await refused(verifier, signed(key=other))
    assert await refused(verifier, f"{head}.{part(claims(grants=['operator@']))}.{signature}")
    assert await refused(verifier, f"{head}.{body}.{signature[::-1]}")
    assert await refused(verifier, f"{head}.{body}.")


async def test_algorithms_that_the_token_would_choose_itself() -> None:
    verifier = Issuer(KEY).verifier()
    for alg in ("none", "None", "NONE", ""):
        head = part({"alg": alg, "kid": KEY.kid})
        assert await refused(verifier, f"{head}.{part(claims())}.")
    for secret in (KEY.as_pem(private=False), json.dumps(KEY.as_dict(private=False)).encode(), b""):
        assert await refused(verifier, signed_hs256(secret))
    rsa = RSAKey.generate_key(2048, {"kid": "tests"})
    assert await refused(verifier, jwt.encode({"alg": "RS256", "kid": "tests"}, claims(), rsa))


def signed_hs256(secret: bytes) -> str:
    head, body = part({"alg": "HS256", "kid": KEY.kid}), part(claims())
    mac = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


async def test_keys_that_the_token_brings_along() -> None:
    mine = ECKey.generate_key("P-256", {"kid": "mine"})
    issuer = Issuer(KEY)
    verifier = issuer.verifier()
    public = mine.as_dict(private=False)
    assert await refused(verifier, signed(key=mine, jwk=public))
    assert await refused(verifier, signed(key=mine, jku="https://elsewhere.test/jwks"))
    assert await refused(verifier, jwt.encode({"alg": "ES256"}, claims(), KEY))


async def test_what_is_no_token() -> None:
    verifier, empty = Issuer(KEY).verifier(), part({})
    for garbage in (
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "ក.ខ.គ",
        f"{empty}.{empty}.x",
        "x" * 9000,
        "\x00",
        part([]) + ".e.e",
    ):
        assert await refused(verifier, garbage), garbage


async def test_a_body_that_is_no_object() -> None:
    verifier = Issuer(KEY).verifier()
    for body in (b"[]", b"7", b"null", b"\xff", b""):
        token = jws.serialize_compact({"alg": "ES256", "kid": KEY.kid}, body, KEY)
        assert await refused(verifier, token)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the monotonic clock of the verifier on."""
    passed, real = [0.0], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + passed[0])

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


async def test_over_http(toy: Toy) -> None:
    url = f"{API}/notes/me"
    for header in ("Basic dXNlcjpwYXNz", "Bearer", "Bearer a.b.c", "bearer  ", "Token x"):
        answer = await toy.http.get(url, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), header
        assert answer.headers["www-authenticate"].startswith("Bearer")
    expired = toy.world.token("caf@02", exp=int(time.time()) - 60)
    answer = await toy.http.get(url, headers={"Authorization": f"Bearer {expired}"})
    assert answer.status_code == 401
    read = await toy.http.get(url, headers=toy.world.as_("caf@020103"))
    assert read.json()["grants"] == ["caf@020103"]


async def test_a_bad_token_is_refused_on_public_addresses_that_write_too(toy: Toy) -> None:
    answer = await toy.write("hello", Authorization="Bearer a.b.c")
    assert answer.status_code == 401
    assert await toy.count("note") == 0
