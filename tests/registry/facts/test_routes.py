"""Entering a unit's facts, handing them on, approving them or giving them back."""

import asyncio
from typing import Any
from uuid import UUID

from httpx import Response

from tests.registry.conftest import API, Registry

PATH = "/units/HC-020201-1/facts/2026"
PROVIDER, CLERK, OFFICER = "provider@020201/HC-020201-1", "commune_clerk@020201", "district_officer@0202"
CLERK_ID, OFFICER_ID = UUID(int=31), UUID(int=32)
FACTS: dict[str, Any] = {"outpatients": {"value": 8412, "target": 9000}, "state_budget": {"value": 41_200_000}}


async def put(
    registry: Registry, facts: object, *grants: str, etag: str | None = None, user_id: UUID | None = CLERK_ID
) -> Response:
    headers = registry.world.as_(*grants, user_id=user_id) if grants else {}
    headers |= {"If-Match": etag} if etag else {}
    return await registry.client.http.put(f"{API}{PATH}", headers=headers, json={"facts": facts})


async def test_the_path_of_a_units_facts(registry: Registry) -> None:
    await registry.unit()
    assert (await registry.get(PATH)).status_code == 401
    assert (await put(registry, FACTS)).status_code == 401
    assert (await put(registry, FACTS, "caf@020201")).json()["code"] == "permission_missing"
    for outside in ("provider@020201/HC-020201-2", "commune_clerk@020202"):
        assert (await put(registry, FACTS, outside)).json()["code"] == "area_not_covered"
        assert (await registry.get(PATH, outside)).json()["code"] == "area_not_covered"
    nothing = (await registry.get(PATH, PROVIDER)).json()
    assert (nothing["status"], nothing["version"], len(nothing["missing"])) == (None, 0, 10)

    entered = await put(registry, FACTS, PROVIDER)
    assert (entered.status_code, entered.headers["etag"], entered.headers["cache-control"]) == (200, '"1"', "no-store")
    assert (entered.json()["status"], len(entered.json()["missing"])) == ("draft", 8)
    assert (await put(registry, FACTS, PROVIDER)).status_code == 428
    answers = await asyncio.gather(*(put(registry, FACTS, CLERK, etag='"1"') for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    for verb in ("approve", "return"):
        answer = await registry.post(f"{PATH}:{verb}", OFFICER, json={"reason": "No."} if verb == "return" else None)
        assert (answer.status_code, answer.json()["code"]) == (409, "facts_not_in_state")

    assert (
        await registry.post(f"{PATH}:submit", CLERK, user_id=CLERK_ID, headers={"If-Match": '"1"'})
    ).status_code == 412
    submitted = await registry.post(f"{PATH}:submit", CLERK, user_id=CLERK_ID)
    assert (submitted.json()["status"], submitted.json()["submitted_by"]) == ("submitted", str(CLERK_ID))
    assert (await put(registry, FACTS, CLERK, etag='"3"')).json()["code"] == "facts_not_in_state"
    assert (await registry.post(f"{PATH}:approve", CLERK)).json()["code"] == "permission_missing"
    assert (await registry.post(f"{PATH}:approve", "district_officer@0203")).json()["code"] == "area_not_covered"
    own = await registry.post(f"{PATH}:approve", OFFICER, user_id=CLERK_ID)
    assert (own.status_code, own.json()["code"]) == (403, "own_facts")
    back = await registry.post(f"{PATH}:return", OFFICER, user_id=OFFICER_ID, json={"reason": "The fees are missing."})
    assert (back.json()["status"], back.json()["return_reason"]) == ("returned", "The fees are missing.")
    assert (await put(registry, FACTS, CLERK, etag='"4"')).json()["status"] == "draft"
    assert (await registry.post(f"{PATH}:submit", CLERK, user_id=CLERK_ID)).status_code == 200
    approved = await registry.post(f"{PATH}:approve", OFFICER, user_id=OFFICER_ID, headers={"If-Match": '"6"'})
    assert (approved.json()["status"], approved.json()["settled_by"]) == ("approved", str(OFFICER_ID))
    next_year = (await registry.get("/units/HC-020201-1/facts/2027", CLERK)).json()
    assert {fact["code"]: fact["previous"] for fact in next_year["facts"]}["outpatients"] == 8412
    trail = await registry.rows("SELECT action FROM audit_entry WHERE subject_kind = 'fact_sheet' ORDER BY id")
    assert [row.action for row in trail] == [
        "entered",
        "entered",
        "submitted",
        "returned",
        "entered",
        "submitted",
        "approved",
    ]


async def test_bad_facts_are_named(registry: Registry) -> None:
    await registry.unit()
    cases: list[tuple[Any, list[str]]] = [
        (
            {"pupils": {"value": 1}, "staff": {"value": 2.5, "target": -1}},
            ["/facts/pupils", "/facts/staff/value", "/facts/staff/target"],
        ),
        ({"staff": {"value": "seven"}}, ["/facts/staff/value"]),
        ({"staff": {}}, ["/facts/staff/value"]),
        ({"staff": 7}, ["/facts/staff"]),
        ([], ["/facts"]),
    ]  # fmt: skip
    for facts, pointers in cases:
        answer = await put(registry, facts, CLERK)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, pointers)
    truth = await put(registry, {"staff": {"value": True}}, CLERK)
    assert truth.status_code == 422
    assert (await registry.post(f"{PATH}:submit", CLERK)).json()["code"] == "facts_not_found"


async def test_officers_approve_many(registry: Registry) -> None:
    for area in ("020201", "020202", "020301"):
        await registry.unit(area=area)
    table = "unit_code,outpatients\nHC-020201-1,100\nHC-020202-1,200\nHC-020301-1,300\n"
    params: dict[str, Any] = {"kind": "health_centre", "year": 2026, "dry_run": False, "submit": True}
    sent = await registry.post("/facts:import", "province_officer@02", user_id=CLERK_ID, params=params, content=table)
    assert sent.json()["created"] == 3, sent.text
    waiting: dict[str, Any] = {"year": 2026, "status": "submitted"}
    assert (await registry.get("/fact-sheets", params=waiting)).status_code == 401
    assert (await registry.get("/fact-sheets", OFFICER, params=waiting)).status_code == 403
    listed = await registry.all_pages("/fact-sheets", OFFICER, **waiting, area="0202", limit=1)
    assert [(one["unit_code"], one["facts"]) for one in listed] == [("HC-020201-1", 1), ("HC-020202-1", 1)]
    body: dict[str, Any] = {"year": 2026, "unit_codes": ["HC-020202-1", "HC-020301-1", "HC-020201-9", "HC-020201-1"]}
    assert (await registry.post("/fact-sheets:approve", CLERK, json=body)).status_code == 403
    unseen = body | {"versions": {"HC-020202-1": 7}, "unit_codes": ["HC-020202-1"]}
    refused = await registry.post("/fact-sheets:approve", OFFICER, user_id=OFFICER_ID, json=unseen)
    assert [one["code"] for one in refused.json()] == ["version_changed"]
    body["versions"] = {one["unit_code"]: one["version"] for one in listed}
    answer = await registry.post("/fact-sheets:approve", OFFICER, user_id=OFFICER_ID, json=body)
    assert [(one["unit_code"], one["code"]) for one in answer.json()] == [
        ("HC-020202-1", None), ("HC-020301-1", "area_not_covered"), ("HC-020201-9", "unit_not_found"),
        ("HC-020201-1", None),
    ]  # fmt: skip


async def test_a_table_of_facts(registry: Registry) -> None:
    await registry.unit()
    await registry.unit(area="020202")
    params: dict[str, Any] = {"kind": "health_centre", "year": 2026, "dry_run": False}
    form = await registry.get("/facts.csv", OFFICER, params={"kind": "health_centre", "year": 2026, "area": "0202"})
    heading, *rows = form.text.lstrip("\ufeff").split("\r\n")
    assert (heading.split(",")[:5], len(rows[:-1])) == (
        ["unit_code", "area_code", "name_km", "name_en", "outpatients"],
        2,
    )
    assert (
        await registry.get("/facts.csv", OFFICER, params={"kind": "health_centre", "year": 2026})
    ).status_code == 403
    wrong = "unit_code,staff,midwives\nHC-020201-1,seven,3\nHC-020201-1,7,3\nPS-020201-1,1,1\nHC-020202-1,7,3\n"
    refused = await registry.post("/facts:import", CLERK, params=params, content=wrong)
    assert [error["pointer"] for error in refused.json()["errors"]] == [
        "/rows/2/staff", "/rows/3/unit_code", "/rows/4/unit_code", "/rows/5/unit_code",
    ]  # fmt: skip
    table = "លេខកូដអង្គភាព,staff,midwives\nhc-020201-1,៧,\nHC-020202-1,8,2\n"
    sent = await registry.post("/facts:import", OFFICER, params=params, content=table)
    assert sent.json().items() >= {"created": 2, "unchanged": 0}.items()
    again = await registry.post("/facts:import", OFFICER, params=params, content=table)
    assert again.json().items() >= {"created": 0, "changed": 0, "unchanged": 2}.items()
    more = await registry.post("/facts:import", CLERK, params=params, content="unit_code,midwives\nHC-020201-1,3\n")
    assert more.json()["changed"] == 1
    shown = (await registry.get(PATH, CLERK)).json()
    assert {fact["code"]: fact["value"] for fact in shown["facts"] if fact["value"]} == {"staff": 7, "midwives": 3}
    assert (
        await registry.post("/facts:import", CLERK, params=params | {"kind": "palace"}, content=table)
    ).status_code == 422


async def test_who_entered_a_part_of_the_facts_does_not_approve_them(registry: Registry) -> None:
    await registry.unit()
    absent = await put(registry, FACTS, OFFICER, etag='"3"', user_id=OFFICER_ID)
    assert (absent.status_code, absent.json()["code"]) == (412, "version_changed")
    assert (await put(registry, FACTS, OFFICER, user_id=OFFICER_ID)).status_code == 200
    params: dict[str, Any] = {"kind": "health_centre", "year": 2026, "dry_run": False, "submit": True}
    table = "unit_code,midwives\nHC-020201-1,3\n"
    sent = await registry.post("/facts:import", CLERK, user_id=CLERK_ID, params=params, content=table)
    assert sent.json()["changed"] == 1
    own = await registry.post(f"{PATH}:approve", OFFICER, user_id=OFFICER_ID)
    assert (own.status_code, own.json()["code"]) == (403, "own_facts")
    other = await registry.post(f"{PATH}:approve", OFFICER, user_id=UUID(int=33))
    assert other.status_code == 200
