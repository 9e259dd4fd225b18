"""A revocation in the registry bites in every other service, over NATS and through its own tables."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient

from tests.registry.conftest import Registry
from tests.world import ISSUER, Client


@pytest.fixture
async def jaap(registry: Registry, at_once: None) -> AsyncIterator[Client]:
    """Another service, which reads the registry's public keys from the registry."""
    other = await registry.world.start("jaap")
    async with AsyncClient(transport=ASGITransport(registry.client.app), base_url=ISSUER) as client:
        other.runtime.tokens._client = client
        yield other


async def status(service: Client, token: str) -> int:
    """How another service answers a caller: 401 when the token does not hold."""
    name = service.runtime.service
    answer = await service.http.get(f"/api/{name}/v1/operations/events", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_disabled_account_is_out_in_every_service_after_one_event(registry: Registry, jaap: Client) -> None:
    account = await registry.person("operator@")
    token = (await registry.sign_in()).json()["access_token"]
    assert await status(jaap, token) == 200
    await registry.post(f"/accounts/{account['id']}:disable", "ncdds@")
    assert await status(registry.client, token) == 401
    assert await status(jaap, token) == 200
    await registry.world.drain()
    assert await status(jaap, token) == 401


async def test_a_taken_grant_ends_the_tokens_that_carry_it_and_no_later_one(registry: Registry, jaap: Client) -> None:
    account = await registry.person("operator@", "caf@020201")
    signed_in = (await registry.sign_in()).json()
    held = next(grant["id"] for grant in account["grants"] if grant["role"] == "operator")
    assert await status(jaap, signed_in["access_token"]) == 200
    await registry.delete(f"/accounts/{account['id']}/grants/{held}", "ncdds@")
    await registry.world.drain()
    assert await status(jaap, signed_in["access_token"]) == 401
    fresh = await registry.token(grant_type="refresh_token", refresh_token=signed_in["refresh_token"])
    assert await status(jaap, fresh.json()["access_token"]) == 403


async def test_a_replaced_secret_ends_what_was_had_with_the_old_one(registry: Registry, jaap: Client) -> None:
    client = await registry.system("operator@")
    credentials = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    token = (await registry.token(grant_type="client_credentials", **credentials)).json()["access_token"]
    await registry.post(f"/accounts/{client['id']}:rotate-secret", "ncdds@")
    await registry.world.drain()
    assert await status(jaap, token) == 401


async def test_no_token_issued_meanwhile_escapes_a_revocation(registry: Registry, at_once: None) -> None:
    client = await registry.system("operator@", "partner@02")
    form = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    held = next(grant["id"] for grant in client["grants"] if grant["role"] == "operator")
    asking = [registry.token(grant_type="client_credentials", **form) for _ in range(12)]
    taking = registry.delete(f"/accounts/{client['id']}/grants/{held}", "ncdds@")
    answers = await asyncio.gather(*asking[:6], taking, *asking[6:])
    tokens = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert len(tokens) == 12
    later = await registry.token(grant_type="client_credentials", **form)
    for token in (*tokens, later.json()["access_token"]):
        assert await status(registry.client, token) in (401, 403)
    assert await status(registry.client, later.json()["access_token"]) == 403
    asking = [registry.token(grant_type="client_credentials", **form) for _ in range(6)]
    answers = await asyncio.gather(*asking, registry.post(f"/accounts/{client['id']}:disable", "ncdds@"))
    for answer in answers[:6]:
        if answer.status_code == 200:
            assert await status(registry.client, answer.json()["access_token"]) == 401


async def test_what_is_told_names_no_person(registry: Registry) -> None:
    person = await registry.person("operator@")
    client = await registry.system("operator@")
    for account in (person, client):
        await registry.post(f"/accounts/{account['id']}:disable", "ncdds@")
    told = await registry.rows("SELECT account_id, name, version, disabled FROM access ORDER BY account_id")
    assert [tuple(row) for row in told] == [
        (UUID(person["id"]), None, 1, True),
        (UUID(client["id"]), "Partner", 1, True),
    ]
    events = await registry.rows("SELECT body FROM outbox WHERE subject LIKE 'isaf.registry.access.%'")
    assert len(events) == 2
    assert not [event for event in events if b"Sok Dara" in event.body or b"sok.dara" in event.body]


async def test_a_service_without_tables_of_its_own_reads_the_state_anew(registry: Registry, jaap: Client) -> None:
    account = await registry.person("operator@")
    token = (await registry.sign_in()).json()["access_token"]
    await registry.post(f"/accounts/{account['id']}:disable", "ncdds@")
    await registry.world.drain()
    late = await registry.world.start("budget")
    late.runtime.tokens._client = jaap.runtime.tokens._client
    assert await status(late, token) == 200
    await registry.world.drain()
    assert await status(late, token) == 401


async def test_the_database_away_leaves_what_is_known(
    registry: Registry, jaap: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await registry.person("operator@")
    revoked = (await registry.sign_in()).json()["access_token"]
    await registry.post(f"/accounts/{account['id']}:disable", "ncdds@")
    await registry.world.drain()
    other = registry.world.token("operator@")
    verify = jaap.runtime.tokens.verify
    assert (await verify(other)).name == "Test"
    monkeypatch.setattr(jaap.runtime.database, "transaction", _nothing)
    assert (await verify(other)).name == "Test"
    assert await status(jaap, revoked) == 401


def _nothing() -> None:
    raise OSError("the database is away")
