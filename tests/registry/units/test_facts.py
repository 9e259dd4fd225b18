"""What is known of a unit beside its name, and how units are found."""

import asyncio
from typing import Any

from tests.registry.conftest import Registry

OFFICER = "district_officer@0202"
FULL: dict[str, Any] = {
    "opened_on": "2019-11-01",
    "catchment": ["020202"],
    "location": {"latitude": 13.25, "longitude": 102.97},
    "external_ids": {"hmis": "0202-14"},
    "note": "Open at night.",
}


async def test_a_unit_is_registered_with_what_is_known_of_it(registry: Registry) -> None:
    unit = await registry.unit(**FULL)
    assert {name: unit[name] for name in FULL} == FULL
    assert (await registry.get("/units/HC-020201-1")).json() == unit
    bare = await registry.unit("primary_school")
    nothing: dict[str, Any] = {
        "opened_on": None,
        "catchment": [],
        "location": None,
        "external_ids": {},
        "note": None,
        "aliases": [],
    }
    assert {name: bare[name] for name in nothing} == nothing


async def test_what_is_left_out_of_a_change_stays_and_null_takes_away(registry: Registry) -> None:
    await registry.unit(**FULL)
    path = "/units/HC-020201-1"
    renamed = (await registry.patch(path, OFFICER, etag='"1"', json={"name_en": "B"})).json()
    assert {name: renamed[name] for name in FULL} == FULL
    more: dict[str, Any] = {"catchment": [], "external_ids": {"gis": "7"}, "location": None}
    changed = (await registry.patch(path, OFFICER, etag='"2"', json=more)).json()
    assert {name: changed[name] for name in FULL} == FULL | more
    emptied = (await registry.patch(path, OFFICER, etag='"3"', json=dict.fromkeys([*FULL, "name_km"]))).json()
    assert (emptied["note"], emptied["opened_on"], emptied["external_ids"], emptied["version"]) == (None, None, {}, 4)
    assert emptied["name_km"] == "មណ្ឌលសុខភាព"


BAD_FACTS: list[tuple[dict[str, Any], str]] = [
    ({"opened_on": "2999-01-01"}, "/opened_on"),
    ({"opened_on": "soon"}, "/opened_on"),
    ({"catchment": ["0202"]}, "/catchment/0"),
    ({"catchment": ["020202", "020299"]}, "/catchment/1"),
    ({"catchment": ["020201"]}, "/catchment/0"),
    ({"catchment": ["020202", "020202"]}, "/catchment/1"),
    ({"catchment": "020202"}, "/catchment"),
    ({"catchment": [f"{code:06}" for code in range(51)]}, "/catchment"),
    ({"location": {"latitude": 21.0, "longitude": 105.8}}, "/location/latitude"),
    ({"location": {"latitude": 13.0, "longitude": 100.5}}, "/location/longitude"),
    ({"location": {"latitude": 13.0}}, "/location/longitude"),
    ({"location": {"latitude": "NaN", "longitude": 103.0}}, "/location/latitude"),
    ({"external_ids": {"H M": "1"}}, "/external_ids/H M"),
    ({"external_ids": {"hmis": ""}}, "/external_ids/hmis"),
    ({"external_ids": {"hmis": 7}}, "/external_ids/hmis"),
    ({"note": "a\x00b"}, "/note"),
]


async def test_bad_facts_are_named(registry: Registry) -> None:
    await registry.unit()
    body = {"kind": "health_centre", "area_code": "020201", "name_km": "ក", "name_en": "A"}
    for change, pointer in BAD_FACTS:
        created = await registry.post("/units", OFFICER, json=body | change)
        patched = await registry.patch("/units/HC-020201-1", OFFICER, etag='"1"', json=change)
        for answer in (created, patched):
            assert answer.status_code == 422, (change, answer.text)
            assert answer.json()["errors"][0]["pointer"].startswith(pointer), answer.text
    school = await registry.post("/units", OFFICER, json=body | {"kind": "primary_school", "catchment": ["020202"]})
    assert school.json()["errors"][0]["code"] == "catchment_not_allowed"
    assert len(await registry.rows("SELECT 1 FROM unit")) == 1


async def test_an_id_of_another_system_belongs_to_one_unit(registry: Registry) -> None:
    ids: dict[str, Any] = {"external_ids": {"hmis": "7", "gis": "9"}}
    await registry.unit(**ids)
    await registry.unit()
    body = {"kind": "health_centre", "area_code": "020201", "name_km": "ក", "name_en": "A"}
    taken = await registry.post("/units", OFFICER, json=body | ids)
    assert (taken.status_code, taken.json()["code"]) == (409, "external_id_taken")
    patched = await registry.patch("/units/HC-020201-2", OFFICER, etag='"1"', json={"external_ids": {"gis": "9"}})
    assert patched.json()["code"] == "external_id_taken"
    other_system = await registry.patch("/units/HC-020201-2", OFFICER, etag='"1"', json={"external_ids": {"emis": "7"}})
    assert other_system.status_code == 200
    new = body | {"external_ids": {"hmis": "8"}}
    answers = await asyncio.gather(*(registry.post("/units", OFFICER, json=new) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_units_are_found_by_who_they_serve_kind_status_and_name(registry: Registry) -> None:
    await registry.unit(catchment=["020202"], name_km="មណ្ឌលសុខភាព តាពូង", name_en="Ta Pung Health Centre")
    await registry.unit(area="020301", catchment=["020202"], name_en="Banan Health Centre")
    await registry.unit("primary_school", "020202", name_km="សាលា បឹង១២", name_en="Boeng School")
    await registry.unit("one_window_service_office", "0202", name_en="One Window")
    await registry.unit("health_post", "020202", name_en="Old post")
    grown = {"kind": "health_centre", "reason": "Grown."}
    await registry.post("/units/HP-020202-1:change-kind", OFFICER, json=grown)
    await registry.post("/units/PS-020202-1:close", OFFICER, json={"reason": "Shut."})

    async def codes(**query: str) -> list[str]:
        return [unit["code"] for unit in (await registry.get("/units", params=query)).json()["items"]]

    assert await codes(serving="020202") == ["HC-020201-1", "HC-020202-1", "HC-020301-1", "OW-0202", "PS-020202-1"]
    assert await codes(serving="020301") == ["HC-020301-1"]
    assert await codes(serving="020202", area="0203") == ["HC-020301-1"]
    assert await codes(serving="020202", status="open", kind="health_centre", q="ban an") == ["HC-020301-1"]
    assert await codes(status="closed") == ["PS-020202-1"]
    for q in ("ta pung", "TAPUNG", "តាពូង", "មណ្ឌល\u200bសុខភាពតាពូង", "hc020201", "HC-020201-1"):
        assert await codes(q=q) == ["HC-020201-1"], q
    assert await codes(q="បឹង១២") == await codes(q="បឹង 12") == ["PS-020202-1"]
    assert await codes(q="HP-020202-1") == ["HC-020202-1"]
    assert await codes(q="0202") == ["HC-020201-1", "HC-020202-1", "OW-0202", "PS-020202-1"]
    assert await codes(q="100%") == await codes(q="%") == []
    assert [unit["code"] for unit in await registry.all_pages("/units", limit=2, serving="020202")] == await codes(
        serving="020202"
    )
    for query in ({"serving": "2"}, {"status": "gone"}, {"q": ""}, {"kind": "hospital"}):
        assert (await registry.get("/units", params=query)).status_code == 422


async def test_the_staff_of_a_districts_unit_get_an_account_for_it(registry: Registry) -> None:
    await registry.unit("one_window_service_office", "0202")
    account = await registry.person("provider@0202/OW-0202", "caf@0202")
    assert [grant["area_code"] for grant in account["grants"]] == ["0202", "0202"]
    elsewhere = {"role": "provider", "area_code": "020201", "unit_code": "OW-0202"}
    refused = await registry.post(f"/accounts/{account['id']}/grants", "operator@", json=elsewhere)
    assert refused.json()["errors"][0]["code"] == "unit_unknown"


async def test_units_of_neighbours_that_serve_each_other_are_registered_at_once(registry: Registry) -> None:
    body = {"kind": "health_centre", "name_km": "ក", "name_en": "A"}
    pairs = [("020201", "020202"), ("020202", "020201")] * 3
    answers = await asyncio.gather(
        *(
            registry.post("/units", OFFICER, json=body | {"area_code": own, "catchment": [other]})
            for own, other in pairs
        ),
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    changes = await asyncio.gather(
        registry.patch("/units/HC-020201-1", OFFICER, etag='"1"', json={"catchment": ["020202", "020301"]}),
        registry.post("/units/HC-020201-1:move", OFFICER, json={"area_code": "020202", "reason": "Rebuilt there."}),
    )
    assert {answer.status_code for answer in changes} <= {200, 412, 422}, [answer.text for answer in changes]
