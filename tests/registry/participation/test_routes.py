"""Saying who takes part in a year: officers all of it, partners the demand side and their own support."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from services.registry.areas.models import Area, today_in_cambodia
from services.registry.areas.telling import tell_areas
from tests.registry.conftest import Registry

PATH = "/participations/2026/HC-020201-1"
OFFICER = "district_officer@0202"
PARTNER, OTHER_PARTNER = UUID(int=11), UUID(int=12)
BOTH: dict[str, Any] = {"supply_side": True, "demand_side": True}


async def put(
    registry: Registry, path: str, *grants: str, etag: str | None = None, user_id: UUID | None = None, **body: Any
) -> Any:
    headers = registry.world.as_(*grants, user_id=user_id) if grants else {}
    headers |= {"If-Match": etag} if etag else {}
    return await registry.client.http.put(f"/api/registry/v1{path}", headers=headers, json=body)


async def test_who_may_say_it(registry: Registry) -> None:
    await registry.unit()
    assert (await put(registry, PATH, **BOTH)).status_code == 401
    for role in ("citizen@", "caf@020201", "provider@020201/HC-020201-1", "jaapc@020201", "operator@"):
        answer = await put(registry, PATH, role, **BOTH)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    for role in ("district_officer@0203", "province_officer@03", "partner@0203"):
        answer = await put(registry, PATH, role, **BOTH)
        assert (answer.status_code, answer.json()["code"]) == (403, "area_not_covered")
    said = await put(registry, PATH, OFFICER, **BOTH, supporting_ngo="CARE", note="Since March.")
    assert (said.status_code, said.headers["etag"]) == (200, '"1"')
    expected = BOTH | {"year": 2026, "code": "HC-020201-1", "kind": "health_centre", "area_code": "020201"}
    assert said.json().items() >= expected.items()
    assert (await registry.get(PATH)).json() == said.json()
    trail = await registry.rows("SELECT subject, action, detail FROM audit_entry WHERE subject_kind = 'participation'")
    assert [(row.subject, row.action, row.detail["supporting_ngo"]) for row in trail] == [
        ("2026/HC-020201-1", "created", "CARE")
    ]


async def test_a_change_names_what_it_changes(registry: Registry) -> None:
    await registry.unit()
    assert (await put(registry, PATH, OFFICER, etag='"1"', **BOTH)).status_code == 412
    assert (await put(registry, PATH, OFFICER, **BOTH)).status_code == 200
    assert (await put(registry, PATH, OFFICER, supply_side=True)).status_code == 428
    changed = await put(registry, PATH, OFFICER, etag='"1"', supply_side=True)
    assert (changed.json()["demand_side"], changed.headers["etag"]) == (False, '"2"')
    assert (await put(registry, PATH, OFFICER, etag='"1"', **BOTH)).status_code == 412


async def test_two_at_once_do_not_overwrite_each_other(registry: Registry) -> None:
    await registry.unit()
    answers = await asyncio.gather(*(put(registry, PATH, OFFICER, note=f"n{n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 428, 428, 428]
    answers = await asyncio.gather(*(put(registry, PATH, OFFICER, etag='"1"', note=f"m{n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"supply_side": "yes"}, "/supply_side"),
    ({"demand_side": None}, "/demand_side"),
    ({"supporting_ngo": ""}, "/supporting_ngo"),
    ({"supporting_ngo": "x" * 201}, "/supporting_ngo"),
    ({"note": "a\x00b"}, "/note"),
    ({"year": 2026}, "/year"),
]


async def test_bad_input_is_named(registry: Registry) -> None:
    await registry.unit()
    for body, pointer in BAD:
        answer = await put(registry, PATH, OFFICER, **body)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    for path, status in (
        ("/participations/1999/HC-020201-1", 422),
        ("/participations/2026/hc", 422),
        ("/participations/2026/020201", 422),
        ("/participations/2026/HC-020201-9", 404),
        ("/participations/2026/0299", 404),
    ):
        answer = await put(registry, path, OFFICER, **BOTH)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (await registry.get(PATH)).status_code == 404


async def test_a_closed_unit_takes_part_no_more(registry: Registry) -> None:
    await registry.unit()
    await registry.post("/units/HC-020201-1:close", "operator@", json={"reason": "Shut."})
    answer = await put(registry, PATH, OFFICER, **BOTH)
    assert (answer.status_code, answer.json()["code"]) == (409, "subject_closed")


async def test_a_district_administration_takes_part_by_its_code(registry: Registry) -> None:
    for role, status in (("district_officer@0203", 403), ("caf@020201", 403), (OFFICER, 200)):
        assert (await put(registry, "/participations/2026/0202", role, **BOTH)).status_code == status
    shown = (await registry.get("/participations/2026/0202")).json()
    assert (shown["kind"], shown["code"], shown["area_code"], shown["unit_id"]) == ("district", "0202", "0202", None)


async def test_a_partner_sets_the_demand_side_and_its_own_support(registry: Registry) -> None:
    await registry.unit()
    partner = "partner@02"
    wrongs: list[dict[str, Any]] = [{"supply_side": True}, {"note": "Ours"}]
    for wrong in wrongs:
        answer = await put(registry, PATH, partner, demand_side=True, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "supply_side_not_yours")
    mine = await put(registry, PATH, partner, user_id=PARTNER, demand_side=True, supporting_ngo="CARE")
    assert mine.status_code == 200
    theirs = await put(registry, PATH, partner, etag='"1"', user_id=OTHER_PARTNER, supporting_ngo="RACHA")
    assert (theirs.status_code, theirs.json()["code"]) == (403, "support_of_another")
    officer = await put(registry, PATH, OFFICER, etag='"1"', **BOTH, supporting_ngo="CARE", note="Agreed.")
    assert officer.status_code == 200
    kept: dict[str, Any] = {"supply_side": True, "note": "Agreed."}
    taken_back = await put(registry, PATH, partner, etag='"2"', user_id=PARTNER, **kept)
    assert (taken_back.status_code, taken_back.json()["supporting_ngo"]) == (200, None)
    kept |= {"demand_side": True, "supporting_ngo": "RACHA"}
    now_theirs = await put(registry, PATH, partner, etag='"3"', user_id=OTHER_PARTNER, **kept)
    assert now_theirs.status_code == 200
    both_roles = await put(registry, PATH, partner, OFFICER, etag='"4"', user_id=PARTNER, **BOTH)
    assert both_roles.status_code == 200


async def test_the_list_narrows_and_pages(registry: Registry) -> None:
    for kind, area in (("health_centre", "020201"), ("primary_school", "020202"), ("health_centre", "030101")):
        await registry.unit(kind, area)
    said: list[tuple[str, dict[str, Any]]] = [
        ("HC-020201-1", {"supply_side": True}),
        ("PS-020202-1", BOTH),
        ("HC-030101-1", {"demand_side": True}),
        ("0202", BOTH),
        ("0203", {}),
    ]
    for code, sides in said:
        assert (await put(registry, f"/participations/2026/{code}", "ncdds@", **sides)).status_code == 200
    await put(registry, "/participations/2025/HC-020201-1", "ncdds@", **BOTH)

    async def codes(**params: Any) -> list[str]:
        params = {"year": 2026, "limit": 2} | params
        return [item["code"] for item in await registry.all_pages("/participations", **params)]

    assert await codes() == ["0202", "HC-020201-1", "PS-020202-1", "0203", "HC-030101-1"]
    assert await codes(area="02") == ["0202", "HC-020201-1", "PS-020202-1", "0203"]
    assert await codes(area="020202") == ["PS-020202-1"]
    assert await codes(kind="district") == ["0202", "0203"]
    assert await codes(kind="health_centre", side="supply") == ["HC-020201-1"]
    assert await codes(side="both") == ["0202", "PS-020202-1"]
    assert await codes(side="demand") == ["0202", "PS-020202-1", "HC-030101-1"]
    assert await codes(side="none") == ["0203"]
    assert await codes(year=2025) == ["HC-020201-1"]
    wrongs: list[dict[str, Any]] = [
        {}, {"year": "x"}, {"year": 2026, "side": "left"}, {"year": 2026, "cursor": "WzFd"}
    ]  # fmt: skip
    for wrong in wrongs:
        assert (await registry.get("/participations", params=wrong)).status_code == 422


@pytest.mark.parametrize("grants", [["ncdds@"], ["province_officer@02"]])
async def test_a_year_begins_as_the_last_one_was(registry: Registry, grants: list[str]) -> None:
    for area in ("020201", "020202"):
        await registry.unit(area=area)
    await registry.unit("primary_school", "020202")
    last: list[tuple[str, dict[str, Any]]] = [
        ("HC-020201-1", BOTH), ("HC-020202-1", BOTH), ("PS-020202-1", {}), ("0202", BOTH)
    ]  # fmt: skip
    for code, sides in last:
        await put(registry, f"/participations/2025/{code}", OFFICER, **sides, supporting_ngo="CARE", note="Then.")
    await put(registry, PATH, OFFICER, demand_side=True)
    await registry.post("/units/HC-020202-1:close", "operator@", json={"reason": "Shut."})
    body = {"from_year": 2025, "to_year": 2026, "area": "02"}
    answers = [await registry.post("/participations:carry-over", *grants, json=body) for _ in range(2)]
    assert [answer.json() for answer in answers] == [
        {"created": 1, "there_already": 1, "closed": 1},
        {"created": 0, "there_already": 2, "closed": 1},
    ]
    carried = (await registry.get("/participations/2026/0202")).json()
    assert (carried["supporting_ngo"], carried["note"], carried["supply_side"]) == ("CARE", None, True)
    assert (await registry.get(PATH)).json()["supply_side"] is False


async def test_who_may_carry_a_year_over(registry: Registry) -> None:
    body: dict[str, Any] = {"from_year": 2025, "to_year": 2026, "area": "02"}
    path = "/participations:carry-over"
    assert (await registry.post(path, json=body)).status_code == 401
    for role in ("caf@020201", "operator@", "province_officer@03", OFFICER, "partner@02"):
        assert (await registry.post(path, role, json=body)).status_code == 403
    wrongs: list[dict[str, Any]] = [{"to_year": 2025}, {"area": "2"}, {"from_year": "x"}, {"colour": 1}]
    for wrong in wrongs:
        assert (await registry.post(path, "ncdds@", json=body | wrong)).status_code == 422


async def test_two_carry_a_year_over_at_once(registry: Registry) -> None:
    await registry.unit()
    await put(registry, "/participations/2025/HC-020201-1", OFFICER, **BOTH)
    body = {"from_year": 2025, "to_year": 2026}
    answers = await asyncio.gather(*(registry.post("/participations:carry-over", "ncdds@", json=body) for _ in "123"))
    assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 1]


async def test_the_feed_tells_who_takes_part(registry: Registry) -> None:
    await registry.unit()
    since = (await registry.get("/changes?kinds=participation&area=0202")).json()["since"]
    await put(registry, PATH, OFFICER, **BOTH)
    await put(registry, "/participations/2026/0202", OFFICER, **BOTH)
    feed = (await registry.get(f"/changes?kinds=participation&area=020201&since={since}")).json()
    assert [(item["data"]["code"], item["gone"]) for item in feed["items"]] == [("HC-020201-1", False), ("0202", False)]
    await put(registry, PATH, OFFICER, etag='"1"')
    feed = (await registry.get(f"/changes?kinds=participation&area=020201&since={feed['since']}")).json()
    assert [(item["kind"], item["gone"]) for item in feed["items"]] == [("participation", True)]


async def test_this_years_part_follows_a_unit_that_moves(registry: Registry) -> None:
    await registry.unit()
    this_year = today_in_cambodia().year
    for year in (this_year - 1, this_year):
        await put(registry, f"/participations/{year}/HC-020201-1", "ncdds@", **BOTH)
        await put(registry, f"/participations/{year}/0202", "ncdds@", **BOTH)
    since = (await registry.get("/changes?kinds=participation&area=03")).json()["since"]
    moved = await registry.post("/units/HC-020201-1:move", "ncdds@", json={"area_code": "030101", "reason": "Built."})
    assert moved.status_code == 200, moved.text
    feed = (await registry.get(f"/changes?kinds=participation&area=03&since={since}")).json()["items"]
    assert [(item["data"]["year"], item["data"]["area_code"]) for item in feed] == [(this_year, "030101")]
    lay = await registry.rows("SELECT year, area_code FROM participation WHERE unit_id IS NOT NULL ORDER BY year")
    assert [tuple(row) for row in lay] == [(this_year - 1, "020201"), (this_year, "030101")]


async def test_this_years_part_bears_a_renumbered_districts_code(registry: Registry) -> None:
    this_year = today_in_cambodia().year
    for year in (this_year - 1, this_year):
        await put(registry, f"/participations/{year}/0301", "ncdds@", **BOTH)
    async with registry.client.runtime.database.transaction() as db:
        district = (await db.scalars(select(Area).where(col(Area.code) == "0301"))).one()
        district.code = "0309"
        await db.flush()
        await tell_areas(db, [district])
    shown = await registry.all_pages("/participations", year=this_year, area="0309")
    assert [(item["code"], item["area_code"]) for item in shown] == [("0309", "0309")]
    lay = await registry.rows("SELECT area_code FROM participation ORDER BY year")
    assert [row.area_code for row in lay] == ["0301", "0309"]
