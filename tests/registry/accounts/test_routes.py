"""Making accounts, and giving and taking their grants."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from tests.registry.conftest import OPERATOR, PASSWORD, Registry, grant

PERSON = {
    "kind": "person",
    "username": "sok.dara",
    "password": PASSWORD,
    "display_name": "Sok Dara",
    "grants": [{"role": "caf", "area_code": "020201"}],
}
CLIENT = {"kind": "client", "display_name": "Partner", "grants": [{"role": "partner", "area_code": "02"}]}


async def test_who_may_make_an_account(registry: Registry) -> None:
    assert (await registry.post("/accounts", json=PERSON)).status_code == 401
    for held in ("citizen@", "caf@020201", "commune_clerk@020201", "jaapc@020201", "partner@"):
        answer = await registry.post("/accounts", held, json=PERSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    for held in ("district_officer@0203", "province_officer@03"):
        answer = await registry.post("/accounts", held, json=PERSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "grant_beyond_reach")
    made = await registry.post("/accounts", "district_officer@0202", json=PERSON)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert {name: body[name] for name in ("kind", "username", "client_id", "client_secret", "disabled", "version")} == {
        "kind": "person",
        "username": "sok.dara",
        "client_id": None,
        "client_secret": None,
        "disabled": False,
        "version": 1,
    }
    assert [{**held, "id": None} for held in body["grants"]] == [
        {"id": None, "role": "caf", "area_code": "020201", "unit_code": None}
    ]


BEYOND_REACH = [
    ("district_officer@0202", "district_officer@0202"),
    ("district_officer@0202", "caf@020301"),
    ("district_officer@0202", "partner@0202"),
    ("province_officer@02", "province_officer@02"),
    ("province_officer@02", "ncdds@"),
    ("province_officer@02", "operator@02"),
    ("province_officer@02", "district_officer@0301"),
]


async def test_nobody_gives_more_than_they_hold(registry: Registry) -> None:
    """Neither with a new account nor with an old one; and one forbidden grant among others spoils them all."""
    account = await registry.person("caf@020201", username="somebody")
    for giver, wanted in BEYOND_REACH:
        grants = [grant("caf@020201"), grant(wanted)]
        answer = await registry.post("/accounts", giver, json=PERSON | {"grants": grants})
        assert (answer.status_code, answer.json()["code"]) == (403, "grant_beyond_reach")
        answer = await registry.post(f"/accounts/{account['id']}/grants", giver, json=grant(wanted))
        assert (answer.status_code, answer.json()["code"]) == (403, "grant_beyond_reach")
    assert len(await registry.rows("SELECT 1 FROM account")) == 1
    assert len(await registry.rows("SELECT 1 FROM account_grant")) == 1


BAD_ACCOUNTS: list[tuple[dict[str, Any], str]] = [
    ({"username": None}, "/username"),
    ({"username": "a b"}, "/username"),
    ({"username": "so"}, "/username"),
    ({"password": None}, "/password"),
    ({"password": "short"}, "/password"),
    ({"password": "x" * 129}, "/password"),
    ({"password": "my Sok.Dara secret"}, "/password"),
    ({"display_name": " "}, "/display_name"),
    ({"kind": "robot"}, "/kind"),
    ({"kind": "client"}, "/username"),
    ({"grants": []}, "/grants"),
    ({"grants": [{"role": "king", "area_code": ""}]}, "/grants/0/role"),
    ({"grants": [{"role": "caf", "area_code": "2"}]}, "/grants/0/area_code"),
    ({"grants": [{"role": "caf", "area_code": "020299"}]}, "/grants/0/area_code"),
    ({"grants": [{"role": "caf", "area_code": "02"}]}, "/grants/0/area_code"),
    ({"grants": [grant("citizen@"), grant("provider@020201")]}, "/grants/1/unit_code"),
    ({"grants": [grant("provider@020201/HC-020201-9")]}, "/grants/0/unit_code"),
    ({"admin": True}, "/admin"),
]


async def test_bad_accounts_are_named(registry: Registry) -> None:
    for change, pointer in BAD_ACCOUNTS:
        answer = await registry.post("/accounts", "operator@", json=PERSON | change)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert PASSWORD not in answer.text
    assert await registry.rows("SELECT 1 FROM account") == []


async def test_a_provider_is_granted_an_open_unit_of_the_area(registry: Registry) -> None:
    await registry.unit()
    await registry.unit(area="020202")
    made = await registry.person("provider@020201/HC-020201-1")
    assert made["grants"][0]["unit_code"] == "HC-020201-1"
    elsewhere = PERSON | {"username": "other", "grants": [grant("provider@020201/HC-020202-1")]}
    assert (await registry.post("/accounts", "operator@", json=elsewhere)).json()["code"] == "unit_unknown"
    await registry.post("/units/HC-020201-1:close", "operator@", json={"reason": "Closed."})
    closed = PERSON | {"username": "other", "grants": [grant("provider@020201/HC-020201-1")]}
    assert (await registry.post("/accounts", "operator@", json=closed)).json()["code"] == "unit_unknown"


async def test_a_username_is_one_however_it_is_written(registry: Registry) -> None:
    await registry.person("caf@020201")
    again = await registry.post("/accounts", "operator@", json=PERSON | {"username": " Sok.DARA "})
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    race = await asyncio.gather(
        *(registry.post("/accounts", "operator@", json=PERSON | {"username": "new.one"}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in race) == [201, 409, 409]


async def test_each_sees_the_accounts_within_reach(registry: Registry) -> None:
    near = await registry.person("caf@020201")
    far = await registry.person("caf@030101", username="far.away")
    both = await registry.person("caf@020301", "caf@030101", username="both.sides")

    async def seen(*held: str) -> list[str]:
        return [account["id"] for account in (await registry.get("/accounts", *held)).json()["items"]]

    assert (await registry.get("/accounts")).status_code == 401
    assert (await registry.get("/accounts", "caf@020201")).status_code == 403
    assert await seen("operator@") == [near["id"], far["id"], both["id"]]
    assert await seen("district_officer@0202") == [near["id"]]
    assert await seen("province_officer@02") == [near["id"], both["id"]]
    assert await seen("district_officer@0203", "province_officer@03") == [far["id"], both["id"]]
    assert await seen("district_officer@0203", "caf@03") == [both["id"]]
    assert len(await registry.all_pages("/accounts", "ncdds@", limit=1)) == 3

    assert (await registry.get(f"/accounts/{near['id']}")).status_code == 401
    assert (await registry.get(f"/accounts/{near['id']}", "district_officer@0203")).status_code == 404
    one = await registry.get(f"/accounts/{near['id']}", "district_officer@0202")
    assert (one.status_code, one.headers["etag"]) == (200, '"1"')
    assert "hash" not in one.text
    assert PASSWORD not in one.text
    assert (await registry.get(f"/accounts/{uuid4()}", "operator@")).status_code == 404
    assert (await registry.get("/accounts/7", "operator@")).status_code == 422


async def test_everybody_reads_their_own_account(registry: Registry) -> None:
    account = await registry.person("citizen@")
    assert (await registry.get("/accounts/me")).status_code == 401
    own = registry.world.as_("citizen@", user_id=UUID(account["id"]))
    assert (await registry.client.http.get("/api/registry/v1/accounts/me", headers=own)).json()[
        "username"
    ] == "sok.dara"
    assert (await registry.get("/accounts/me", "citizen@")).json()["code"] == "account_not_found"


async def test_grants_are_given_and_taken(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    path = f"/accounts/{account['id']}/grants"
    assert (await registry.post(path, json=grant("jaapc@020201"))).status_code == 401
    assert (await registry.post(path, "caf@020201", json=grant("jaapc@020201"))).status_code == 403
    given = await registry.post(path, "district_officer@0202", json=grant("jaapc@020201"))
    assert (given.status_code, given.json()["version"], given.headers["etag"]) == (201, 2, '"2"')
    held = {entry["role"]: entry["id"] for entry in given.json()["grants"]}
    assert set(held) == {"caf", "jaapc"}
    again = await registry.post(path, "district_officer@0202", json=grant("jaapc@020201"))
    assert (again.status_code, again.json()["code"]) == (409, "grant_exists")
    for bad in (grant("caf@02"), {"role": "caf"}, grant("caf@020201") | {"until": "2027"}):
        assert (await registry.post(path, "operator@", json=bad)).status_code == 422
    assert (await registry.post(f"/accounts/{uuid4()}/grants", "operator@", json=grant("citizen@"))).status_code == 404

    assert (await registry.delete(f"{path}/{held['caf']}")).status_code == 401
    assert (await registry.delete(f"{path}/{held['caf']}", "district_officer@0203")).status_code == 403
    assert (await registry.delete(f"{path}/{held['caf']}", "district_officer@0202")).status_code == 204
    assert (await registry.delete(f"{path}/{held['caf']}", "district_officer@0202")).status_code == 404
    left = (await registry.get(f"/accounts/{account['id']}", "operator@")).json()
    assert [entry["role"] for entry in left["grants"]] == ["jaapc"]
    assert left["version"] == 3
    trail = await registry.rows("SELECT action AS kind, detail ->> 'grant' AS detail FROM audit_entry ORDER BY id")
    assert [tuple(entry) for entry in trail] == [
        ("created", None),
        ("grant_given", "caf@020201"),
        ("grant_given", "jaapc@020201"),
        ("grant_taken", "caf@020201"),
    ]


async def test_the_same_grant_given_at_once_is_held_once(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    answers = await asyncio.gather(
        *(registry.post(f"/accounts/{account['id']}/grants", "ncdds@", json=grant("citizen@")) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_nobody_changes_their_own_rights(registry: Registry) -> None:
    account = await registry.person("province_officer@02")
    me, path = UUID(account["id"]), f"/accounts/{account['id']}"
    answers = [
        await registry.post(f"{path}/grants", "province_officer@02", user_id=me, json=grant("jaapc@020201")),
        await registry.delete(f"{path}/grants/{account['grants'][0]['id']}", "ncdds@", user_id=me),
        await registry.post(f"{path}:disable", "operator@", user_id=me),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "own_account")] * 3


async def test_only_who_could_give_all_it_holds_disables_an_account(registry: Registry) -> None:
    account = await registry.person("caf@020201", "district_officer@0203")
    path = f"/accounts/{account['id']}:disable"
    assert (await registry.post(path)).status_code == 401
    assert (await registry.post(path, "jaapc@020201")).status_code == 403
    assert (await registry.post(path, "district_officer@0301")).status_code == 404
    assert (await registry.post(path, "district_officer@0202")).json()["code"] == "grant_beyond_reach"
    disabled = await registry.post(path, "province_officer@02")
    assert (disabled.status_code, disabled.json()["disabled"], disabled.json()["version"]) == (200, True, 2)
    assert (await registry.post(path, "province_officer@02")).json()["code"] == "account_disabled"
    more = await registry.post(f"/accounts/{account['id']}/grants", "operator@", json=grant("citizen@"))
    assert (more.status_code, more.json()["code"]) == (409, "account_disabled")


async def test_a_clients_secret_is_shown_once_and_replaced_by_its_masters_alone(registry: Registry) -> None:
    client = await registry.system("partner@02", "partner@03")
    path = f"/accounts/{client['id']}:rotate-secret"
    assert client["client_secret"]
    assert "secret" not in (await registry.get(f"/accounts/{client['id']}", "operator@")).text
    assert (await registry.post(path)).status_code == 401
    assert (await registry.post(path, "province_officer@02")).json()["code"] == "grant_beyond_reach"
    fresh = (await registry.post(path, "ncdds@")).json()
    for secret, status in ((client["client_secret"], 401), (fresh["client_secret"], 200)):
        form = {"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": secret}
        assert (await registry.token(**form)).status_code == status
    person = await registry.person("caf@020201")
    assert (await registry.post(f"/accounts/{person['id']}:rotate-secret", "ncdds@")).json()["code"] == "not_a_client"
    own = await registry.post(path, "ncdds@", user_id=UUID(client["id"]))
    assert (own.status_code, own.json()["code"]) == (403, "own_account")


async def test_a_repeated_post_makes_one_client_and_stores_no_secret(registry: Registry) -> None:
    key = {"Idempotency-Key": "client-1"}
    first = await registry.post("/accounts", "operator@", user_id=OPERATOR, json=CLIENT, headers=key)
    again = await registry.post("/accounts", "operator@", user_id=OPERATOR, json=CLIENT, headers=key)
    assert (again.status_code, again.json()) == (201, first.json() | {"client_secret": None})
    assert len(await registry.rows("SELECT 1 FROM account")) == 1
    (stored,) = await registry.rows("SELECT body FROM idempotency_key")
    assert first.json()["client_secret"].encode() not in stored.body
