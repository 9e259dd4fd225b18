"""Linking identities of other issuers with accounts: by who manages the account, or by its holder."""

import asyncio
from typing import Any
from uuid import UUID

from httpx import Response

from tests.registry.conftest import OPERATOR, Registry
from tests.registry.external_identities.conftest import exchange
from tests.registry.external_identities.issuer import Issuer

OWN = "/accounts/me/external-identities"


async def link(registry: Registry, account: dict[str, Any], issuer: Issuer, /, *grants: str, **body: Any) -> Response:
    sent = {"issuer": issuer.address, "subject": "dara"} | body
    return await registry.post(f"/accounts/{account['id']}/external-identities", *grants, json=sent)


async def test_who_manages_an_account_links_it(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201")
    path = f"/accounts/{account['id']}/external-identities"
    assert (await link(registry, account, issuer)).status_code == 401
    assert (await link(registry, account, issuer, "caf@020201")).status_code == 403
    assert (await link(registry, account, issuer, "district_officer@0203")).status_code == 404
    assert (await registry.get(path, "district_officer@0203")).status_code == 404
    made = await link(registry, account, issuer, "district_officer@0202")
    assert made.status_code == 201
    assert (made.json()["issuer"], made.json()["subject"]) == (issuer.address, "dara")
    assert (await registry.get(path)).status_code == 401
    assert (await registry.get(path, "district_officer@0202")).json()["items"] == [made.json()]
    removal = f"{path}/{made.json()['id']}"
    assert (await registry.delete(removal)).status_code == 401
    assert (await registry.delete(removal, "district_officer@0203")).status_code == 404
    assert (await registry.delete(removal, "district_officer@0202")).status_code == 204
    assert (await registry.delete(removal, "district_officer@0202")).json()["code"] == "identity_not_found"
    trail = (await registry.get("/audit", "operator@", params={"subject": account["id"]})).json()["items"]
    assert [entry["action"] for entry in trail[:2]] == ["identity_removed", "identity_linked"]
    assert trail[1]["detail"] == {"issuer": issuer.address, "external_subject": "dara"}


async def test_nobody_links_an_account_that_holds_more_than_they_give(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201", "province_officer@02")
    answer = await link(registry, account, issuer, "district_officer@0202")
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_beyond_reach")
    own = await registry.post(
        f"/accounts/{OPERATOR}/external-identities",
        "operator@",
        user_id=OPERATOR,
        json={"issuer": issuer.address, "subject": "dara"},
    )
    assert (own.status_code, own.json()["code"]) == (403, "own_account")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"issuer": "https://evil.example"}, "/issuer"),
    ({"issuer": 7}, "/issuer"),
    ({"subject": ""}, "/subject"),
    ({"subject": "x" * 256}, "/subject"),
    ({"subject": "តារា"}, "/subject"),
    ({"subject": "a\0b"}, "/subject"),
    ({"email": "dara@example.org"}, "/email"),
]


async def test_bad_input_is_named(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201")
    for body, pointer in BAD:
        answer = await link(registry, account, issuer, "operator@", **body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), body
    for sent in ({}, {"subject_token": 7}, {"subject_token": "x", "subject_token_type": "saml"}):
        answer = await registry.post(OWN, "caf@020201", user_id=UUID(account["id"]), json=sent)
        assert answer.status_code == 422
    garbage = await registry.post(OWN, "caf@020201", user_id=UUID(account["id"]), json={"subject_token": "x"})
    assert garbage.json()["errors"][0] | {"detail": ""} == {
        "pointer": "/subject_token",
        "code": "token_malformed",
        "detail": "",
    }
    system = await registry.system("partner@02")
    assert (await link(registry, system, issuer, "operator@")).json()["code"] == "not_a_person"


async def test_a_person_links_their_own_identity_with_a_token_of_it(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201")
    me = UUID(account["id"])
    token = issuer.token(nonce="n-1")
    assert (await registry.post(OWN, json={"subject_token": token})).status_code == 401
    wrong = await registry.post(OWN, "caf@020201", user_id=me, json={"subject_token": token, "nonce": "other"})
    assert wrong.json()["errors"][0]["code"] == "token_claim_wrong"
    made = await registry.post(OWN, "caf@020201", user_id=me, json={"subject_token": token, "nonce": "n-1"})
    assert (made.status_code, made.json()["linked_by"]) == (201, account["id"])
    used = await exchange(registry, token)
    assert used.json()["code"] == "token_used"
    signed_in = await exchange(registry, issuer.token())
    assert signed_in.status_code == 200
    assert (await registry.get(OWN)).status_code == 401
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    listed = await registry.client.http.get(f"/api/registry/v1{OWN}", headers=headers)
    assert [one["id"] for one in listed.json()["items"]] == [made.json()["id"]]
    assert (await registry.delete(f"{OWN}/{made.json()['id']}")).status_code == 401
    assert (await registry.delete(f"{OWN}/{made.json()['id']}", "caf@020201", user_id=OPERATOR)).status_code == 404
    assert (await registry.delete(f"{OWN}/{made.json()['id']}", "caf@020201", user_id=me)).status_code == 204
    again = await registry.token(grant_type="refresh_token", refresh_token=signed_in.json()["refresh_token"])
    assert again.status_code == 400
    assert (await exchange(registry, issuer.token())).json()["code"] == "identity_not_linked"


async def test_an_identity_belongs_to_one_account(registry: Registry, issuer: Issuer) -> None:
    first = await registry.person("caf@020201")
    second = await registry.person("caf@020201", username="other")
    answers = await asyncio.gather(*(link(registry, one, issuer, "operator@") for one in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "identity_linked"}
    assert len(await registry.rows("SELECT 1 FROM external_identity")) == 1


async def test_an_account_has_a_few_identities(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201")
    answers = await asyncio.gather(
        *(link(registry, account, issuer, "operator@", subject=f"dara-{number}") for number in range(12))
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 2


async def test_a_removal_ends_what_an_exchange_began_at_the_same_time(registry: Registry, issuer: Issuer) -> None:
    account = await registry.person("caf@020201")
    made = (await link(registry, account, issuer, "operator@")).json()
    removal = f"/accounts/{account['id']}/external-identities/{made['id']}"
    answers = await asyncio.gather(
        *(exchange(registry, issuer.token()) for _ in range(3)), registry.delete(removal, "operator@")
    )
    assert answers[3].status_code == 204
    for answer in answers[:3]:
        if answer.status_code == 200:
            token = answer.json()["refresh_token"]
            assert (await registry.token(grant_type="refresh_token", refresh_token=token)).status_code == 400


async def test_a_temporary_password_links_nothing(registry: Registry, issuer: Issuer) -> None:
    """A manager knows it, and could come back with an identity after its owner has replaced it."""
    account = await registry.person("caf@020201")
    reset = await registry.post(f"/accounts/{account['id']}:reset-password", "district_officer@0202")
    signed_in = (await registry.sign_in(password=reset.json()["temporary_password"])).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    body = {"subject_token": issuer.token()}
    refused = await registry.client.http.post(f"/api/registry/v1{OWN}", headers=headers, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    assert await registry.rows("SELECT 1 FROM external_identity") == []
