"""The public keys of other issuers: fetched when needed, kept five minutes, asked for again when one is unknown."""

import asyncio
import json
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import structlog
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from shared.errors import ServiceUnavailable
from shared.runtime import Runtime
from shared.settings import OidcIssuer, web_address

REFETCH_SECONDS = 10
"""An unknown key id makes us ask the issuer again, and one that is away is asked again, at most this often."""
MAXIMUM_AGE_SECONDS = 300
"""A key that the issuer has withdrawn is trusted no longer than that; another organisation is not asked more often."""
TIMEOUT_SECONDS = 5.0
LARGEST_DOCUMENT = 256 * 1024
SHORTEST_RSA_BITS = 2048
MOST_KEYS = 100

PublicKey = ECKey | OKPKey | RSAKey
Fetch = Callable[[str], Awaitable[dict[str, Any]]]
"""Reads the JSON object at an address. Raises httpx.HTTPError, TimeoutError or ValueError."""

log = structlog.get_logger()


class IssuerKeys:
    """One issuer with its keys. An issuer that is away is asked again every ten seconds at most."""

    def __init__(
        self, issuer: OidcIssuer, fetch: Fetch, *, https_only: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self._fetch, self._https_only, self._clock = fetch, https_only, clock
        self._keys: list[PublicKey] = []
        self._fetched_at = self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, algorithm: str, key_id: str | None) -> PublicKey | None:
        """The key for a signature; without an id, the only one that fits. Raises ServiceUnavailable."""
        if not self._is_fresh() or self._pick(algorithm, key_id) is None:
            async with self._lock:
                if not self._is_fresh() or self._pick(algorithm, key_id) is None:
                    await self._refresh()
        return self._pick(algorithm, key_id)

    def _is_fresh(self) -> bool:
        return self._clock() - self._fetched_at < MAXIMUM_AGE_SECONDS

    def _pick(self, algorithm: str, key_id: str | None) -> PublicKey | None:
        fitting = [key for key in self._keys if _fits(key, algorithm)]
        if key_id is not None:
            return next((key for key in fitting if key.kid == key_id), None)
        return fitting[0] if len(fitting) == 1 else None

    async def _refresh(self) -> None:
        if self._clock() - self._asked_at >= REFETCH_SECONDS:
            self._asked_at = self._clock()
            try:
                self._keys = _read_keys(await self._fetch(await self._address()))
                self._fetched_at = self._clock()
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError, RecursionError) as error:
                log.warning("issuer_keys_not_fetched", issuer=self.issuer.issuer, error=repr(error)[:300])
        if not self._is_fresh():
            self._keys = []
            raise _away(self.issuer)

    async def _address(self) -> str:
        """Where the keys are. Raises ValueError when discovery answers for another issuer or names an unsafe place."""
        if self.issuer.jwks_uri is not None:
            return self.issuer.jwks_uri
        document = await self._fetch(self.issuer.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer.issuer:
            raise ValueError("the discovery document is of another issuer")
        address = web_address(str(document.get("jwks_uri")))
        if self._https_only and not address.startswith("https://"):
            raise ValueError("jwks_uri is without TLS")
        return address


_of_runtime: WeakKeyDictionary[Runtime, dict[str, IssuerKeys]] = WeakKeyDictionary()


def issuers_of(runtime: Runtime) -> dict[str, IssuerKeys]:
    """The configured issuers by their name, each with the keys it has shown so far."""
    if runtime not in _of_runtime:

        async def fetch(address: str) -> dict[str, Any]:
            return await fetch_document(runtime.http, address)

        https_only = runtime.settings.environment == "production"
        _of_runtime[runtime] = {
            one.issuer: IssuerKeys(one, fetch, https_only=https_only) for one in runtime.settings.oidc_issuers
        }
    return _of_runtime[runtime]


async def fetch_document(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """A JSON object from elsewhere: at most 256 KiB, within five seconds in all, and from that very address.

    Raises httpx.HTTPError, TimeoutError or ValueError.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        client.stream("GET", address, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False) as answer,
    ):
        answer.raise_for_status()
        body = b""
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > LARGEST_DOCUMENT:
                raise ValueError("the document is too large")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise TypeError("the document is no JSON object")
    return document


def _read_keys(document: dict[str, Any]) -> list[PublicKey]:
    """The signature keys of a JWKS; those of kinds that we do not know are left out, as RFC 7517 wants."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ValueError("the document is no JWKS")
    return [key for key in map(_read_key, listed) if key is not None]


def _read_key(entry: object) -> PublicKey | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("EC", "OKP", "RSA") or entry.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = JWKRegistry.import_key(entry)
            size = key.public_key.key_size if isinstance(key, RSAKey) else SHORTEST_RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, PublicKey) and size >= SHORTEST_RSA_BITS else None


def _fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is for this algorithm: of its kind, and not kept for another."""
    kind = {"R": "RSA", "P": "RSA", "E": "OKP" if algorithm.startswith("Ed") else "EC"}[algorithm[0]]
    return key.key_type == kind and key.as_dict(private=False).get("alg", algorithm) == algorithm


def _away(issuer: OidcIssuer) -> ServiceUnavailable:
    return ServiceUnavailable(
        "issuer_unavailable",
        en=f"{issuer.name_en} cannot be reached just now to check the sign-in. Try again in a few seconds.",
        km=f"មិនអាចភ្ជាប់ទៅ {issuer.name_km} ដើម្បីផ្ទៀងផ្ទាត់ការចូលប្រើបានទេ។ សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ។",
        retry_after=int(REFETCH_SECONDS),
    )
