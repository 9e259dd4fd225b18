"""One's own password, and a temporary one from a manager."""

import asyncio
from datetime import UTC, datetime, timedelta

from httpx import Response

from services.registry.tokens.models import FREE_TRIES
from tests.registry.conftest import API, PASSWORD, Registry, grant

NEW = "an even longer sentence"
CHANGE = {"old_password": PASSWORD, "new_password": NEW}


async def change(registry: Registry, token: str, **body: object) -> Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await registry.client.http.post(f"{API}/accounts/me:change-password", json=CHANGE | body, headers=headers)


async def test_people_change_their_own_password_and_stay_signed_in_here_alone(
    registry: Registry, at_once: None
) -> None:
    await registry.person("caf@020201")
    here, elsewhere = (await registry.sign_in()).json(), (await registry.sign_in()).json()
    assert (await registry.post("/accounts/me:change-password", json=CHANGE)).status_code == 401
    assert (await change(registry, here["access_token"])).status_code == 204
    assert (await change(registry, here["access_token"])).status_code == 401
    assert (
        await registry.token(grant_type="refresh_token", refresh_token=elsewhere["refresh_token"])
    ).status_code == 400
    again = await registry.token(grant_type="refresh_token", refresh_token=here["refresh_token"])
    assert again.status_code == 200
    own = {"Authorization": f"Bearer {again.json()['access_token']}"}
    assert (await registry.client.http.get(f"{API}/accounts/me", headers=own)).status_code == 200
    assert (await registry.sign_in()).status_code == 400
    assert (await registry.sign_in(password=NEW)).status_code == 200
    (entry,) = await registry.rows("SELECT subject, by_account_id FROM audit_entry WHERE action = 'password_changed'")
    assert entry.subject == str(entry.by_account_id)


BAD_CHANGES: list[tuple[dict[str, object], str, str]] = [
    ({"old_password": "not the password"}, "/old_password", "old_password_wrong"),
    ({"new_password": "short"}, "/new_password", "too_short"),
    ({"new_password": "x" * 129}, "/new_password", "too_long"),
    ({"new_password": "my Sok.Dara secret"}, "/new_password", "password_holds_username"),
    ({"new_password": PASSWORD}, "/new_password", "same_password"),
    ({"new_password": None}, "/new_password", "string_type"),
    ({"force": True}, "/force", "extra_forbidden"),
]


async def test_bad_changes_are_named(registry: Registry) -> None:
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    for body, pointer, code in BAD_CHANGES:
        answer = await change(registry, token, **body)
        assert (answer.status_code, [(e["pointer"], e["code"]) for e in answer.json()["errors"]]) == (
            422,
            [(pointer, code)],
        )
        assert PASSWORD not in answer.text
    assert (await registry.sign_in()).status_code == 200


async def test_guessing_the_old_password_has_to_wait(registry: Registry) -> None:
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    for _ in range(FREE_TRIES):
        await change(registry, token, old_password="wrong")
    refused = await change(registry, token)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")


async def test_two_changes_at_once_make_one(registry: Registry) -> None:
    await registry.person("caf@020201")
    token = (await registry.sign_in()).json()["access_token"]
    passwords = [f"a long sentence, number {n}" for n in range(2)]
    answers = await asyncio.gather(*(change(registry, token, new_password=one) for one in passwords))
    first, second = sorted(answer.status_code for answer in answers)
    assert first == 204
    assert second in (401, 409, 422)
    worked = [(await registry.sign_in(password=one)).status_code for one in passwords]
    assert sorted(worked) == [200, 400]


async def test_a_manager_gives_a_temporary_password_that_does_nothing_until_replaced(
    registry: Registry, at_once: None
) -> None:
    account = await registry.person("caf@020201", "district_officer@0203")
    before = (await registry.sign_in()).json()
    path = f"/accounts/{account['id']}:reset-password"
    assert (await registry.post(path)).status_code == 401
    assert (await registry.post(path, "jaapc@020201")).status_code == 403
    assert (await registry.post(path, "district_officer@0301")).status_code == 404
    assert (await registry.post(path, "district_officer@0202")).json()["code"] == "grant_beyond_reach"
    answer = await registry.post(path, "province_officer@02")
    body = answer.json()
    assert (answer.status_code, body["must_replace_password"], answer.headers["cache-control"]) == (
        200,
        True,
        "no-store",
    )
    assert (await registry.token(grant_type="refresh_token", refresh_token=before["refresh_token"])).status_code == 400
    assert (await registry.sign_in()).status_code == 400
    signed = (await registry.sign_in(password=body["temporary_password"])).json()
    assert signed["password_change_required"] is True
    assert (await registry.client.runtime.tokens.verify(signed["access_token"])).grants == ()
    assert (await change(registry, signed["access_token"], old_password=body["temporary_password"])).status_code == 204
    later = (await registry.token(grant_type="refresh_token", refresh_token=signed["refresh_token"])).json()
    assert "password_change_required" not in later
    assert len((await registry.client.runtime.tokens.verify(later["access_token"])).grants) == 2


async def test_a_temporary_password_runs_out(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    body = (await registry.post(f"/accounts/{account['id']}:reset-password", "operator@")).json()
    left = datetime.fromisoformat(body["holds_until"]) - datetime.now(UTC)
    assert timedelta(days=2) < left <= timedelta(days=3)
    await registry.execute("UPDATE account SET password_temporary_until = now() - interval '1 second'")
    assert (await registry.sign_in(password=body["temporary_password"])).status_code == 400


async def test_who_has_no_password_gets_none(registry: Registry) -> None:
    system = await registry.system("partner@02")
    phone = {"kind": "person", "phone": "012345678", "display_name": "A", "grants": [grant("caf@020201")]}
    person = (await registry.post("/accounts", "operator@", json=phone)).json()
    for account in (system, person):
        answer = await registry.post(f"/accounts/{account['id']}:reset-password", "operator@")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_password")


async def test_a_repeated_reset_stores_no_password(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    path, key = f"/accounts/{account['id']}:reset-password", {"Idempotency-Key": "reset-1"}
    manager = registry.world.as_("operator@")
    answers = [await registry.client.http.post(f"{API}{path}", headers=manager | key) for _ in range(2)]
    assert answers[1].json() == answers[0].json() | {"temporary_password": None}
    assert (await registry.sign_in(password=answers[0].json()["temporary_password"])).status_code == 200
