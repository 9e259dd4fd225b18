"""API keys of systems, in the registry and in every other service."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from services.registry.api_keys import routes
from shared.auth.api_keys import is_whole
from tests.registry.conftest import API, OPERATOR, Registry, grant
from tests.world import Client


async def make(registry: Registry, account: dict[str, Any], giver: str = "operator@", **body: Any) -> dict[str, Any]:
    answer = await registry.post(f"/accounts/{account['id']}/api-keys", giver, json={"name": "Nightly"} | body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def call(service: Client, key: str, *, header: str = "X-API-Key") -> Response:
    name = service.runtime.service
    value = key if header == "X-API-Key" else f"Bearer {key}"
    return await service.http.get(f"/api/{name}/v1/operations/events", headers={header: value})


async def test_a_key_is_made_shown_once_and_taken_by_every_service(registry: Registry, at_once: None) -> None:
    account = await registry.system("operator@", "partner@02")
    path = f"/accounts/{account['id']}/api-keys"
    jaap = await registry.world.start("jaap")
    assert (await registry.post(path, json={"name": "x"})).status_code == 401
    assert (await registry.post(path, "partner@02", json={"name": "x"})).status_code == 403
    assert (await registry.post(path, "province_officer@02", json={"name": "x"})).json()["code"] == "grant_beyond_reach"
    assert (await registry.post(path, "province_officer@03", json={"name": "x"})).status_code == 404
    made = await make(registry, account)
    key = made["key"]
    assert is_whole(key)
    assert (key[:9], key[-4:]) == (made["prefix"], made["last_four"])
    assert (await call(registry.client, key)).status_code == 200
    assert (await call(jaap, key)).status_code == 401
    await registry.world.drain()
    for header in ("X-API-Key", "Authorization"):
        assert (await call(jaap, key, header=header)).status_code == 200
    listed = (await registry.get(path, "operator@")).json()["items"]
    assert key not in str(listed)
    assert [one["name"] for one in listed] == ["Nightly"]
    for table in ("api_key", "access_key", "outbox", "audit_entry"):
        for row in await registry.rows(f"SELECT * FROM {table}"):  # noqa: S608 - a table's own name
            assert key not in str([bytes(v) if isinstance(v, bytes) else v for v in row])


async def test_a_key_may_carry_some_of_the_grants(registry: Registry, at_once: None) -> None:
    account = await registry.system("operator@", "partner@02")
    narrow = await make(registry, account, grants=[grant("partner@02")])
    assert [held["role"] for held in narrow["grants"]] == ["partner"]
    assert (await call(registry.client, narrow["key"])).status_code == 403
    me = await registry.client.http.get(f"{API}/accounts/me", headers={"X-API-Key": narrow["key"]})
    assert me.json()["id"] == account["id"]
    path = f"/accounts/{account['id']}/api-keys"
    for wanted in ("ncdds@", "partner@0202", "partner@03"):
        answer = await registry.post(
            path, "operator@", json={"name": "x", "grants": [grant("operator@"), grant(wanted)]}
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/grants/1")


async def test_a_key_gains_nothing_and_loses_with_its_account(registry: Registry, at_once: None) -> None:
    """Whoever made it, and may know it, could perhaps not have given what the account is given later."""
    account = await registry.system("partner@02")
    key = (await make(registry, account, "province_officer@02"))["key"]
    given = await registry.post(f"/accounts/{account['id']}/grants", "ncdds@", json=grant("operator@"))
    assert given.status_code == 201
    assert (await call(registry.client, key)).status_code == 403
    whole = (await make(registry, account))["key"]
    assert (await call(registry.client, whole)).status_code == 200
    held = next(one["id"] for one in given.json()["grants"] if one["role"] == "operator")
    await registry.delete(f"/accounts/{account['id']}/grants/{held}", "ncdds@")
    assert (await call(registry.client, whole)).status_code == 403


async def test_a_withdrawn_or_expired_key_and_one_of_a_disabled_account_hold_nowhere(
    registry: Registry, at_once: None
) -> None:
    account = await registry.system("operator@")
    jaap = await registry.world.start("jaap")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    withdrawn, expiring, kept = [await make(registry, account, expires_at=at) for at in (None, soon, None)]
    await registry.world.drain()
    path = f"/accounts/{account['id']}/api-keys/{withdrawn['id']}:withdraw"
    assert (await registry.post(path)).status_code == 401
    assert (await registry.post(path, "province_officer@02")).status_code == 404
    answers = await asyncio.gather(*(registry.post(path, "ncdds@") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    await registry.world.drain()
    await registry.execute("UPDATE access_key SET expires_at = now() WHERE expires_at IS NOT NULL")
    for service, key, status in (
        (registry.client, withdrawn, 401),
        (jaap, withdrawn, 401),
        (registry.client, expiring, 401),
        (registry.client, kept, 200),
        (jaap, kept, 200),
    ):
        assert (await call(service, key["key"])).status_code == status
    await registry.post(f"/accounts/{account['id']}:disable", "ncdds@")
    await registry.world.drain()
    for service in (registry.client, jaap):
        assert (await call(service, kept["key"])).status_code == 401
    await registry.post(f"/accounts/{account['id']}:enable", "ncdds@")
    await registry.world.drain()
    for service in (registry.client, jaap):
        assert (await call(service, kept["key"])).status_code == 200


async def test_the_last_day_of_use_comes_from_every_service(registry: Registry, at_once: None) -> None:
    account = await registry.system("operator@")
    jaap = await registry.world.start("jaap")
    key = await make(registry, account)
    path = f"/accounts/{account['id']}/api-keys"

    async def last_used() -> str | None:
        (listed,) = (await registry.get(path, "operator@")).json()["items"]
        return str(listed["last_used_on"]) if listed["last_used_on"] else None

    await registry.world.drain()
    assert await last_used() is None
    answers = await asyncio.gather(*(call(jaap, key["key"]) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    await registry.world.drain()
    (today,) = await registry.rows("SELECT current_date::text AS day")
    assert await last_used() == today.day
    await registry.execute("UPDATE api_key SET last_used_on = last_used_on + 3")
    await call(registry.client, key["key"])
    told = await registry.rows("SELECT 1 FROM outbox WHERE subject LIKE 'isaf.registry.access_key.%'")
    await registry.world.drain()
    assert (len(told), await last_used() == today.day) == (1, False)


async def test_bad_keys_are_refused(registry: Registry) -> None:
    account = await registry.system("operator@")
    key = (await make(registry, account))["key"]
    http, url = registry.client.http, f"{API}/operations/events"
    swapped = key[:-1] + ("0" if key[-1] != "0" else "1")
    for bad in (swapped, key[:-1], key + "x", "isaf_", "isaf_" + "0" * 43 + "_000000", "isaf_ក", key.upper()):
        answer = await http.get(url, headers={b"X-API-Key": bad.encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), bad
    token = registry.world.token("operator@")
    assert (await http.get(url, headers={"X-API-Key": token})).status_code == 401
    both = {"X-API-Key": key, "Authorization": f"Bearer {token}"}
    assert (await http.get(url, headers=both)).status_code == 401
    answer = await http.get(url, params={"api_key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter"), "a key stands in no address"


async def test_bad_requests_for_keys(registry: Registry) -> None:
    account, person = await registry.system("operator@"), await registry.person("caf@020201")
    path = f"/accounts/{account['id']}/api-keys"
    for body, pointer in (
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "x", "expires_at": "2050-01-01T00:00:00"}, "/expires_at"),
        ({"name": "x", "grants": []}, "/grants"),
        ({"name": "x", "secret": "mine"}, "/secret"),
    ):
        answer = await registry.post(path, "operator@", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), body
    refused = await registry.post(f"/accounts/{person['id']}/api-keys", "operator@", json={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_client")
    assert (await registry.post(f"/accounts/{uuid4()}/api-keys", "operator@", json={"name": "x"})).status_code == 404
    assert (await registry.post(f"{path}/{uuid4()}:withdraw", "operator@")).json()["code"] == "api_key_not_found"
    assert (await registry.get(path)).status_code == 401
    assert (await registry.get(path, "province_officer@02")).status_code == 404


async def test_a_system_makes_itself_no_keys(registry: Registry, at_once: None) -> None:
    account = await registry.system("operator@")
    key = (await make(registry, account))["key"]
    answer = await registry.client.http.post(
        f"{API}/accounts/{account['id']}/api-keys", json={"name": "x"}, headers={"X-API-Key": key}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "own_account")


async def test_a_repeat_makes_one_key_and_stores_none(registry: Registry) -> None:
    account = await registry.system("operator@")
    path, header = f"/accounts/{account['id']}/api-keys", {"Idempotency-Key": "key-1"}
    first, again = [
        await registry.post(path, "operator@", user_id=OPERATOR, json={"name": "x"}, headers=header) for _ in range(2)
    ]
    assert again.json() == first.json() | {"key": None}
    (stored,) = await registry.rows("SELECT body FROM idempotency_key")
    assert first.json()["key"].encode() not in stored.body


async def test_an_account_has_only_so_many(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MAXIMUM_KEYS", 2)
    account = await registry.system("operator@")
    for _ in range(2):
        last = await make(registry, account)
    answer = await registry.post(f"/accounts/{account['id']}/api-keys", "operator@", json={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_api_keys")
    await registry.post(f"/accounts/{account['id']}/api-keys/{last['id']}:withdraw", "operator@")
    await make(registry, account)
