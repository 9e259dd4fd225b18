"""Organisations: registered by whoever answers for the place, read by everybody, their contacts by few."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.registry.organisations.queries import ONE_AT_A_TIME
from tests.registry.conftest import Registry, until_waiting

CBO: dict[str, Any] = {
    "kind": "cbo", "area_code": "020201", "name_km": "សហគមន៍សន្សំប្រាក់", "name_en": "Savings", "contact": "012 345 678",
}  # fmt: skip
CLERK, OFFICER, NCDDS = "commune_clerk@020201", "district_officer@0202", "ncdds@"


async def make(registry: Registry, *grants: str, **changes: Any) -> dict[str, Any]:
    answer = await registry.post("/organisations", *grants, json=CBO | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def seeded(registry: Registry, short_name: str) -> dict[str, Any]:
    found = (await registry.get(f"/organisations?q={short_name}")).json()["items"]
    return next(one for one in found if one["short_name"] == short_name)


async def test_the_partners_of_the_strategy_are_there(registry: Registry) -> None:
    names = {one["short_name"] for one in await registry.all_pages("/organisations", limit=5)}
    assert {"World Vision", "CARE", "FHI 360", "Oxfam", "Save the Children", "RACHA", "STAR Kampuchea", "API"} < names
    donors = (await registry.get("/organisations?kind=development_partner&active=true")).json()["items"]
    assert {one["short_name"] for one in donors} == {"World Bank", "GIZ/ISD", "DFAT", "SDC"}
    assert (await registry.get("/organisations?q=world")).json()["items"][0]["area_code"] == ""


async def test_who_may_register_and_see_the_contact(registry: Registry) -> None:
    assert (await registry.post("/organisations", json=CBO)).status_code == 401
    assert (await registry.post("/organisations", "partner@02", json=CBO)).json()["code"] == "permission_missing"
    assert (await registry.post("/organisations", "commune_clerk@020202", json=CBO)).status_code == 403
    made = await make(registry, CLERK)
    path = f"/organisations/{made['id']}"
    assert (made["contact"], made["active"], made["version"]) == ("012 345 678", True, 1)
    for reader, seen in (((), None), (("citizen@020201",), None), (("district_officer@0203",), None), ((OFFICER,), 1)):
        one = await registry.get(path, *reader)
        many = await registry.get("/organisations?area=0202", *reader)
        assert [bool(shown["contact"]) for shown in (one.json(), many.json()["items"][0])] == [bool(seen)] * 2
    assert (await registry.get(f"/organisations/{uuid4()}")).json()["code"] == "organisation_not_found"
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'organisation'")
    assert "012" not in trail[0][0]


async def test_changes_follow_the_version_and_the_place(registry: Registry) -> None:
    made = await make(registry, CLERK)
    path = f"/organisations/{made['id']}"
    assert (await registry.patch(path, json={"active": False})).status_code == 401
    assert (await registry.patch(path, "district_officer@0203", etag='"1"', json={})).status_code == 403
    assert (await registry.patch(path, CLERK, json={"short_name": "A"})).status_code == 428
    changed = await registry.patch(path, CLERK, etag='"1"', json={"short_name": "A", "contact": None, "name_km": None})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["contact"], changed.json()["name_km"]) == (None, CBO["name_km"])
    assert (await registry.patch(path, CLERK, etag='"1"', json={"active": False})).status_code == 412
    moved = {"area_code": "020202"}
    assert (await registry.patch(path, CLERK, etag='"2"', json=moved)).json()["code"] == "area_not_covered"
    assert (await registry.patch(path, OFFICER, etag='"2"', json=moved)).json()["area_code"] == "020202"
    answers = await asyncio.gather(*(registry.patch(path, OFFICER, etag='"3"', json={"active": False}) for _ in "ab"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_one_of_a_name_for_a_kind_and_place(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/organisations", CLERK, json=CBO) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "organisation_exists"}
    other = await make(registry, OFFICER, area_code="020202")
    back = {"area_code": "020201"}
    refused = await registry.patch(f"/organisations/{other['id']}", OFFICER, etag='"1"', json=back)
    assert refused.json()["code"] == "organisation_exists"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "club"}, "/kind"),
    ({"area_code": "0202"}, "/area_code"),
    ({"area_code": "029999"}, "/area_code"),
    ({"kind": "department", "area_code": ""}, "/area_code"),
    ({"kind": "ministry"}, "/area_code"),
    ({"kind": "ngo", "area_code": "02020101"}, "/area_code"),
    ({"name_km": " "}, "/name_km"),
    ({"name_en": "a\x00"}, "/name_en"),
    ({"short_name": "x" * 41}, "/short_name"),
    ({"contact": 12}, "/contact"),
    ({"phone": "012"}, "/phone"),
]


async def test_bad_input_is_named(registry: Registry) -> None:
    for change, pointer in BAD:
        answer = await registry.post("/organisations", NCDDS, json=CBO | change)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await registry.get("/organisations?kind=club")).status_code == 422
    assert (await registry.get("/organisations?q=%00")).status_code == 422


async def test_an_account_acts_for_one_organisation(registry: Registry) -> None:
    vision, care = await seeded(registry, "World Vision"), await seeded(registry, "CARE")
    partner, clerk = await registry.system("partner@02"), await registry.person(CLERK)
    path = f"/organisations/{vision['id']}/accounts"

    async def link(organisation: dict[str, Any], account: str, *grants: str) -> Any:
        headers = registry.world.as_(*grants) if grants else {}
        url = f"/api/registry/v1/organisations/{organisation['id']}/accounts/{account}"
        return await registry.client.http.put(url, headers=headers)

    assert (await link(vision, partner["id"])).status_code == 401
    assert (await link(vision, partner["id"], "province_officer@02")).json()["code"] == "area_not_covered"
    for stranger in (clerk["id"], str(uuid4())):
        assert (await link(vision, stranger, NCDDS)).json()["code"] == "account_unfit"
    both = await asyncio.gather(link(vision, partner["id"], NCDDS), link(vision, partner["id"], NCDDS))
    assert [answer.status_code for answer in both] == [204, 204]
    assert (await link(care, partner["id"], NCDDS)).json()["code"] == "account_acts_for_another"
    assert (await registry.get(path, "province_officer@02")).status_code == 403
    assert [one["account_id"] for one in (await registry.get(path, NCDDS)).json()["items"]] == [partner["id"]]
    gone = f"{path}/{partner['id']}"
    assert (await registry.delete(gone, "province_officer@02")).status_code == 403
    assert (await registry.delete(f"/organisations/{care['id']}/accounts/{partner['id']}", NCDDS)).status_code == 404
    assert [(await registry.delete(gone, NCDDS)).status_code for _ in range(2)] == [204, 404]
    actions = await registry.rows("SELECT action FROM audit_entry WHERE subject = :id ORDER BY id", id=vision["id"])
    assert [row[0] for row in actions] == ["account_linked", "account_unlinked"]


async def test_names_are_taken_before_records(registry: Registry) -> None:
    """As an import does: the other way round, the two would wait in a circle."""
    made = await make(registry, CLERK)
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(ONE_AT_A_TIME)
        path, name = f"/organisations/{made['id']}", {"name_km": "ក្រុមសន្សំ"}
        renaming = asyncio.create_task(registry.patch(path, CLERK, etag='"1"', json=name))
        await until_waiting(registry, renaming)
        await db.execute(text("SELECT FROM organisation FOR UPDATE NOWAIT"))
    assert (await renaming).status_code == 200
