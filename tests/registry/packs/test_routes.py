"""Publishing packs and reading them as they were published."""

import asyncio
from uuid import UUID

from tests.registry.conftest import API, Registry

UNIT = "HC-020201-1"
OFFICER = "district_officer@0202"
CLERK, OFFICER_ID = UUID(int=21), UUID(int=22)


async def enter(registry: Registry, year: int = 2026, **values: object) -> None:
    """Facts of the unit's year, entered and submitted by the clerk, approved by the officer."""
    path = f"/units/{UNIT}/facts/{year}"
    facts = {code: value if isinstance(value, dict) else {"value": value} for code, value in values.items()}
    clerk = registry.world.as_("commune_clerk@020201", user_id=CLERK)
    entered = await registry.client.http.put(f"{API}{path}", headers=clerk, json={"facts": facts})
    assert entered.status_code == 200, entered.text
    assert (await registry.post(f"{path}:submit", "commune_clerk@020201", user_id=CLERK)).status_code == 200
    approved = await registry.post(f"{path}:approve", OFFICER, user_id=OFFICER_ID)
    assert approved.status_code == 200, approved.text


async def test_a_pack_is_published_read_and_withdrawn(registry: Registry) -> None:
    await registry.unit()
    path = f"/units/{UNIT}/packs/2026"
    assert (await registry.post(f"{path}:publish")).status_code == 401
    for role in ("provider@020201/HC-020201-1", "commune_clerk@020201", "partner@02", "operator@"):
        assert (await registry.post(f"{path}:publish", role)).json()["code"] == "permission_missing"
    assert (await registry.post(f"{path}:publish", "district_officer@0203")).json()["code"] == "area_not_covered"
    assert (await registry.get(f"/units/{UNIT}/pack")).status_code == 404

    first = await registry.post(f"{path}:publish", OFFICER)
    assert (first.status_code, first.json()["version"], first.json()["facts"]) == (201, 1, 0)
    again = await registry.post(f"{path}:publish", OFFICER)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    await enter(registry, outpatients={"value": 8412, "target": 9000}, children_vaccinated=92.5)
    await enter(registry, year=2025, outpatients=8000, staff=7)
    second = await registry.post(f"{path}:publish", OFFICER)
    assert (second.status_code, second.json()["version"], second.json()["facts"]) == (201, 2, 3)

    shown = await registry.get(f"/units/{UNIT}/pack")
    content = shown.json()
    assert (content["version"], content["year"], content["example"]) == (2, 2026, True)
    assert [area["code"] for area in content["unit"]["areas"]] == ["02", "0202", "020201"]
    facts = {fact["code"]: fact for fact in content["facts"]}
    assert (facts["outpatients"]["value"], facts["outpatients"]["previous"], facts["outpatients"]["target"]) == (
        8412, 8000, 9000,
    )  # fmt: skip
    assert (facts["staff"]["year"], facts["children_vaccinated"]["value"]) == (2025, 92.5)
    same = await registry.client.http.get(f"{API}/units/{UNIT}/pack", headers={"If-None-Match": shown.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    before = await registry.get(f"/units/{UNIT}/pack", params={"year": 2026, "version": 1})
    assert before.json()["facts"] == []

    withdraw = f"{path}/2:withdraw"
    reason = {"reason": "The number of patients was wrong."}
    assert (await registry.post(withdraw, "district_officer@0203", json=reason)).status_code == 403
    taken = await registry.post(withdraw, OFFICER, json=reason)
    assert (taken.status_code, taken.json()["withdrawal_reason"]) == (200, reason["reason"])
    assert (await registry.post(withdraw, OFFICER, json=reason)).status_code == 409
    assert (await registry.get(f"/units/{UNIT}/pack", params={"year": 2026})).status_code == 410
    assert (await registry.get(f"/units/{UNIT}/pack", params={"year": 2026, "version": 2})).status_code == 410
    assert (await registry.get(f"/units/{UNIT}/pack")).status_code == 410
    assert (await registry.get(f"/units/{UNIT}/pack", params={"version": 1})).json()["code"] == "year_required"
    other = await registry.get(f"/units/{UNIT}/pack", params={"year": 2026, "version": 9})
    assert (other.status_code, "No pack 9" in other.json()["detail"]) == (404, True)
    third = await registry.post(f"{path}:publish", OFFICER)
    assert (third.status_code, third.json()["version"]) == (201, 3)
    versions = (await registry.get(f"/units/{UNIT}/packs")).json()["items"]
    assert [(one["version"], one["current"]) for one in versions] == [(3, True), (2, False), (1, False)]
    told = await registry.rows("SELECT subject FROM outbox WHERE subject LIKE '%.pack.%' ORDER BY seq")
    assert [row.subject.split(".")[3] for row in told] == ["published", "published", "withdrawn", "published"]


async def test_what_cannot_be_published(registry: Registry) -> None:
    await registry.unit()
    assert (await registry.post("/units/HC-020201-9/packs/2026:publish", OFFICER)).status_code == 404
    assert (await registry.post(f"/units/{UNIT}/packs/1999:publish", OFFICER)).status_code == 422
    unknown = await registry.post(f"/units/{UNIT}/packs/2026/7:withdraw", OFFICER, json={"reason": "Wrong."})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "pack_not_found")
    for body, pointer in (({}, "/reason"), ({"reason": ""}, "/reason"), ({"reason": "x", "why": "y"}, "/why")):
        answer = await registry.post(f"/units/{UNIT}/packs/2026/1:withdraw", OFFICER, json=body)
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    await registry.unit("health_post")
    empty = await registry.post("/units/HP-020201-1/packs/2026:publish", OFFICER)
    assert (empty.status_code, empty.json()["code"]) == (409, "pack_empty")
    closed = {"reason": "Given up."}
    assert (await registry.post(f"/units/{UNIT}:close", OFFICER, json=closed)).status_code == 200
    assert (await registry.post(f"/units/{UNIT}/packs/2026:publish", OFFICER)).json()["code"] == "unit_closed"


async def test_two_who_publish_at_once_make_one_version(registry: Registry) -> None:
    await registry.unit()
    answers = await asyncio.gather(*(registry.post(f"/units/{UNIT}/packs/2026:publish", OFFICER) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert {answer.json()["version"] for answer in answers} == {1}


async def test_a_preview_publishes_nothing(registry: Registry) -> None:
    await registry.unit()
    path = f"/units/{UNIT}/pack-preview"
    assert (await registry.get(path, params={"year": 2026})).status_code == 401
    assert (await registry.get(path, "district_officer@0203", params={"year": 2026})).status_code == 403
    preview = await registry.get(path, OFFICER, params={"year": 2026})
    assert (preview.status_code, len(preview.json()["standards"])) == (200, 7)
    assert (await registry.get(f"/units/{UNIT}/packs")).json()["items"] == []
