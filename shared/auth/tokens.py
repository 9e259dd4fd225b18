"""Verification of access tokens and API keys, by every service itself."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from shared.auth.access import Access
from shared.auth.api_keys import PREFIX
from shared.auth.user import Grant, User, malformed_token
from shared.errors import ServiceUnavailable

ALGORITHMS = ["ES256"]
AUDIENCE = "isaf"
LEEWAY_SECONDS = 30
"""Clocks of two servers may differ by this much."""
CACHE_SIZE = 10_000
REFETCH_SECONDS = 10
"""An unknown key id makes us ask the issuer again, at most this often."""
MAXIMUM_AGE_SECONDS = 30
"""A key that the issuer has withdrawn is trusted no longer than that; each process asks for the keys twice a minute."""
MAXIMUM_TOKEN_LENGTH = 8_192

KeySource = Callable[[], Awaitable[dict[str, Any]]]
"""Reads the issuer's JWKS document."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature and claims were found right."""

    user: User
    key_id: str
    issued_at: float
    expires_at: float


class TokenVerifier:
    """Checks signature, issuer, audience and time; remembers what it has verified until it expires.

    `source` is where the issuer's keys are read: over HTTP, except in the registry, which is the issuer. `access` knows
    which tokens were revoked and whose an API key is; without it, none was and there are no keys.
    """

    def __init__(self, issuer: str, jwks_url: str, client: httpx.AsyncClient, access: Access | None = None) -> None:
        self.source: KeySource = self._download
        self._jwks_url = jwks_url
        self._client = client
        self._access = access
        self._trusted: list[dict[str, Any]] = []
        self._issued: list[dict[str, Any]] = []
        self._keys: KeySet | None = None
        self._key_ids: frozenset[str] = frozenset()
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._verified: OrderedDict[bytes, Verified] = OrderedDict()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> User:
        """The user of a token or an API key.

        Raises Unauthorized when it does not hold, ServiceUnavailable when no key is to be had.
        """
        if len(token) > MAXIMUM_TOKEN_LENGTH:
            raise malformed_token()
        if token.startswith(PREFIX):
            return await self.verify_key(token)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and not self._is_current(known.key_id):
            await self._keys_with(known.key_id)
            known = self._verified.get(digest)
        if known is not None and known.expires_at > time.time():
            self._verified.move_to_end(digest)
        else:
            known = self._verified[digest] = await self._verify_signature(token)
            if len(self._verified) > CACHE_SIZE:
                self._verified.popitem(last=False)
        if self._access is not None and not await self._access.holds(known.user.id, known.issued_at):
            raise malformed_token()
        return known.user

    async def verify_key(self, key: str) -> User:
        """The account that an API key stands for. Raises Unauthorized when it does not hold."""
        if self._access is None:
            raise malformed_token()
        return await self._access.holder(key)

    def trust(self, document: dict[str, Any]) -> None:
        """Use the keys of a JWKS document beside the issuer's own. Raises KeyError or JoseError when it is none."""
        self._use(trusted=list(document["keys"]), issued=self._issued)

    def expect(self, key_id: str) -> None:
        """A key of this id exists: should it be unknown, the next token asks the issuer at once."""
        if key_id not in self._key_ids:
            self._asked_at = float("-inf")

    async def _verify_signature(self, token: str) -> Verified:
        try:
            key_id = _key_id(token)
            keys = await self._keys_with(key_id)
            if key_id not in self._key_ids:
                raise malformed_token()
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            self._claims.validate(claims)
            grants = tuple(Grant.parse(grant) for grant in claims["grants"])
            sign_in_id = UUID(claims["sid"]) if "sid" in claims else None
            user = User(UUID(claims["sub"]), str(claims.get("name", "")), grants, sign_in_id)
            return Verified(user, key_id, float(claims.get("iat", 0)), float(claims["exp"]) + LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise malformed_token() from error

    async def _keys_with(self, key_id: str) -> KeySet:
        """The keys; the issuer is asked for unknown ones and now and then, which holds up one request alone."""
        if self._keys is not None and key_id in self._key_ids and (self._is_current(key_id) or self._lock.locked()):
            return self._keys
        async with self._lock:
            may_ask = time.monotonic() - self._asked_at > REFETCH_SECONDS
            if self._keys is None or (may_ask and not self._is_current(key_id)):
                await self._fetch()
            assert self._keys is not None
            return self._keys

    def _is_current(self, key_id: str) -> bool:
        if any(key["kid"] == key_id for key in self._trusted):
            return True
        return key_id in self._key_ids and time.monotonic() - self._fetched_at < MAXIMUM_AGE_SECONDS

    async def _fetch(self) -> None:
        self._asked_at = time.monotonic()
        try:
            document = await self.source()
            self._use(trusted=self._trusted, issued=list(document["keys"]))
            self._fetched_at = time.monotonic()
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("keys_not_fetched", url=self._jwks_url, error=repr(error))
            if self._keys is None:
                raise ServiceUnavailable(
                    "keys_unavailable",
                    en="The registry's public keys cannot be read just now. Nothing was changed; try again.",
                    km="មិនអាចអានសោសាធារណៈរបស់បញ្ជីមូលដ្ឋានបានទេ។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមព្យាយាមម្ដងទៀត។",
                ) from error

    async def _download(self) -> dict[str, Any]:
        response = await self._client.get(self._jwks_url, timeout=5)
        response.raise_for_status()
        document: dict[str, Any] = response.json()
        return document

    def _use(self, *, trusted: list[dict[str, Any]], issued: list[dict[str, Any]]) -> None:
        keys: Any = [*trusted, *issued]
        self._keys = KeySet.import_key_set({"keys": keys})
        key_ids = frozenset(key["kid"] for key in keys)
        if not self._key_ids <= key_ids:
            self._verified.clear()
        self._key_ids = key_ids
        self._trusted, self._issued = trusted, issued


def _key_id(token: str) -> str:
    return str(extract_compact(token.encode()).headers()["kid"])
