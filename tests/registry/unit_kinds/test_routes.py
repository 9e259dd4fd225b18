"""Kinds of units are data."""

import asyncio
from typing import Any

from tests.registry.conftest import Registry

HOSPITAL = {
    "code": "referral_hospital",
    "prefix": "RH",
    "name_km": "មន្ទីរពេទ្យបង្អែក",
    "name_en": "Referral hospital",
    "level": "district",
    "numbered": True,
}


async def test_five_kinds_are_there_from_the_beginning(registry: Registry) -> None:
    kinds = (await registry.get("/unit-kinds")).json()["items"]
    assert [
        (kind["code"], kind["prefix"], kind["level"], kind["numbered"], kind["has_catchment"]) for kind in kinds
    ] == [
        ("commune_administration", "CA", "commune", False, False),
        ("health_centre", "HC", "commune", True, True),
        ("health_post", "HP", "commune", True, False),
        ("one_window_service_office", "OW", "district", False, False),
        ("primary_school", "PS", "commune", True, False),
    ]
    assert kinds[1]["name_km"] == "មណ្ឌលសុខភាព"
    one = await registry.get("/unit-kinds/health_centre")
    assert (one.json(), one.headers["etag"]) == (kinds[1], '"1"')
    assert (await registry.get("/unit-kinds/hospital")).json()["code"] == "unit_kind_not_found"
    assert (await registry.get("/unit-kinds/HC")).status_code == 422


async def test_who_may_add_and_change_kinds(registry: Registry) -> None:
    path, new = "/unit-kinds/health_post", {"name_en": "Post"}
    assert (await registry.post("/unit-kinds", json=HOSPITAL)).status_code == 401
    assert (await registry.patch(path, etag='"1"', json=new)).status_code == 401
    for who, code in (("province_officer@02", "permission_missing"), ("operator@02", "area_not_covered")):
        refused = await registry.post("/unit-kinds", who, json=HOSPITAL)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
        assert (await registry.patch(path, who, etag='"1"', json=new)).json()["code"] == code
    assert (await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL)).status_code == 201
    assert (await registry.patch(path, "operator@", etag='"1"', json=new)).status_code == 200
    assert (await registry.patch(path, "ncdds@", json=new)).status_code == 428
    assert (await registry.patch(path, "ncdds@", etag='"1"', json=new)).status_code == 412
    assert (await registry.patch("/unit-kinds/none", "ncdds@", etag='"1"', json=new)).status_code == 404
    entries = (await registry.get("/audit", "operator@", params={"subject_kind": "unit_kind"})).json()["items"]
    assert [(entry["subject"], entry["action"]) for entry in entries] == [
        ("health_post", "changed"),
        ("referral_hospital", "created"),
    ]


BAD_KINDS: list[tuple[dict[str, Any], str]] = [
    ({"code": "Hospital"}, "/code"),
    ({"code": "h" * 41}, "/code"),
    ({"prefix": "R"}, "/prefix"),
    ({"prefix": "rh"}, "/prefix"),
    ({"prefix": "HOSPI"}, "/prefix"),
    ({"level": "nation"}, "/level"),
    ({"numbered": "perhaps"}, "/numbered"),
    ({"name_km": " "}, "/name_km"),
    ({"active": False}, "/active"),
]


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"prefix": "1"}, "/prefix"),
    ({"code": "other"}, "/code"),
    ({"active": 7}, "/active"),
]


async def test_bad_kinds_are_named(registry: Registry) -> None:
    for change, pointer in BAD_KINDS:
        answer = await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL | change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), change
    for change, pointer in BAD_CHANGES:
        answer = await registry.patch("/unit-kinds/health_post", "ncdds@", etag='"1"', json=change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), change
    headers = {"Content-Type": "application/json"}
    garbage = await registry.post("/unit-kinds", "ncdds@", content=b"\xff\x00{", headers=headers)
    assert (garbage.status_code, garbage.headers["content-type"]) == (400, "application/problem+json")
    for taken in ({"code": "health_post"}, {"prefix": "HC"}):
        answer = await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL | taken)
        assert (answer.status_code, answer.json()["code"]) == (409, "unit_kind_exists")


async def test_two_who_add_a_kind_at_once_make_one(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/unit-kinds", "ncdds@", json=HOSPITAL) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_new_kind_has_units_at_its_level(registry: Registry) -> None:
    await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL)
    hospital = await registry.unit("referral_hospital", "0202")
    assert (hospital["code"], hospital["area_code"]) == ("RH-0202-1", "0202")
    body = {"kind": "referral_hospital", "name_km": "ក", "name_en": "A"}
    wrong = await registry.post("/units", "ncdds@", json=body | {"area_code": "020201"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/area_code")
    inactive = await registry.patch("/unit-kinds/referral_hospital", "ncdds@", etag='"1"', json={"active": False})
    assert inactive.json()["active"] is False
    refused = await registry.post("/units", "ncdds@", json=body | {"area_code": "0202"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_kind_inactive")
    assert [kind["code"] for kind in (await registry.get("/unit-kinds?active=false")).json()["items"]] == [
        "referral_hospital"
    ]


async def test_what_codes_are_made_of_stays_once_there_are_units(registry: Registry) -> None:
    await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL)
    path = "/unit-kinds/referral_hospital"
    changed = await registry.patch(path, "ncdds@", etag='"1"', json={"prefix": "HO", "level": "province"})
    assert (changed.json()["prefix"], changed.json()["level"]) == ("HO", "province")
    taken = await registry.patch(path, "ncdds@", etag='"2"', json={"prefix": "HC"})
    assert taken.json()["code"] == "unit_kind_exists"
    await registry.unit("referral_hospital", "02")
    for change in ({"prefix": "RH"}, {"level": "district"}, {"numbered": False}):
        refused = await registry.patch(path, "ncdds@", etag='"2"', json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "unit_kind_in_use")
    same = await registry.patch(path, "ncdds@", etag='"2"', json={"prefix": "HO", "has_catchment": True})
    assert (same.status_code, same.json()["has_catchment"]) == (200, True)


async def test_a_catchment_is_not_taken_from_a_kind_whose_units_have_one(registry: Registry) -> None:
    await registry.unit(catchment=["020202"])
    path = "/unit-kinds/health_centre"
    refused = await registry.patch(path, "ncdds@", etag='"1"', json={"has_catchment": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_kind_has_catchments")
    await registry.patch("/units/HC-020201-1", "ncdds@", etag='"1"', json={"catchment": []})
    assert (await registry.patch(path, "ncdds@", etag='"1"', json={"has_catchment": False})).status_code == 200


async def test_a_unit_and_a_change_of_its_kinds_prefix_at_once_agree(registry: Registry) -> None:
    await registry.post("/unit-kinds", "ncdds@", json=HOSPITAL)
    unit = {"kind": "referral_hospital", "area_code": "0202", "name_km": "ក", "name_en": "A"}
    created, changed = await asyncio.gather(
        registry.post("/units", "ncdds@", json=unit),
        registry.patch("/unit-kinds/referral_hospital", "ncdds@", etag='"1"', json={"prefix": "HO"}),
    )
    assert created.status_code == 201
    assert (changed.status_code, created.json()["code"]) in [(200, "HO-0202-1"), (409, "RH-0202-1")]


async def test_everybody_gets_the_kinds_by_the_feed(registry: Registry) -> None:
    first = (await registry.get("/changes?area=020201&kinds=unit_kind")).json()
    assert [item["data"]["prefix"] for item in first["items"]] == ["CA", "HC", "HP", "PS", "OW"]
    await registry.patch("/unit-kinds/health_post", "ncdds@", etag='"1"', json={"active": False})
    later = (await registry.get(f"/changes?area=020201&kinds=unit_kind&since={first['since']}")).json()
    assert [(item["id"], item["gone"], item["data"]["active"]) for item in later["items"]] == [
        ("health_post", False, False)
    ]
