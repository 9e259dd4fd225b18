"""Checking a token of another issuer: whose it is, that it was made for us, and that it holds now."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from joserfc import jws, jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jws import CompactSignature, JWSRegistry

from services.registry.external_identities import refusals
from services.registry.external_identities.issuers import IssuerKeys, PublicKey
from shared.auth.tokens import LEEWAY_SECONDS

TokenKind = Literal["id_token", "jwt"]
TYPES: dict[TokenKind, frozenset[str]] = {
    "id_token": frozenset({"", "jwt"}),
    "jwt": frozenset({"", "jwt", "at+jwt"}),
}
"""What a token's header may call it (`typ`), so that a token made for another purpose is not taken for a sign-in."""
LONGEST_TOKEN = 8_000
LONGEST_SUBJECT = 255
LONGEST_LIFE = timedelta(hours=24)
"""A token is remembered until it expires, so it may not live for ever."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token proves: its holder is this subject of this issuer."""

    issuer: str
    subject: str
    fingerprint: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token taken apart; nothing in it is to be believed yet."""

    signature: CompactSignature
    algorithm: str
    key_id: str | None
    type: str
    claims: dict[str, Any]


async def verify(
    issuers: Mapping[str, IssuerKeys], token: str, kind: TokenKind, *, nonce: str | None = None
) -> Verified:
    """Who the token's holder is. Raises NotAccepted with the reason, ServiceUnavailable when no key is to be had."""
    read = take_apart(token)
    keys = issuers.get(str(read.claims.get("iss")))
    if keys is None:
        raise refusals.unknown_issuer()
    if read.type not in TYPES[kind] or "events" in read.claims:
        raise refusals.wrong_type()
    if read.algorithm not in keys.issuer.algorithms:
        raise refusals.wrong_algorithm(keys.issuer.algorithms)
    key = await keys.find(read.algorithm, read.key_id)
    if key is None or not _signed_by(read, key):
        raise refusals.wrong_signature()
    _check_claims(read.claims, keys.issuer.issuer, keys.issuer.audience, nonce)
    return Verified(
        issuer=keys.issuer.issuer,
        subject=read.claims["sub"],
        fingerprint=_fingerprint(read.signature),
        expires_at=datetime.fromtimestamp(read.claims["exp"], UTC) + timedelta(seconds=LEEWAY_SECONDS),
    )


def take_apart(token: str) -> Unverified:
    """Header and claims of a signed JWT, whoever made it. Raises NotAccepted."""
    if len(token) > LONGEST_TOKEN:
        raise refusals.malformed()
    try:
        signature = jws.extract_compact(token.encode())
        header, claims = signature.headers(), json.loads(signature.payload)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise refusals.malformed() from error
    algorithm, key_id, named = header.get("alg"), header.get("kid"), header.get("typ", "")
    whole = isinstance(algorithm, str) and isinstance(key_id, str | None) and isinstance(named, str)
    if not whole or not isinstance(claims, dict) or "crit" in header or "b64" in header:
        raise refusals.malformed()
    return Unverified(signature, str(algorithm), key_id, named.lower().removeprefix("application/"), claims)


def _signed_by(read: Unverified, key: PublicKey) -> bool:
    registry = JWSRegistry(algorithms=[read.algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", SecurityWarning
            )  # EdDSA got a second name (RFC 9864); issuers use the first
            return jws.validate_compact(read.signature, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False


def _check_claims(claims: dict[str, Any], issuer: str, audience: str, nonce: str | None) -> None:
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise refusals.expired() from error
    except ClaimError as error:
        raise (
            refusals.wrong_audience(audience) if error.claim == "aud" else refusals.wrong_claim(error.claim)
        ) from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", audience) != audience or (several and "azp" not in claims):
        raise refusals.wrong_audience(audience)
    if claims["exp"] > datetime.now(UTC).timestamp() + LONGEST_LIFE.total_seconds():
        raise refusals.wrong_claim("exp")
    if not _is_subject(claims["sub"]):
        raise refusals.wrong_claim("sub")
    if nonce is not None and claims.get("nonce") != nonce:
        raise refusals.wrong_claim("nonce")


def _is_subject(value: str) -> bool:
    """OpenID Connect: at most 255 ASCII characters."""
    return 1 <= len(value) <= LONGEST_SUBJECT and value.isascii() and value.isprintable()


def _fingerprint(signature: CompactSignature) -> bytes:
    """What marks a token as used: all but its signature, which can be written in more than one way."""
    return hashlib.sha256(signature.segments["header"] + b"." + signature.segments["payload"]).digest()
