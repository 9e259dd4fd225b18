"""A token of another issuer in, tokens of our own out (RFC 8693)."""

import asyncio
import base64
import time
from uuid import UUID

from tests.registry.conftest import Registry
from tests.registry.external_identities.conftest import EXCHANGE, exchange, linked
from tests.registry.external_identities.issuer import EC, ED, ID_TOKEN, OTHERS, Issuer, part, serving

JWT = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def test_a_linked_person_gets_tokens_of_our_own(registry: Registry, issuer: Issuer) -> None:
    account = await linked(registry, issuer.address)
    answer = await exchange(registry, issuer.token())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["token_type"], body["issued_token_type"]) == ("Bearer", ACCESS_TOKEN)
    assert answer.headers["cache-control"] == "no-store"
    user = await registry.client.runtime.tokens.verify(body["access_token"])
    assert (user.id, [str(grant) for grant in user.grants]) == (UUID(account["id"]), ["caf@020201"])
    again = await registry.token(grant_type="refresh_token", refresh_token=body["refresh_token"])
    assert again.status_code == 200
    assert "issued_token_type" not in again.json()


async def test_every_accepted_signature_and_form_of_audience_signs_in(registry: Registry, issuer: Issuer) -> None:
    await linked(registry, issuer.address)
    tokens = [
        issuer.token(),
        issuer.token(EC, "ES256"),
        issuer.token(ED, "EdDSA"),
        issuer.token(header={"kid": ...}),
        issuer.token(header={"x5t": "certificate", "vendor.note": "ours"}),
        issuer.token(aud=["isaf-app"]),
        issuer.token(aud=["isaf-app", "other"], azp="isaf-app"),
        issuer.token(exp=int(time.time()) - 10),
        issuer.token(iat=int(time.time()) + 10, nbf=int(time.time()) + 10),
        issuer.token(nonce="n-1"),
    ]
    answers = [await exchange(registry, token) for token in tokens]
    assert [answer.status_code for answer in answers] == [200] * len(tokens), [answer.text for answer in answers]
    right = await exchange(registry, issuer.token(nonce="n-2"), nonce="n-2")
    access = await exchange(registry, issuer.token(header={"typ": "at+jwt"}), subject_token_type=JWT)
    assert (right.status_code, access.status_code) == (200, 200)
    assert issuer.asked.count("/jwks") == 1


async def test_who_is_not_linked_is_told_what_to_do(registry: Registry, issuer: Issuer) -> None:
    token = issuer.token(sub="8f14e45f-ceea")
    answer = await exchange(registry, token)
    body = answer.json()
    assert (answer.status_code, body["error"], body["code"]) == (400, "invalid_grant", "identity_not_linked")
    assert (body["subject"], body["issuer"]) == ("8f14e45f-ceea", issuer.address)
    assert "8f14e45f-ceea" in body["detail"]
    await linked(registry, issuer.address, "8f14e45f-ceea")
    assert (await exchange(registry, token)).status_code == 200


async def test_one_issuer_does_not_speak_for_another(issuer: Issuer, registry: Registry) -> None:
    await linked(registry, issuer.address)
    settings = registry.client.runtime.settings
    with serving() as second:
        second.keys = [OTHERS]
        settings.oidc_issuers = (*settings.oidc_issuers, second.settings())
        known = await exchange(registry, second.token(OTHERS))
        assert known.json()["code"] == "identity_not_linked"
        forged = await exchange(registry, issuer.token(OTHERS))
        assert forged.json()["code"] == "token_signature_wrong"
    listed = (await registry.get("/external-issuers")).json()["items"]
    assert [one["issuer"] for one in listed] == [issuer.address, second.address]


async def test_a_token_is_exchanged_once_however_its_signature_is_written(registry: Registry, issuer: Issuer) -> None:
    await linked(registry, issuer.address)
    token = issuer.token()
    answers = await asyncio.gather(*(exchange(registry, token) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]
    assert (await exchange(registry, token)).json()["code"] == "token_used"
    assert (await exchange(registry, mirrored(issuer))).status_code == 200
    first = issuer.token(EC, "ES256", jti="1")
    assert (await exchange(registry, first)).status_code == 200
    assert (await exchange(registry, other_form(first))).json()["code"] == "token_used"
    await registry.execute("UPDATE used_subject_token SET expires_at = now() - interval '6 minutes'")
    assert (await exchange(registry, issuer.token())).status_code == 200
    assert len(await registry.rows("SELECT 1 FROM used_subject_token")) == 1


def mirrored(issuer: Issuer) -> str:
    """A token whose ECDSA signature was replaced by its twin, which anybody can compute."""
    return other_form(issuer.token(EC, "ES256"))


def other_form(token: str) -> str:
    """The other valid signature of the same token: (r, n - s) for (r, s)."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    head, _, text = token.rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    twin = order - int.from_bytes(raw[32:], "big")
    return f"{head}.{part(raw[:32] + twin.to_bytes(32, 'big'))}"


async def test_an_issuer_that_is_away_is_told_as_such(registry: Registry, issuer: Issuer) -> None:
    await linked(registry, issuer.address)
    issuer.answers["/jwks"] = (500, b"")
    answer = await exchange(registry, issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert answer.headers["retry-after"] == "10"
    assert "The ministry" in answer.json()["detail"]


async def test_a_disabled_account_signs_in_no_more(registry: Registry, issuer: Issuer) -> None:
    account = await linked(registry, issuer.address)
    token = issuer.token()
    await registry.post(f"/accounts/{account['id']}:disable", "operator@")
    answer = await exchange(registry, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


INCOMPLETE: list[tuple[dict[str, str], str]] = [
    ({"subject_token": ""}, "subject_token"),
    ({"subject_token_type": ""}, "subject_token_type"),
    ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "subject_token_type"),
    ({"requested_token_type": JWT}, "requested_token_type"),
    ({"actor_token": "x"}, "actor_token"),
]


async def test_what_is_not_done_of_the_standard_is_told(registry: Registry, issuer: Issuer) -> None:
    for changes, named in INCOMPLETE:
        answer = await exchange(registry, issuer.token(), **changes)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert named in answer.json()["detail"]
    assert issuer.asked == []


async def test_the_documents_know_the_grant_type(registry: Registry) -> None:
    discovery = (await registry.client.http.get("/.well-known/openid-configuration")).json()
    assert EXCHANGE in discovery["grant_types_supported"]
    document = (await registry.client.http.get("/api/registry/openapi.json")).json()
    form = document["paths"]["/api/registry/v1/token"]["post"]["requestBody"]["content"]
    properties = form["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert EXCHANGE in properties["grant_type"]["enum"]
    assert ID_TOKEN in properties["subject_token_type"]["enum"]
