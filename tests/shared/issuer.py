"""An issuer of tokens, good or bad, as a verifier meets it."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.auth.tokens import TokenVerifier
from shared.errors import Unauthorized
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
