"""The keys that sign tokens."""

import asyncio
import base64
import json

import pytest
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from pydantic import SecretStr

from services.registry.tokens.keys import prepare_signing_key, signing_key
from shared.errors import Unauthorized
from tests.registry.conftest import API, Registry
from tests.world import ISSUER

OTHER_SECRET = SecretStr("another secret of thirty-two characters 0123456789")


async def test_the_first_need_makes_one_key_however_many_ask(registry: Registry) -> None:
    runtime = registry.client.runtime
    keys = await asyncio.gather(*(signing_key(runtime.database, runtime.settings.secret_key) for _ in range(5)))
    assert len({key.kid for key in keys}) == 1
    await prepare_signing_key(runtime)
    (stored,) = await registry.rows("SELECT kid, public_jwk, sealed_private_jwk FROM signing_key")
    private = keys[0].as_dict(private=True)["d"]
    assert str(private).encode() not in stored.sealed_private_jwk
    assert "d" not in stored.public_jwk


async def test_the_public_keys_are_found_in_both_places_and_hold_nothing_private(registry: Registry) -> None:
    for path in (f"{API}/jwks", "/.well-known/jwks.json"):
        answer = await registry.client.http.get(path)
        (key,) = answer.json()["keys"]
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
        assert "d" not in key
        assert answer.headers["cache-control"] == "public, max-age=30"
    discovery = (await registry.client.http.get("/.well-known/openid-configuration")).json()
    assert discovery["issuer"] == ISSUER
    assert discovery["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
    assert discovery["token_endpoint"] == f"{ISSUER}{API}/token"


async def test_a_token_verifies_with_the_published_keys_alone(registry: Registry) -> None:
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    keys = KeySet.import_key_set((await registry.get("/jwks")).json())
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["alg"] == "ES256"
    assert decoded.claims["iss"] == ISSUER
    assert decoded.claims["aud"] == "isaf"
    assert 899 < decoded.claims["exp"] - decoded.claims["iat"] <= 900
    assert decoded.claims["grants"] == ["caf@020201"]


async def test_under_another_secret_a_new_key_signs_and_the_old_one_still_verifies(registry: Registry) -> None:
    await registry.person("caf@020201")
    before = (await registry.sign_in()).json()["access_token"]
    runtime = registry.client.runtime
    new = await signing_key(runtime.database, OTHER_SECRET)
    old = await signing_key(runtime.database, runtime.settings.secret_key)
    assert new.kid != old.kid
    assert [key["kid"] for key in (await registry.get("/jwks")).json()["keys"]] == [old.kid, new.kid]
    assert (await runtime.tokens.verify(before)).name == "Sok Dara"


async def test_another_service_learns_a_new_key_from_the_registry(registry: Registry) -> None:
    """A verifier that knows no key asks the registry once it meets a token of it."""
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    other = await registry.world.start("jaap")
    transport = ASGITransport(registry.client.app)
    async with AsyncClient(transport=transport, base_url=ISSUER) as client:
        other.runtime.tokens._client = client
        assert (await other.runtime.tokens.verify(token)).name == "Sok Dara"


def forged(token: str, **changes: object) -> str:
    """The same token with another header or claim and its old signature."""
    header, claims, signature = token.split(".")
    parts = [json.loads(base64.urlsafe_b64decode(part + "==")) | changes for part in (header, claims)]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, signature])


async def test_forged_tokens_are_refused(registry: Registry) -> None:
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    (public,) = (await registry.get("/jwks")).json()["keys"]
    claims = {"iss": ISSUER, "aud": "isaf", "sub": "00000000-0000-4000-8000-000000000001", "exp": 2_000_000_000}
    claims["grants"] = ["operator@"]
    stranger = ECKey.generate_key("P-256")
    shared_secret = OctKey.import_key(public["x"])
    header = {"kid": public["kid"]}
    forgeries = [
        forged(token, grants=["operator@"]),
        forged(token, alg="none"),
        forged(token, alg="none").rpartition(".")[0] + ".",
        token[:-4] + "AAAA",
        token + ".x",
        jwt.encode(header | {"alg": "ES256"}, claims, stranger),
        jwt.encode(header | {"alg": "HS256"}, claims, shared_secret),
        "x",
        "a.b.c",
    ]
    for forgery in forgeries:
        with pytest.raises(Unauthorized):
            await registry.client.runtime.tokens.verify(forgery)
        answer = await registry.client.http.get(f"{API}/accounts", headers={"Authorization": f"Bearer {forgery}"})
        assert answer.status_code == 401
