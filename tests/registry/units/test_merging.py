"""Merging duplicates, with everything that hangs on them."""

import asyncio
from typing import Any
from uuid import uuid4

from httpx import Response
from sqlalchemy import text

from services.registry.areas.models import today_in_cambodia
from shared.events import decode
from shared.events.registry import UnitChanged
from tests.registry.conftest import Registry, until_waiting
from tests.registry.packs.examples import publish

OFFICER = "district_officer@0202"
FIRST, SECOND, THIRD = "HC-020201-1", "HC-020201-2", "HC-020201-3"


async def merge(registry: Registry, code: str, into: str, who: str = OFFICER) -> Response:
    return await registry.post(f"/units/{code}:merge", who, json={"into": into, "reason": "Registered twice."})


async def states(registry: Registry) -> dict[str, UnitChanged]:
    """The last state that was told of each unit."""
    events = [decode(body).event for (body,) in await registry.rows("SELECT body FROM outbox ORDER BY seq")]
    return {event.code: event for event in events if isinstance(event, UnitChanged)}


async def take_part(registry: Registry, code: str, *years: int) -> None:
    """Let a unit take part in years, with a focal person."""
    for year in years:
        await registry.execute(
            "INSERT INTO participation (year, unit_id, area_code, supply_side, demand_side, version)"
            " SELECT :year, id, area_code, true, true, 1 FROM unit WHERE code = :code",
            year=year, code=code,
        )  # fmt: skip
    await registry.execute(
        "INSERT INTO focal_person (unit_id, role, name, sex, phone, since, until)"
        " SELECT id, role, 'Sok', 'female', '012345678', '2025-01-01', until FROM unit,"
        " (VALUES ('data_system', NULL), ('mobile_app', '2025-06-01'::date)) AS person (role, until)"
        " WHERE code = :code",
        code=code,
    )


async def hang(registry: Registry, code: str, year: int) -> None:
    """Record that the poster of a unit's pack hangs."""
    sent = {"id": str(uuid4()), "unit_code": code, "year": year, "pack_version": 1, "place": "Gate"}
    sent["posted_on"] = str(today_in_cambodia())
    assert (await registry.post("/postings", "ncdds@", json=sent)).status_code == 201


async def test_everything_follows_that_the_surviving_unit_does_not_have(registry: Registry) -> None:
    await registry.unit(catchment=["020202"], external_ids={"hmis": "1"})
    await registry.unit(area="020301", catchment=["020202"], external_ids={"hmis": "2", "gis": "7"})
    old = "HC-020301-1"
    await take_part(registry, FIRST, 2025, 2026)
    await take_part(registry, old, 2024, 2025)
    for code, year in ((FIRST, 2025), (old, 2024), (old, 2025)):
        await publish(registry, code, year)
        await hang(registry, code, year)
    staff = await registry.person(f"provider@020301/{old}")
    of_both = await registry.person(f"provider@020301/{old}", f"provider@020201/{FIRST}", username="both")
    assert (await merge(registry, old, FIRST)).json()["code"] == "area_not_covered"
    assert (await merge(registry, old, FIRST, "district_officer@0203")).json()["code"] == "area_not_covered"

    answer = await merge(registry, old, FIRST, "province_officer@02")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    unit = body["unit"]
    assert (body["merged"], unit["code"], answer.headers["etag"]) == (old, FIRST, '"2"')
    assert (unit["catchment"], unit["aliases"]) == (["020202", "020301"], [old])
    assert unit["external_ids"] == {"hmis": "1", "gis": "7"}
    assert body["followed"] == {
        "catchment": 1, "aliases": 1, "external_ids": 1, "participation": 1, "focal_persons": 1,
        "unit_standards": 0, "fact_sheets": 0, "packs": 1, "postings": 1, "grants": 2,
    }  # fmt: skip
    assert body["left"] == [
        {"what": "external_id", "key": "hmis", "kept": "1", "left": "2"},
        {"what": "participation", "key": "2025", "kept": None, "left": None},
        {"what": "focal_person", "key": "data_system", "kept": None, "left": None},
        {"what": "pack", "key": "2025", "kept": None, "left": None},
        {"what": "posting", "key": "2025", "kept": None, "left": None},
    ]
    assert (await registry.get(f"/units/{old}")).json() == unit
    for account in (staff, of_both):
        read = (await registry.get(f"/accounts/{account['id']}", "operator@")).json()
        assert [(grant["area_code"], grant["unit_code"]) for grant in read["grants"]] == [("020201", FIRST)]
    years = await registry.rows(
        "SELECT code, year FROM participation JOIN unit ON unit.id = unit_id ORDER BY code, year"
    )
    assert years == [(FIRST, 2024), (FIRST, 2025), (FIRST, 2026), (old, 2025)]
    hanging = (await registry.get("/posting-report", params={"year": 2024})).json()["total"]
    assert (hanging["posted"], hanging["to_take_down"]) == (1, 0)
    told = await states(registry)
    assert (told[old].status, told[old].merged_into, told[old].version) == ("closed", FIRST, 2)
    assert (told[FIRST].aliases, told[FIRST].catchment) == ((old,), ("020202", "020301"))
    listed = (await registry.get("/units?status=closed")).json()["items"]
    assert [(one["code"], one["merged_into"], one["external_ids"]) for one in listed] == [(old, FIRST, {"hmis": "2"})]
    entries = (await registry.get("/audit", "operator@", params={"subject_kind": "unit"})).json()["items"]
    assert {(entry["subject"], entry["action"]) for entry in entries[:2]} == {(old, "merged"), (FIRST, "took_in")}


async def test_the_feed_tells_every_area_that_is_served(registry: Registry) -> None:
    await registry.unit(catchment=["020301"])
    await registry.unit(area="020202")
    here, there = [(await registry.get(f"/changes?area={area}")).json() for area in ("020301", "020202")]
    assert "HC-020201-1" in [item["data"]["code"] for item in here["items"]]
    await merge(registry, "HC-020202-1", FIRST, "ncdds@")
    later = (await registry.get(f"/changes?area=020202&since={there['since']}")).json()["items"]
    assert sorted((item["gone"], item["data"] and item["data"]["code"]) for item in later) == [
        (False, FIRST),
        (True, None),
    ]
    await registry.patch(f"/units/{FIRST}", OFFICER, etag='"2"', json={"catchment": []})
    left = (await registry.get(f"/changes?area=020301&since={here['since']}")).json()["items"]
    assert [item["gone"] for item in left] == [True]


async def test_chains_of_mergers_lead_to_the_last(registry: Registry) -> None:
    for _ in range(3):
        await registry.unit()
    assert (await merge(registry, THIRD, SECOND)).status_code == 200
    assert (await merge(registry, SECOND, FIRST)).status_code == 200
    for code in (FIRST, SECOND, THIRD):
        unit = (await registry.get(f"/units/{code}")).json()
        assert (unit["code"], unit["aliases"]) == (FIRST, [SECOND, THIRD])
    told = await states(registry)
    assert (told[THIRD].merged_into, told[SECOND].merged_into) == (FIRST, FIRST)
    becomes = {"kind": "health_post", "reason": "Made smaller."}
    assert (await registry.post(f"/units/{FIRST}:change-kind", OFFICER, json=becomes)).status_code == 200
    assert (await states(registry))[THIRD].merged_into == "HP-020201-1"
    assert (await registry.get(f"/units/{THIRD}")).json()["aliases"] == [FIRST, SECOND, THIRD]


async def test_what_is_not_merged(registry: Registry) -> None:
    for _ in range(3):
        await registry.unit()
    await registry.unit("primary_school")
    for code, into, status, refusal in (
        (FIRST, FIRST, 422, "unit_same"),
        (FIRST, "PS-020201-1", 409, "unit_kinds_differ"),
        (FIRST, "HC-020201-9", 404, "unit_not_found"),
    ):
        refused = await merge(registry, code, into)
        assert (refused.status_code, refusal in refused.text) == (status, True)
    bad = await registry.post(f"/units/{FIRST}:merge", OFFICER, json={"into": "centre", "reason": "x"})
    assert bad.json()["errors"][0]["pointer"] == "/into"
    await merge(registry, SECOND, FIRST)
    for code, into in ((SECOND, THIRD), (THIRD, SECOND)):
        again = await merge(registry, code, into)
        assert (again.status_code, again.json()["code"]) == (409, "unit_merged")
    for step in ("close", "reopen"):
        refused = await registry.post(f"/units/{SECOND}:{step}", OFFICER, json={"reason": "x"})
        assert refused.json()["code"] == "unit_merged"
    await registry.post(f"/units/{THIRD}:close", OFFICER, json={"reason": "Shut."})
    assert (await merge(registry, FIRST, THIRD)).json()["code"] == "unit_closed"
    merged = await merge(registry, THIRD, FIRST)
    assert merged.status_code == 200
    assert (await states(registry))[THIRD].merged_into == FIRST
    assert (await registry.unit())["code"] == "HC-020201-4"


async def test_mergers_that_cross_leave_one_unit(registry: Registry) -> None:
    for _ in range(2):
        await registry.unit()
    answers = await asyncio.gather(merge(registry, FIRST, SECOND), merge(registry, SECOND, FIRST))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    found = (await registry.get("/units?status=open")).json()["items"]
    assert len(found) == 1
    assert (await registry.get(f"/units/{FIRST}")).json() == (await registry.get(f"/units/{SECOND}")).json() == found[0]


async def test_a_merger_and_a_closing_at_once_agree(registry: Registry) -> None:
    for _ in range(2):
        await registry.unit()
    merged, closed = await asyncio.gather(
        merge(registry, FIRST, SECOND),
        registry.post(f"/units/{SECOND}:close", OFFICER, json={"reason": "Shut."}),
    )
    assert closed.status_code == 200
    assert merged.status_code in (200, 409)
    unit = (await registry.get(f"/units/{FIRST}")).json()
    assert (unit["code"], unit["status"]) == ((SECOND, "closed") if merged.status_code == 200 else (FIRST, "open"))


async def test_three_mergers_into_one_at_once_all_follow(registry: Registry) -> None:
    for _ in range(4):
        await registry.unit()
    codes = [f"HC-020201-{number}" for number in (2, 3, 4)]
    answers = await asyncio.gather(*(merge(registry, code, FIRST) for code in codes))
    assert {answer.status_code for answer in answers} == {200}
    assert (await registry.get(f"/units/{FIRST}")).json()["aliases"] == codes


async def test_other_services_find_the_unit_by_the_duplicates_code(registry: Registry) -> None:
    scorecard = (await registry.world.start("scorecard")).http
    ncdds = registry.world.as_("ncdds@")
    for _ in range(2):
        await registry.unit()
    await registry.world.drain()
    wanted = {"year": 2026, "title_km": "ជុំ", "title_en": "Round", "area_codes": [""]}
    planned = await scorecard.post("/api/scorecard/v1/rounds", json=wanted, headers=ncdds)
    path = f"/api/scorecard/v1/rounds/{planned.json()['id']}/units"
    printed = (await scorecard.get(f"{path}/{SECOND}/ballot-link", headers=ncdds)).json()["ballot_token"]
    await merge(registry, SECOND, FIRST)
    await registry.world.drain()
    opened = await scorecard.post(f"{path.removesuffix('/units')}:open", headers=ncdds)
    assert opened.status_code == 200
    form = await scorecard.get(f"/api/scorecard/v1/ballot-forms/{printed}")
    assert form.json()["unit"]["code"] == FIRST
    links = [(await scorecard.get(f"{path}/{code}/ballot-link", headers=ncdds)).json() for code in (FIRST, SECOND)]
    assert links[0] == links[1]


async def test_earlier_duplicates_are_locked_in_one_order_with_the_two(registry: Registry) -> None:
    """A change of areas locks all three by their ids; a merger that took the first last would meet it in a circle."""
    for _ in range(3):
        await registry.unit()
    assert (await merge(registry, FIRST, SECOND)).status_code == 200
    locked = text("SELECT FROM unit WHERE code = :code FOR UPDATE NOWAIT")
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(locked, {"code": FIRST})
        merging = asyncio.create_task(merge(registry, SECOND, THIRD))
        await until_waiting(registry, merging)
        await db.execute(locked, {"code": SECOND})
    assert (await merging).status_code == 200
