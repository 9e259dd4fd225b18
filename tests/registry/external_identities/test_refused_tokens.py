"""Tokens that do not hold: none of them signs anybody in, and each refusal says why."""

import hmac
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.registry.conftest import Registry
from tests.registry.external_identities.conftest import exchange, linked
from tests.registry.external_identities.issuer import OTHERS, RSA, Issuer, part

RS512 = RSAKey.import_key(RSA.as_dict(private=True) | {"alg": "RS512"})
BYTES, DEEP = b"\xff", b"[" * 4_000


def confused(issuer: Issuer) -> str:
    """A token signed with the issuer's public key as if it were a shared secret."""
    public = RSA.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa-1', 'typ': 'JWT'})}.{part(issuer.claims())}"
    return f"{signed}.{part(hmac.digest(public, signed.encode(), 'sha256'))}"


def unsigned(issuer: Issuer) -> str:
    return f"{part({'alg': 'none', 'kid': 'rsa-1'})}.{part(issuer.claims())}."


def now() -> int:
    return int(time.time())


REFUSED: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "garbage": (lambda _: "garbage", "token_malformed"),
    "garbage in three parts": (lambda _: "a.b.c", "token_malformed"),
    "bytes": (lambda _: f"{part({'alg': 'RS256'})}.{part(BYTES)}.x", "token_malformed"),
    "a list": (lambda _: f"{part({'alg': 'RS256'})}.{part([1])}.x", "token_malformed"),
    "a deep list": (lambda _: f"{part({'alg': 'RS256'})}.{part(DEEP)}.x", "token_malformed"),
    "a token of five parts": (lambda issuer: issuer.token() + ".x.y", "token_malformed"),
    "no algorithm": (lambda issuer: f"{part({'kid': 'rsa-1'})}.{part(issuer.claims())}.x", "token_malformed"),
    "a number as key id": (lambda issuer: f"{part({'alg': 'RS256', 'kid': 7})}.{part({})}.x", "token_malformed"),
    "alg none": (unsigned, "token_algorithm_wrong"),
    "the public key as a secret": (confused, "token_algorithm_wrong"),
    "an algorithm that is not configured": (lambda issuer: issuer.token(RS512, "RS512"), "token_algorithm_wrong"),
    "a changed payload": (
        lambda issuer: ".".join(
            [issuer.token().split(".")[0], part(issuer.claims(sub="chief")), issuer.token().split(".")[2]]
        ),
        "token_signature_wrong",
    ),
    "a stranger's key": (lambda issuer: issuer.token(OTHERS, header={"kid": "rsa-1"}), "token_signature_wrong"),
    "a key id of another issuer": (lambda issuer: issuer.token(OTHERS), "token_signature_wrong"),
    "another key's id": (lambda issuer: issuer.token(header={"kid": "ec-1"}), "token_signature_wrong"),
    "an unknown issuer": (lambda issuer: issuer.token(iss="https://evil.example"), "issuer_unknown"),
    "almost the issuer": (lambda issuer: issuer.token(iss=f"{issuer.address}/"), "issuer_unknown"),
    "no issuer": (lambda issuer: issuer.token(iss=...), "issuer_unknown"),
    "a list of issuers": (lambda issuer: issuer.token(iss=[issuer.address]), "issuer_unknown"),
    "another audience": (lambda issuer: issuer.token(aud="mail"), "token_audience_wrong"),
    "no audience": (lambda issuer: issuer.token(aud=...), "token_audience_wrong"),
    "an empty list of audiences": (lambda issuer: issuer.token(aud=[]), "token_audience_wrong"),
    "several audiences without azp": (lambda issuer: issuer.token(aud=["isaf-app", "mail"]), "token_audience_wrong"),
    "authorized for another": (lambda issuer: issuer.token(azp="mail"), "token_audience_wrong"),
    "expired": (lambda issuer: issuer.token(exp=now() - 40), "token_expired"),
    "no expiry": (lambda issuer: issuer.token(exp=...), "token_claim_wrong"),
    "an expiry that never comes": (lambda issuer: issuer.token(exp=10**400), "token_claim_wrong"),
    "an expiry next week": (lambda issuer: issuer.token(exp=now() + 7 * 86_400), "token_claim_wrong"),
    "an endless expiry": (lambda issuer: issuer.token(exp=float("inf")), "token_claim_wrong"),
    "issued in the future": (lambda issuer: issuer.token(iat=now() + 60), "token_claim_wrong"),
    "no time of issue": (lambda issuer: issuer.token(iat=...), "token_claim_wrong"),
    "not valid yet": (lambda issuer: issuer.token(nbf=now() + 60), "token_claim_wrong"),
    "no subject": (lambda issuer: issuer.token(sub=...), "token_claim_wrong"),
    "an empty subject": (lambda issuer: issuer.token(sub=""), "token_claim_wrong"),
    "a number as subject": (lambda issuer: issuer.token(sub=7), "token_claim_wrong"),
    "a long subject": (lambda issuer: issuer.token(sub="x" * 256), "token_claim_wrong"),
    "a zero byte in the subject": (lambda issuer: issuer.token(sub="da\0ra"), "token_claim_wrong"),
    "a broken character in the subject": (
        lambda issuer: f"{part({'alg': 'RS256'})}.{part(issuer.claims(sub=chr(0xD800)))}.x",
        "token_signature_wrong",
    ),
    "another kind of token": (lambda issuer: issuer.token(header={"typ": "logout+jwt"}), "token_type_wrong"),
    "an access token": (lambda issuer: issuer.token(header={"typ": "at+jwt"}), "token_type_wrong"),
    "a security event": (lambda issuer: issuer.token(events={}), "token_type_wrong"),
    "an extension that must be understood": (
        lambda issuer: jws.serialize_compact(
            {"alg": "RS256", "kid": "rsa-1", "crit": ["b64"], "b64": True}, "{}", RSA, algorithms=["RS256"]
        ),
        "token_malformed",
    ),
}


async def test_tokens_that_do_not_hold_are_refused(registry: Registry, issuer: Issuer) -> None:
    await linked(registry, issuer.address)
    for name, (make, code) in REFUSED.items():
        answer = await exchange(registry, make(issuer))
        body = answer.json()
        assert (answer.status_code, body["error"], body["code"]) == (400, "invalid_request", code), name
        assert body["detail"]
        assert answer.headers["content-type"] == "application/problem+json"
    huge = await exchange(registry, issuer.token(groups=["x" * 6_000]))
    assert (huge.status_code, huge.json()["error"]) == (400, "invalid_request")
    for given in ("n-2", "N-1"):
        wrong = await exchange(registry, issuer.token(nonce="n-1"), nonce=given)
        assert "nonce" in wrong.json()["detail"]
    assert await registry.rows("SELECT 1 FROM used_subject_token") == []
    assert await registry.rows("SELECT 1 FROM sign_in") == []
