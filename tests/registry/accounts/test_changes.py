"""Changing an account's name and phone, and opening it again."""

import asyncio
from uuid import UUID

from tests.registry.conftest import PASSWORD, Registry, grant

BY_PHONE = {"kind": "person", "phone": "012345678", "display_name": "Chan Sophea", "grants": [grant("caf@020201")]}


async def test_a_disabled_account_is_opened_again(registry: Registry, at_once: None) -> None:
    account = await registry.person("caf@020201")
    signed = (await registry.sign_in()).json()
    path = f"/accounts/{account['id']}"
    assert (await registry.post(f"{path}:enable", "operator@")).json()["code"] == "account_enabled"
    await registry.post(f"{path}:disable", "operator@")
    assert (await registry.post(f"{path}:enable")).status_code == 401
    assert (await registry.post(f"{path}:enable", "caf@020201")).status_code == 403
    assert (await registry.post(f"{path}:enable", "district_officer@0203")).status_code == 404
    own = await registry.post(f"{path}:enable", "operator@", user_id=UUID(account["id"]))
    assert own.status_code == 401
    answers = await asyncio.gather(*(registry.post(f"{path}:enable", "district_officer@0202") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await registry.token(grant_type="refresh_token", refresh_token=signed["refresh_token"])).status_code == 400
    again = (await registry.sign_in()).json()
    for token, status in ((signed["access_token"], 401), (again["access_token"], 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await registry.client.http.get("/api/registry/v1/accounts/me", headers=headers)).status_code == status


async def test_a_name_and_a_phone_are_changed(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    signed = (await registry.sign_in()).json()
    path = f"/accounts/{account['id']}"
    change = {"display_name": "សុខ ដារ៉ា", "phone": "096 123 4567"}
    assert (await registry.patch(path, json=change)).status_code == 401
    assert (await registry.patch(path, "caf@020201", etag='"1"', json=change)).status_code == 403
    assert (await registry.patch(path, "district_officer@0203", etag='"1"', json=change)).status_code == 404
    assert (await registry.patch(path, "district_officer@0202", json=change)).status_code == 428
    assert (await registry.patch(path, "district_officer@0202", etag='"7"', json=change)).status_code == 412
    changed = await registry.patch(path, "district_officer@0202", etag='"1"', json=change)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["display_name"], changed.json()["phone"]) == ("សុខ ដារ៉ា", "+85596•••567")
    assert (await registry.token(grant_type="refresh_token", refresh_token=signed["refresh_token"])).status_code == 400
    named = await registry.patch(path, "district_officer@0202", etag='"2"', json={"display_name": "Dara"})
    assert named.json()["phone"] == "+85596•••567"
    taken = await registry.patch(path, "district_officer@0202", etag='"3"', json={"phone": None})
    assert taken.json()["phone"] is None
    trail = await registry.rows("SELECT detail::text AS detail FROM audit_entry WHERE action = 'changed'")
    assert len(trail) == 3
    assert not [entry for entry in trail if "1234567" in entry.detail]


async def test_bad_changes_are_refused(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    other = (await registry.post("/accounts", "operator@", json=BY_PHONE)).json()
    system = await registry.system("partner@02")
    path = f"/accounts/{account['id']}"
    for body, pointer in (
        ({}, ""),
        ({"display_name": None}, "/display_name"),
        ({"display_name": " "}, "/display_name"),
        ({"display_name": "a\x00"}, "/display_name"),
        ({"phone": "12"}, "/phone"),
        ({"username": "other"}, "/username"),
    ):
        answer = await registry.patch(path, "operator@", etag='"1"', json=body)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    answer = await registry.patch(path, "operator@", etag='"1"', json={"phone": BY_PHONE["phone"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")
    for one, phone in ((other, None), (system, "012345679")):
        answer = await registry.patch(f"/accounts/{one['id']}", "operator@", etag="*", json={"phone": phone})
        assert (answer.status_code, answer.json()["code"]) == (409, "phone_not_allowed")


async def test_a_phone_belongs_to_one_account(registry: Registry) -> None:
    race = await asyncio.gather(*(registry.post("/accounts", "operator@", json=BY_PHONE) for _ in range(3)))
    assert sorted(answer.status_code for answer in race) == [201, 409, 409]
    both = BY_PHONE | {"username": "chan.sophea", "password": PASSWORD}
    again = await registry.post("/accounts", "operator@", json=both)
    assert (again.status_code, again.json()["code"]) == (409, "phone_taken")
    made = await registry.post("/accounts", "operator@", json=both | {"phone": "+855 12 345 679"})
    assert (made.status_code, made.json()["phone"]) == (201, "+85512•••679")
    client = {"kind": "client", "display_name": "A", "phone": "012345670", "grants": [grant("partner@02")]}
    refused = await registry.post("/accounts", "operator@", json=client)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/phone"]
