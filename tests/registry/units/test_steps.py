"""Closing, opening again, moving and changing the kind of units."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.registry.areas.models import today_in_cambodia
from tests.registry.conftest import Registry, grant, until_waiting

OFFICER = "district_officer@0202"
REASON = {"reason": "As the district decided."}
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("close", REASON),
    ("reopen", REASON),
    ("move", REASON | {"area_code": "020202"}),
    ("change-kind", REASON | {"kind": "health_post"}),
    ("merge", REASON | {"into": "HC-020202-1"}),
]


@pytest.mark.parametrize(("step", "body"), STEPS)
async def test_who_may_take_a_step(registry: Registry, step: str, body: dict[str, Any]) -> None:
    await registry.unit()
    await registry.unit(area="020202")
    path = f"/units/HC-020201-1:{step}"
    assert (await registry.post(path, json=body)).status_code == 401
    for who in ("provider@020201/HC-020201-1", "commune_clerk@020201", "partner@"):
        assert (await registry.post(path, who, json=body)).json()["code"] == "permission_missing"
    assert (await registry.post(path, "district_officer@0203", json=body)).json()["code"] == "area_not_covered"
    for bad in ({}, body | {"reason": " "}, body | {"colour": "blue"}, body | {"reason": 7}):
        refused = await registry.post(path, OFFICER, json=bad)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert (await registry.post(f"/units/HC-020201-9:{step}", OFFICER, json=body)).status_code == 404
    if step == "reopen":
        await registry.post("/units/HC-020201-1:close", OFFICER, json=REASON)
    assert (await registry.post(path, OFFICER, json=body)).status_code == 200
    [entry, *_] = (await registry.get("/audit", "operator@", params={"subject_kind": "unit"})).json()["items"]
    assert entry["detail"]["reason"] == REASON["reason"]


async def test_a_unit_closes_on_a_day_and_a_wrong_closing_is_undone(registry: Registry) -> None:
    await registry.unit(opened_on="2020-01-01")
    path = "/units/HC-020201-1"
    for day, code in (
        ("2019-12-31", "closed_before_opened"),
        (str(today_in_cambodia() + timedelta(1)), "date_in_future"),
    ):
        refused = await registry.post(f"{path}:close", OFFICER, json=REASON | {"on": day})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/on")
        assert refused.json()["code"] == code or refused.json()["errors"][0]["code"] == code
    closed = (await registry.post(f"{path}:close", OFFICER, json=REASON | {"on": "2026-01-31"})).json()
    assert (closed["status"], closed["closed_on"], closed["close_reason"]) == ("closed", "2026-01-31", REASON["reason"])
    assert (await registry.patch(path, OFFICER, etag='"2"', json={"note": "x"})).json()["code"] == "unit_closed"
    opened = (await registry.post(f"{path}:reopen", OFFICER, json=REASON)).json()
    assert (opened["status"], opened["closed_on"], opened["close_reason"], opened["version"]) == ("open", None, None, 3)
    assert (await registry.post(f"{path}:reopen", OFFICER, json=REASON)).json()["code"] == "unit_open"


async def test_an_area_has_its_one_unit_at_a_time_again_after_one_closed(registry: Registry) -> None:
    await registry.unit("commune_administration")
    await registry.post("/units/CA-020201:close", OFFICER, json=REASON)
    assert (await registry.unit("commune_administration"))["code"] == "CA-020201-2"
    refused = await registry.post("/units/CA-020201:reopen", OFFICER, json=REASON)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_exists")
    await registry.post("/units/CA-020201-2:close", OFFICER, json=REASON)
    assert (await registry.post("/units/CA-020201:reopen", OFFICER, json=REASON)).status_code == 200


async def test_a_unit_moves_with_the_accounts_of_its_staff(registry: Registry) -> None:
    await registry.unit(catchment=["020202"])
    staff = await registry.person("provider@020201/HC-020201-1", "caf@020201")
    path, body = "/units/HC-020201-1:move", REASON | {"area_code": "020202", "on": "2026-01-31"}
    both = await registry.post(path, OFFICER, json=body | {"area_code": "020301"})
    assert (both.status_code, both.json()["code"]) == (403, "area_not_covered")
    for area in ("0203", "030101", "020299"):
        refused = await registry.post(path, "ncdds@", json=body | {"area_code": area})
        if area == "030101":
            assert refused.status_code == 200
            assert (await registry.post(path, "ncdds@", json=body | {"area_code": "020201"})).status_code == 200
        else:
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/area_code")
    moved = (await registry.post(path, OFFICER, json=body)).json()
    assert (moved["code"], moved["area_code"], moved["catchment"], moved["version"]) == ("HC-020201-1", "020202", [], 4)
    account = (await registry.get(f"/accounts/{staff['id']}", "operator@")).json()
    held = {(grant["role"], grant["area_code"], grant["unit_code"]) for grant in account["grants"]}
    assert held == {("provider", "020202", "HC-020201-1"), ("caf", "020201", None)}
    [(valid_from,)] = await registry.rows("SELECT valid_from FROM account WHERE username IS NOT NULL")
    assert valid_from is not None, "tokens that name the old area hold no longer"
    assert (await registry.post(path, OFFICER, json=body)).json()["code"] == "unit_there_already"
    assert (await registry.unit())["code"] == "HC-020201-2"
    listed = (await registry.get("/units?area=020202")).json()["items"]
    assert [unit["code"] for unit in listed] == ["HC-020201-1"]


async def test_only_one_administration_moves_into_a_commune(registry: Registry) -> None:
    for area in ("020201", "020202"):
        await registry.unit("commune_administration", area)
    refused = await registry.post("/units/CA-020201:move", OFFICER, json=REASON | {"area_code": "020202"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_exists")
    for area in ("0202", "0203"):
        await registry.unit("one_window_service_office", area)
    refused = await registry.post("/units/OW-0202:move", "ncdds@", json=REASON | {"area_code": "0203"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_exists")


async def test_a_health_post_becomes_a_health_centre_and_is_found_by_both_codes(registry: Registry) -> None:
    post = await registry.unit("health_post")
    await registry.execute(
        "INSERT INTO participation (year, unit_id, area_code, supply_side, demand_side, version)"
        " SELECT 2026, id, area_code, true, true, 1 FROM unit"
    )
    staff = await registry.person("provider@020201/HP-020201-1")
    path, body = "/units/HP-020201-1:change-kind", REASON | {"kind": "health_centre"}
    for kind, code in (
        ("hospital", "unit_kind_unknown"),
        ("health_post", "unit_kind_same"),
        ("one_window_service_office", "area_level_wrong"),
    ):
        refused = await registry.post(path, OFFICER, json=body | {"kind": kind})
        error = refused.json()["errors"][0]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, "/kind", code)
    unfit = await registry.post(path, OFFICER, json=body | {"code": "HP-020201-5"})
    assert unfit.json()["errors"][0]["pointer"] == "/code"
    grown = (await registry.post(path, OFFICER, json=body)).json()
    assert (grown["code"], grown["kind"], grown["aliases"]) == ("HC-020201-1", "health_centre", ["HP-020201-1"])
    assert grown["id"] == post["id"]
    [told] = (await registry.get("/changes?kinds=participation")).json()["items"]
    assert (told["data"]["code"], told["data"]["kind"]) == ("HC-020201-1", "health_centre")
    for code in ("HP-020201-1", "HC-020201-1"):
        read = await registry.get(f"/units/{code}")
        assert (read.json(), read.headers["etag"]) == (grown, '"2"')
    stale = await registry.patch("/units/HP-020201-1", OFFICER, etag='"2"', json={"note": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "unit_code_changed")
    account = (await registry.get(f"/accounts/{staff['id']}", "operator@")).json()
    assert [grant["unit_code"] for grant in account["grants"]] == ["HC-020201-1"]
    assert (await registry.unit("health_post"))["code"] == "HP-020201-2"
    serving = await registry.patch("/units/HC-020201-1", OFFICER, etag='"2"', json={"catchment": ["020202"]})
    assert serving.status_code == 200
    back = await registry.post("/units/HC-020201-1:change-kind", OFFICER, json=REASON | {"kind": "health_post"})
    assert (back.status_code, back.json()["code"]) == (409, "unit_has_catchment")


async def test_a_move_and_a_closing_at_once_agree(registry: Registry) -> None:
    await registry.unit()
    moved, closed = await asyncio.gather(
        registry.post("/units/HC-020201-1:move", OFFICER, json=REASON | {"area_code": "020202"}),
        registry.post("/units/HC-020201-1:close", OFFICER, json=REASON),
    )
    assert closed.status_code == 200
    assert moved.status_code in (200, 409)
    unit = (await registry.get("/units/HC-020201-1")).json()
    assert (unit["status"], unit["area_code"]) == ("closed", "020202" if moved.status_code == 200 else "020201")


async def test_two_administrations_that_move_into_a_commune_at_once(registry: Registry) -> None:
    for area in ("020201", "020301"):
        await registry.unit("commune_administration", area)
    answers = await asyncio.gather(
        *(
            registry.post(f"/units/CA-{area}:move", "ncdds@", json=REASON | {"area_code": "020202"})
            for area in ("020201", "020301")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_many_steps_at_once_leave_every_code_leading_to_one_unit(registry: Registry) -> None:
    codes = [(await registry.unit("health_post", area))["code"] for area in ("020201", "020202") for _ in range(3)]
    await registry.person(*(f"provider@{code[3:9]}/{code}" for code in codes))
    steps = [
        (codes[0], "merge", {"into": codes[1]}),
        (codes[1], "merge", {"into": codes[2]}),
        (codes[2], "merge", {"into": codes[0]}),
        (codes[1], "move", {"area_code": "020202"}),
        (codes[3], "move", {"area_code": "020201"}),
        (codes[3], "merge", {"into": codes[0]}),
        (codes[4], "change-kind", {"kind": "health_centre"}),
        (codes[5], "merge", {"into": codes[4]}),
        (codes[4], "move", {"area_code": "020201"}),
        (codes[5], "close", {}),
    ]
    answers = await asyncio.gather(
        *(registry.post(f"/units/{code}:{step}", "ncdds@", json=REASON | body) for code, step, body in steps)
    )
    refused = {(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 200}
    assert all(status == 409 or (status, code) == (503, "busy") for status, code in refused), refused
    for code in codes:
        unit = (await registry.get(f"/units/{code}")).json()
        assert code == unit["code"] or code in unit["aliases"]
        assert unit["merged_into"] is None
    [account] = (await registry.get("/accounts", "operator@")).json()["items"]
    for held in account["grants"]:
        unit = (await registry.get(f"/units/{held['unit_code']}")).json()
        assert (held["unit_code"], held["area_code"]) == (unit["code"], unit["area_code"])


async def test_a_provider_who_is_named_while_the_unit_moves_goes_along(registry: Registry) -> None:
    await registry.unit()
    account = await registry.person("citizen@")
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": UUID(account["id"])})
        given = grant("provider@020201/HC-020201-1")
        giving = asyncio.create_task(registry.post(f"/accounts/{account['id']}/grants", OFFICER, json=given))
        await until_waiting(registry, giving)
        to = REASON | {"area_code": "020202"}
        moving = asyncio.create_task(registry.post("/units/HC-020201-1:move", OFFICER, json=to))
        await until_waiting(registry, moving, number=2)
    assert [(await giving).status_code, (await moving).status_code] == [201, 200]
    held = await registry.rows("SELECT area_code FROM account_grant WHERE unit_code = 'HC-020201-1'")
    assert [row.area_code for row in held] == ["020202"]
