"""Recognising, changing and dissolving bodies: who may, what is refused, and two people at once."""

import asyncio
from typing import Any

import pytest

from tests.registry.bodies.making import OFFICER, meet, on_that_day, recognise
from tests.registry.conftest import Registry

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
BODY = {"kind": "jaapc", "area_code": "020201", "recognised_by": "Decision 14", "recognised_on": "2026-01-12"}
GONE = {"dissolved_on": "2026-06-01", "reason": "Elected anew."}


async def test_who_recognises_a_body(registry: Registry) -> None:
    assert (await registry.post("/bodies", json=BODY)).status_code == 401
    for role in ("caf@020201", "jaapc@020201", "partner@02", "operator@"):
        assert (await registry.post("/bodies", role, json=BODY)).json()["code"] == "permission_missing"
    for role in ("commune_clerk@020202", "district_officer@0203"):
        assert (await registry.post("/bodies", role, json=BODY)).json()["code"] == "area_not_covered"
    made = await registry.post("/bodies", "commune_clerk@020201", json=BODY)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    shown = made.json()
    assert (shown["name_km"], shown["name_en"]) == ("គណៈកម្មាធិការ ផ.ស.រ.គ. តំបន់ 020201", "JAAP committee Area 020201")
    nobody = {"total": 0, "female": 0, "male": 0, "undisclosed": 0, "term_over": 0}
    assert (shown["level"], shown["members"], shown["last_met_on"]) == ("commune", nobody, None)
    assert (await registry.get(f"/bodies/{shown['id']}")).json() == shown
    nation = {"kind": "meid", "area_code": "", "recognised_by": "Prakas 3", "recognised_on": "2020-01-01"}
    assert (await registry.post("/bodies", "province_officer@02", json=nation)).status_code == 403
    assert (await registry.post("/bodies", "ncdds@", json=nation)).json()["name_en"].startswith("Monitoring")
    trail = await registry.rows("SELECT action, detail FROM audit_entry WHERE subject_kind = 'body' ORDER BY id")
    assert (trail[0].action, trail[0].detail) == ("recognised", BODY)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "choir"}, "/kind", "body_kind_unknown"),
    ({"kind": "J; DROP"}, "/kind", "string_pattern_mismatch"),
    ({"area_code": "020299"}, "/area_code", "area_unknown"),
    ({"area_code": "0202"}, "/area_code", "level_unfit"),
    ({"area_code": "02020101"}, "/area_code", "level_unfit"),
    ({"recognised_on": "2026-07-21"}, "/recognised_on", "date_in_future"),
    ({"recognised_on": "yesterday"}, "/recognised_on", "date_from_datetime_parsing"),
    ({"recognised_by": ""}, "/recognised_by", "string_too_short"),
    ({"name_km": "\u0000"}, "/name_km", "control_character"),
    ({"members": []}, "/members", "extra_forbidden"),
]


async def test_bad_input(registry: Registry) -> None:
    for change, pointer, code in WRONG:
        answer = await registry.post("/bodies", "ncdds@", json=BODY | change)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["errors"][0] | {"detail": ""}) == (
            422, {"pointer": pointer, "code": code, "detail": ""}
        )  # fmt: skip


async def test_one_of_a_kind_in_an_area_at_a_time(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/bodies", OFFICER, json=BODY) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    first = next(answer.json() for answer in answers if answer.status_code == 201)
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["body_id"]) == ("body_exists", first["id"])
    assert (await registry.post(f"/bodies/{first['id']}:dissolve", OFFICER, json=GONE)).status_code == 200
    early = await registry.post("/bodies", OFFICER, json=BODY | {"recognised_on": "2026-05-31"})
    assert early.json()["code"] == "overlaps_the_one_before"
    second = await recognise(registry, recognised_on="2026-06-01")
    assert (await registry.post(f"/bodies/{first['id']}:restore", OFFICER)).json()["code"] == "body_exists"
    listed = await registry.all_pages("/bodies", area="0202", limit=1)
    assert [one["id"] for one in listed] == [first["id"], second["id"]]
    for query, ids in (("active=true", [second]), ("active=false", [first]), ("kind=council", []), ("area=03", [])):
        assert [one["id"] for one in (await registry.get(f"/bodies?{query}")).json()["items"]] == [
            body["id"] for body in ids
        ]
    assert [one["id"] for one in (await registry.get("/bodies?level=commune&limit=1")).json()["items"]] == [first["id"]]


async def test_dissolving_and_restoring(registry: Registry) -> None:
    body = await recognise(registry)
    path = f"/bodies/{body['id']}"
    assert (await registry.post(f"{path}:dissolve", json=GONE)).status_code == 401
    assert (await registry.post(f"{path}:dissolve", "commune_clerk@020202", json=GONE)).status_code == 403
    assert (await registry.post(f"{path}:restore", OFFICER)).json()["code"] == "body_active"
    await meet(registry, body, "2026-06-02")
    assert (await registry.post(f"{path}:dissolve", OFFICER, json=GONE)).json()["code"] == "body_met_then"
    for day, code in (("2026-07-21", "date_in_future"), ("2025-12-31", "before_recognition")):
        answer = await registry.post(f"{path}:dissolve", OFFICER, json=GONE | {"dissolved_on": day})
        assert answer.json()["errors"][0] == answer.json()["errors"][0] | {"pointer": "/dissolved_on", "code": code}
    gone = await registry.post(f"{path}:dissolve", OFFICER, json={"reason": "Elected anew."})
    assert (gone.json()["dissolved_on"], gone.json()["version"], gone.json()["last_met_on"]) == (
        "2026-07-20", 2, "2026-06-02"
    )  # fmt: skip
    assert (await registry.post(f"{path}:dissolve", OFFICER, json=GONE)).json()["code"] == "body_dissolved"
    back = await registry.post(f"{path}:restore", OFFICER)
    assert (back.json()["dissolved_on"], back.headers["etag"]) == (None, '"3"')
    missing = "/bodies/00000000-0000-4000-8000-000000000000"
    assert (await registry.get(missing)).json()["code"] == "body_not_found"
    assert (await registry.post(f"{missing}:restore", OFFICER)).status_code == 404
    assert (await registry.get("/bodies/x")).status_code == 422


async def test_correcting_a_body(registry: Registry) -> None:
    body = await recognise(registry)
    path = f"/bodies/{body['id']}"
    named = {"name_km": "គណៈកម្មាធិការថ្មី", "name_en": "New committee", "recognised_on": "2026-02-01"}
    assert (await registry.patch(path, json=named, etag='"1"')).status_code == 401
    assert (await registry.patch(path, "commune_clerk@020202", json=named, etag='"1"')).status_code == 403
    assert (await registry.patch(path, OFFICER, json=named)).status_code == 428
    both = await asyncio.gather(*(registry.patch(path, OFFICER, json=named, etag='"1"') for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    await meet(registry, body, "2026-02-03")
    late = await registry.patch(path, OFFICER, json={"recognised_on": "2026-02-04"}, etag='"2"')
    assert late.json()["code"] == "body_met_then"
    plain = (await registry.patch(path, OFFICER, json={"name_km": None, "name_en": None}, etag='"2"')).json()
    assert (plain["name_en"], plain["recognised_on"], plain["version"]) == (
        "JAAP committee Area 020201",
        "2026-02-01",
        3,
    )
    for change in ({"kind": "council"}, {"recognised_on": "2027-01-01"}, {"recognised_by": " "}):
        assert (await registry.patch(path, OFFICER, json=change, etag='"3"')).status_code == 422
