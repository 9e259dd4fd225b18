"""Signing in with a real second issuer: npm's oidc-provider, through an authorization code with PKCE."""

import asyncio
import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from shared.migrations import ROOT
from shared.settings import OidcIssuer
from tests.registry.conftest import AREAS, Registry, add_areas
from tests.registry.external_identities.conftest import exchange, linked
from tests.registry.external_identities.issuer import CLIENT_ID
from tests.world import World

MODULES = ROOT / ".venv" / "oidc"
SERVER = Path(__file__).parent / "oidc" / "server.mjs"
CALLBACK = "http://127.0.0.1/callback"
FORM = re.compile(r'<form[^>]*action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="(\w+)"')

pytestmark = pytest.mark.skipif(
    not (MODULES / "installed").is_file(),
    reason="needs Node.js 20 or newer with npm, and then: make .venv/oidc/installed",
)


@asynccontextmanager
async def provider(algorithm: str) -> AsyncIterator[str]:
    """The provider's address; its process ends with the test, also when the test is killed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", SERVER, MODULES, algorithm, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            address = (await process.stdout.readline()).decode().strip()
        yield address
    finally:
        process.stdin.close()
        await process.wait()


class Browser:
    """A person's browser and the app that sent them to the issuer."""

    def __init__(self, http: httpx.AsyncClient, issuer: str) -> None:
        self.http, self.issuer = http, issuer
        self.verifier = secrets.token_urlsafe(32)

    async def sign_in(self, login: str, nonce: str) -> dict[str, Any]:
        """Go through the issuer's pages and redeem the code; returns the issuer's answer with its tokens."""
        about = (await self.http.get(f"{self.issuer}/.well-known/openid-configuration")).json()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": CALLBACK,
            "nonce": nonce,
            "state": "s-1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        code = await self._code(httpx.URL(about["authorization_endpoint"], params=asked), login)
        redeemed = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code, "redirect_uri": CALLBACK}
        answer = await self.http.post(about["token_endpoint"], data=redeemed | {"code_verifier": self.verifier})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def _code(self, address: httpx.URL, login: str) -> str:
        """Follow redirects and fill in the pages that ask for login and consent, until the app is called back."""
        answer = await self.http.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(CALLBACK):
                    called = parse_qs(urlsplit(target).query)
                    assert called["state"] == ["s-1"], called
                    return called["code"][0]
                answer = await self.http.get(target)
            else:
                form, prompt = FORM.search(answer.text), PROMPT.search(answer.text)
                assert form, answer.text
                assert prompt, answer.text
                filled = {"prompt": prompt[1], "login": login, "password": "anything"}
                answer = await self.http.post(urljoin(str(answer.url), form[1]), data=filled)
        raise AssertionError(f"no end of pages: {answer.url}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_person_signs_in_with_a_real_second_issuer(world: World, algorithm: str) -> None:
    async with provider(algorithm) as address, httpx.AsyncClient() as http:
        issuer = OidcIssuer(issuer=address, audience=CLIENT_ID, name_km="ក្រសួង", name_en="The ministry")
        client = await world.start("registry", oidc_issuers=(issuer,))
        async with client.runtime.database.transaction() as db:
            await add_areas(db, *AREAS)
        registry = Registry(world, client)
        tokens = await Browser(http, address).sign_in("dara", "n-1")
        unknown = await exchange(registry, tokens["id_token"], nonce="n-1")
        assert (unknown.json()["code"], unknown.json()["subject"]) == ("identity_not_linked", "dara")
        account = await linked(registry, address, unknown.json()["subject"])
        mixed_up = await exchange(registry, tokens["id_token"], nonce="n-2")
        assert mixed_up.json()["code"] == "token_claim_wrong"
        answer = await exchange(registry, tokens["id_token"], nonce="n-1")
        assert answer.status_code == 200, answer.text
        user = await client.runtime.tokens.verify(answer.json()["access_token"])
        assert (str(user.id), [str(grant) for grant in user.grants]) == (account["id"], ["caf@020201"])
        assert (await exchange(registry, tokens["id_token"], nonce="n-1")).json()["code"] == "token_used"
        assert (await exchange(registry, tokens["access_token"])).json()["code"] == "token_malformed"
        later = await Browser(http, address).sign_in("dara", "n-3")
        assert (await exchange(registry, later["id_token"], nonce="n-3")).status_code == 200
