"""Focal persons: named, replaced, never overwritten; seen by those whose grants cover the unit, and nobody else."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from tests.registry.conftest import Registry

PATH = "/units/HC-020201-1/focal-persons"
OFFICER, PROVIDER = "district_officer@0202", "provider@020201/HC-020201-1"
DARA: dict[str, Any] = {"role": "data_system", "name": "សុខ ដារ៉ា", "sex": "female", "phone": "០១២ ៣៤៥ ៦៧៨"}
BOPHA: dict[str, Any] = {"role": "data_system", "name": "Chan Bopha", "sex": "male", "phone": "+85597123456"}


async def test_who_may_name_and_see(registry: Registry) -> None:
    await registry.unit()
    await registry.unit()
    for read_or_write in (registry.get(PATH), registry.post(PATH, json=DARA), registry.get("/focal-persons")):
        assert (await read_or_write).status_code == 401
    for role in ("citizen@", "caf@020201", "partner@02", "operator@"):
        assert (await registry.get(PATH, role)).json()["code"] == "permission_missing"
        assert (await registry.get("/focal-persons", role)).status_code == 403
        assert (await registry.post(PATH, role, json=DARA)).json()["code"] == "permission_missing"
    assert (await registry.post(PATH, "jaapc@020201", json=DARA)).json()["code"] == "permission_missing"
    for role in ("district_officer@0203", "commune_clerk@020202", "provider@020201/HC-020201-2"):
        assert (await registry.get(PATH, role)).json()["code"] == "area_not_covered"
        assert (await registry.post(PATH, role, json=DARA)).json()["code"] == "area_not_covered"
    for role, number in ((PROVIDER, 1), ("commune_clerk@020201", 2), (OFFICER, 3), ("ncdds@", 4)):
        people = (await registry.get(PATH, role)).json()["items"]
        replaces = people[0]["id"] if people else None
        named = await registry.post(PATH, role, json=DARA | {"replaces": replaces})
        assert (named.status_code, named.headers["cache-control"]) == (201, "no-store")
        assert len((await registry.get(PATH, "jaapc@020201")).json()["items"]) == number


async def test_a_successor_leaves_the_predecessor_in_the_history(registry: Registry) -> None:
    await registry.unit()
    first = (await registry.post(PATH, OFFICER, json=DARA | {"since": "2026-01-05"})).json()
    assert (first["phone"], first["until"]) == ("+85512345678", None)
    for wrong in ({}, {"replaces": str(uuid4())}):
        refused = await registry.post(PATH, OFFICER, json=BOPHA | wrong)
        assert (refused.status_code, refused.json()["code"]) == (409, "focal_person_changed")
    too_early = await registry.post(PATH, OFFICER, json=BOPHA | {"replaces": first["id"], "since": "2026-01-04"})
    assert (too_early.status_code, too_early.json()["errors"][0]["pointer"]) == (422, "/since")
    second = await registry.post(PATH, OFFICER, json=BOPHA | {"replaces": first["id"], "since": "2026-03-01"})
    assert second.status_code == 201
    app = await registry.post(PATH, OFFICER, json=BOPHA | {"role": "mobile_app", "since": "2026-03-01"})
    assert app.status_code == 201
    history = (await registry.get(PATH, OFFICER)).json()["items"]
    assert [(person["name"], person["role"], person["until"]) for person in history] == [
        ("Chan Bopha", "data_system", None),
        ("Chan Bopha", "mobile_app", None),
        ("សុខ ដារ៉ា", "data_system", "2026-03-01"),
    ]


async def test_two_who_name_at_once_do_not_replace_each_other(registry: Registry) -> None:
    await registry.unit()
    answers = await asyncio.gather(*(registry.post(PATH, OFFICER, json=DARA) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    person = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    ending = registry.post(f"/focal-persons/{person}:end", OFFICER, json={})
    naming = registry.post(PATH, OFFICER, json=BOPHA | {"replaces": person})
    statuses = sorted(answer.status_code for answer in await asyncio.gather(ending, naming))
    assert statuses in ([200, 409], [201, 409])
    assert len(await registry.rows("SELECT id FROM focal_person WHERE until IS NULL")) <= 1


async def test_somebody_ends_without_a_successor(registry: Registry) -> None:
    await registry.unit()
    person = (await registry.post(PATH, OFFICER, json=DARA | {"since": "2026-01-05"})).json()["id"]
    path = f"/focal-persons/{person}:end"
    assert (await registry.post(path, json={})).status_code == 401
    for role in ("district_officer@0203", "jaapc@020201", "provider@020201/HC-020201-2"):
        assert (await registry.post(path, role, json={})).status_code == 403
    for wrong in ({"until": "2026-01-04"}, {"until": "2999-01-01"}, {"until": "x"}, {"when": "2026-01-06"}):
        assert (await registry.post(path, PROVIDER, json=wrong)).status_code == 422
    ended = await registry.post(path, PROVIDER, json={"until": "2026-02-01"})
    assert (ended.status_code, ended.json()["until"]) == (200, "2026-02-01")
    assert (await registry.post(path, PROVIDER, json={})).json()["code"] == "focal_person_ended"
    assert (await registry.post(f"/focal-persons/{uuid4()}:end", OFFICER, json={})).status_code == 404


BAD: list[tuple[dict[str, Any], str]] = [
    ({"role": "driver"}, "/role"),
    ({"name": ""}, "/name"),
    ({"name": "a\x00"}, "/name"),
    ({"sex": "F"}, "/sex"),
    ({"phone": "012"}, "/phone"),
    ({"phone": "012 345 67x"}, "/phone"),
    ({"phone": 12345678}, "/phone"),
    ({"since": "2999-01-01"}, "/since"),
    ({"account_id": str(uuid4())}, "/account_id"),
    ({"replaces": "x"}, "/replaces"),
    ({"until": "2026-01-01"}, "/until"),
]


async def test_bad_input_is_named(registry: Registry) -> None:
    await registry.unit()
    for change, pointer in BAD:
        answer = await registry.post(PATH, OFFICER, json=DARA | change)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await registry.post("/units/HC-020201-9/focal-persons", OFFICER, json=DARA)).status_code == 404
    await registry.post("/units/HC-020201-1:close", "operator@", json={"reason": "Shut."})
    assert (await registry.post(PATH, OFFICER, json=DARA)).json()["code"] == "unit_closed"


async def test_a_kind_that_there_is_not_is_no_filter(registry: Registry) -> None:
    for path in ("/focal-persons", "/focal-persons.csv", "/participations?year=2026", "/participations.csv?year=2026",
                 "/units", "/units.csv"):  # fmt: skip
        refused = await registry.get(f"{path}{'&' if '?' in path else '?'}kind=ghost", "ncdds@")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/kind"), path
    assert (await registry.get("/participations?year=2026&kind=district")).status_code == 200


async def test_an_account_must_have_to_do_with_the_unit(registry: Registry) -> None:
    await registry.unit()
    theirs = await registry.person("provider@020201/HC-020201-1")
    stranger = await registry.person("caf@030101", username="far.away")
    refused = await registry.post(PATH, OFFICER, json=DARA | {"account_id": stranger["id"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "account_unfit")
    named = await registry.post(PATH, OFFICER, json=DARA | {"account_id": theirs["id"]})
    assert named.json()["account_id"] == theirs["id"]


async def test_the_list_shows_who_answers_and_who_is_missing(registry: Registry) -> None:
    for kind, area in (("health_centre", "020201"), ("primary_school", "020201"), ("health_centre", "030101")):
        await registry.unit(kind, area)
    await registry.post(PATH, "ncdds@", json=DARA)
    await registry.post("/units/HC-030101-1/focal-persons", "ncdds@", json=BOPHA)

    async def found(*grants: str, **params: Any) -> list[tuple[str, str]]:
        items = await registry.all_pages("/focal-persons", *grants, limit=2, **params)
        return [(item["unit_code"], item["role"]) for item in items]

    assert await found("ncdds@") == [("HC-020201-1", "data_system"), ("HC-030101-1", "data_system")]
    assert await found(OFFICER) == [("HC-020201-1", "data_system")]
    assert await found("ncdds@", area="03") == [("HC-030101-1", "data_system")]
    assert await found("ncdds@", role="mobile_app") == []
    missing = await found(OFFICER, missing="true")
    assert missing == [("HC-020201-1", "mobile_app"), ("PS-020201-1", "data_system"), ("PS-020201-1", "mobile_app")]
    assert await found("ncdds@", missing="true", role="data_system") == [("PS-020201-1", "data_system")]
    assert await found("ncdds@", missing="true", kind="primary_school", role="data_system") == missing[1:2]
    assert await found(PROVIDER, missing="true") == [("HC-020201-1", "mobile_app")]
    assert await found("provider@020201/PS-020201-1") == []
    for wrong in ({"role": "driver"}, {"area": "2"}, {"missing": "perhaps"}, {"cursor": "WzFd"}):
        assert (await registry.get("/focal-persons", OFFICER, params=wrong)).status_code == 422


async def test_nothing_of_a_person_is_told_anywhere_else(registry: Registry) -> None:
    await registry.unit()
    first = (await registry.post(PATH, OFFICER, json=DARA)).json()["id"]
    await registry.post(PATH, OFFICER, json=BOPHA | {"replaces": first})
    elsewhere = [
        (await registry.get("/changes")).text,
        (await registry.get("/units/HC-020201-1")).text,
        (await registry.get("/audit", "operator@", params={"subject_kind": "focal_person"})).text,
        *(bytes(row.body).decode() for row in await registry.rows("SELECT body FROM outbox")),
    ]
    assert "replaced" in elsewhere[2]
    for text in elsewhere:
        for secret in (DARA["name"], "Bopha", "12345678", "97123456"):
            assert secret not in text
            assert json.dumps(secret)[1:-1] not in text
