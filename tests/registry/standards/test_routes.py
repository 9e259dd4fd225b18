"""Setting a kind's standards and citizens' rights, and what a unit does otherwise."""

import asyncio
from typing import Any

import pytest
from httpx import Response

from services.registry.standards import unit_routes
from services.registry.standards.files import StandardRows
from tests.registry.conftest import API, Registry

KIND = "/standards/health_post"
BODY: dict[str, Any] = {"name_km": "ពិនិត្យជំងឺ", "name_en": "Consultation", "position": 1, "fee_riel": 0}
UNIT = "/units/HC-020201-1/standards"
PROVIDER = "provider@020201/HC-020201-1"


async def put(registry: Registry, path: str, *grants: str, etag: str | None = None, **body: Any) -> Response:
    headers = registry.world.as_(*grants) if grants else {}
    headers |= {"If-Match": etag} if etag else {}
    return await registry.client.http.put(f"{API}{path}", headers=headers, json=body)


async def test_ncdds_sets_a_kinds_standards(registry: Registry) -> None:
    path = f"{KIND}/consultation"
    assert (await put(registry, path, **BODY)).status_code == 401
    assert (await put(registry, path, "province_officer@02", **BODY)).json()["code"] == "permission_missing"
    assert (await put(registry, path, "ncdds@02", **BODY)).json()["code"] == "area_not_covered"
    made = await put(registry, path, "ncdds@", **BODY)
    assert (made.status_code, made.headers["etag"], made.json()["is_example"]) == (200, '"1"', False)
    assert (await put(registry, path, "ncdds@", **BODY)).status_code == 428
    answers = await asyncio.gather(*(put(registry, path, "ncdds@", etag='"1"', **BODY) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert (await registry.get(path)).json()["version"] == 2
    assert (await registry.get(f"{KIND}/nothing")).status_code == 404
    shipped = (await registry.get("/standards", params={"kind": "health_centre", "limit": 3})).json()
    assert [one["code"] for one in shipped["items"]] == ["outpatient", "antenatal_care", "delivery"]
    rest = await registry.get("/standards", params={"kind": "health_centre", "cursor": shipped["next_cursor"]})
    assert len(rest.json()["items"]) == 4
    assert (await registry.get("/standards", params={"kind": "palace"})).status_code == 422
    trail = await registry.rows("SELECT subject, action FROM audit_entry WHERE subject_kind = 'standard'")
    assert [tuple(row) for row in trail] == [
        ("health_post/consultation", "created"), ("health_post/consultation", "changed"),
    ]  # fmt: skip


async def test_bad_standards_are_named(registry: Registry) -> None:
    for change, pointer in (
        ({"name_km": ""}, "/name_km"),
        ({"fee_riel": -1}, "/fee_riel"),
        ({"fee_riel": "2000"}, "/fee_riel"),
        ({"position": 0}, "/position"),
        ({"time_en": "x" * 501}, "/time_en"),
        ({"right_en": "a\x00b"}, "/right_en"),
        ({"kind": "health_post"}, "/kind"),
    ):
        answer = await put(registry, f"{KIND}/consultation", "ncdds@", **BODY | change)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await put(registry, "/standards/palace/a1", "ncdds@", **BODY)).json()["code"] == "unit_kind_unknown"
    assert (await put(registry, f"{KIND}/Not-a-code", "ncdds@", **BODY)).status_code == 422


async def test_rights_are_set_as_a_whole(registry: Registry) -> None:
    path = "/citizen-rights/health_centre"
    shipped = await registry.get(path)
    assert (len(shipped.json()["texts"]), shipped.json()["is_example"], shipped.headers["etag"]) == (5, True, '"1"')
    texts = [{"km": "សួរ", "en": "To ask"}]
    assert (await put(registry, path, "partner@02", texts=texts)).status_code == 403
    assert (await put(registry, path, "ncdds@", texts=texts)).status_code == 428
    changed = await put(registry, path, "ncdds@", etag='"1"', texts=texts)
    assert (changed.json()["texts"], changed.json()["is_example"], changed.json()["version"]) == (texts, False, 2)
    wrong = await put(registry, path, "ncdds@", etag='"2"', texts=[{"km": "សួរ"}])
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/texts/0/en"]
    assert (await put(registry, "/citizen-rights/health_post", "ncdds@", texts=texts)).json()["version"] == 1
    assert (await registry.get("/citizen-rights/palace")).status_code == 422


async def test_a_unit_does_otherwise(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.unit()
    path = f"{UNIT}/delivery"
    assert (await put(registry, path, fee_riel=30000)).status_code == 401
    assert (await put(registry, path, "caf@020201", fee_riel=30000)).json()["code"] == "permission_missing"
    for outside in ("provider@020201/HC-020201-2", "commune_clerk@020202", "district_officer@0203"):
        assert (await put(registry, path, outside, fee_riel=30000)).json()["code"] == "area_not_covered"
    said = await put(registry, path, PROVIDER, fee_riel=30000, time_km=None)
    assert (said.status_code, said.json()["changes"]) == (200, {"fee_riel": 30000, "time_km": None})
    assert (await put(registry, path, PROVIDER, hidden=True)).status_code == 428
    assert (await put(registry, f"{UNIT}/referral", "commune_clerk@020201", hidden=True)).status_code == 200
    own: dict[str, Any] = {"name_km": "ពិនិត្យធ្មេញ", "name_en": "Dental care", "position": 1}
    assert (await put(registry, f"{UNIT}/dental", "district_officer@0202", **own)).status_code == 200
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name_en": "X"}, "/name_km"), ({"hidden": True}, "/hidden"), ({"fee": 1}, "/fee"),
    ]  # fmt: skip
    for body, pointer in wrong:
        answer = await put(registry, f"{UNIT}/massage", PROVIDER, **body)
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await put(registry, f"{UNIT}/delivery", PROVIDER, etag='"1"', name_en=None)).status_code == 422
    offered = {one["code"]: one for one in (await registry.get(UNIT)).json()}
    assert (offered["delivery"]["differs"], offered["delivery"]["version"]) == (["fee_riel", "time_km"], 1)
    assert (offered["referral"]["hidden"], offered["dental"]["own"], len(offered)) == (True, True, 8)
    monkeypatch.setattr(unit_routes, "MOST_OF_A_UNIT", 3)
    assert (await put(registry, f"{UNIT}/x_ray", PROVIDER, **own)).json()["code"] == "too_many_unit_standards"
    assert (await put(registry, f"{UNIT}/dental", PROVIDER, etag='"1"', **own)).status_code == 200

    headers = registry.world.as_(PROVIDER)
    gone = await registry.client.http.delete(f"{API}{path}", headers=headers | {"If-Match": '"1"'})
    assert gone.status_code == 204
    again = await registry.client.http.delete(f"{API}{path}", headers=headers | {"If-Match": '"1"'})
    assert (again.status_code, again.json()["code"]) == (404, "unit_standard_not_found")
    published = await registry.post("/units/HC-020201-1/packs/2026:publish", "district_officer@0202")
    assert published.status_code == 201
    shown = [one["code"] for one in (await registry.get("/units/HC-020201-1/pack")).json()["standards"]]
    assert ("referral" not in shown, shown[:2]) == (True, ["dental", "outpatient"])


async def test_ncdds_replaces_the_example_with_a_table(registry: Registry) -> None:
    path = "/standards:import"
    asked: dict[str, Any] = {"kind": "health_centre", "dry_run": False, "replace": True}
    table = 'code,name_km,name_en,fee_riel,active\nOutpatient,ពិនិត្យ,Consultation,"៣,០០០",\nlab,ឈាម,Blood test,0,ទេ\n'
    assert (await registry.post(path, params=asked, content=table)).status_code == 401
    assert (await registry.post(path, "province_officer@02", params=asked, content=table)).status_code == 403
    dry = await registry.post(path, "ncdds@", params=asked | {"dry_run": True}, content=table)
    counts = {"rows": 2, "created": 1, "changed": 7, "unchanged": 0, "errors": 0}
    assert dry.json().items() >= counts.items()
    done = await registry.post(path, "ncdds@", params=asked, content=table)
    assert done.json().items() >= counts.items(), done.text
    active = (await registry.get("/standards", params={"kind": "health_centre", "active": True})).json()["items"]
    assert [(one["code"], one["fee_riel"], one["is_example"]) for one in active] == [("outpatient", 3000, False)]
    exported = await registry.get("/standards.csv", params={"kind": "health_centre"})
    again = await registry.post(path, "ncdds@", params=asked, content=exported.content)
    assert (again.json()["changed"], again.json()["unchanged"]) == (0, 8)
    documented = StandardRows.model_json_schema()["examples"][0]
    as_json = await registry.post(path, "ncdds@", params=asked | {"replace": False}, json=documented)
    read = (await registry.get("/standards/health_centre/outpatient")).json()
    assert (as_json.json()["changed"], read["fee_riel"], read["name_en"]) == (1, 2000, "Consultation")


async def test_a_wrong_table_changes_nothing(registry: Registry) -> None:
    params: dict[str, Any] = {"kind": "health_centre", "dry_run": False}
    table = "code,name_km,name_en,fee_riel\nlab,ឈាម,,5\nlab,ឈាម,Blood,x\nlab2,ឈាម,Blood,1\nlab2,ឈាម,Blood,1\n"
    answer = await registry.post("/standards:import", "ncdds@", params=params, content=table)
    errors = [error["pointer"] for error in answer.json()["errors"]]
    assert (answer.status_code, errors) == (422, ["/rows/2/name_en", "/rows/3/fee_riel", "/rows/5/code"])
    for content in (b"{}", b"[", b'{"rows":[{"code":1}],"more":1}'):
        answer = await registry.post(
            "/standards:import", "ncdds@", params=params, content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422
    assert len((await registry.get("/standards", params={"kind": "health_centre"})).json()["items"]) == 7
