"""Which tokens hold, as every service finds out by itself."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from shared.auth import tokens
from shared.auth.user import User
from tests.shared.conftest import API, Toy
from tests.shared.issuer import Issuer, claims, part, refused, signed
from tests.world import ISSUER, KEY


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
