"""What an area without a successor leaves is nobody's who bears its code later, and stays in reach of those above."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.registry.areas.models import today_in_cambodia
from tests.registry.areas.conftest import Areas
from tests.registry.conftest import Registry, until_waiting
from tests.registry.packs.examples import publish

CODE, UNIT = "020204", "HC-020204-1"
LATER_CLERK, OFFICER, PROVINCE = f"commune_clerk@{CODE}", "district_officer@0202", "province_officer@02"


@pytest.fixture
async def left(areas: Areas, registry: Registry) -> dict[str, str]:
    """What a commune left that has ended, and whose code another bears: the paths by which each is read."""
    await areas.open(CODE)
    there: dict[str, Any] = {"area_code": CODE}
    care = (await registry.get("/organisations?q=CARE")).json()["items"][0]["id"]
    person = {"name": "Sok Dara", "sex": "female", "term_from": "2026-01-05", **there}
    club = {"kind": "cbo", "name_km": "ក្រុមទឹក", "contact": "012 345 678", **there}
    training = {
        "topic": "facilitation", "organiser_id": care, "held_from": "2026-03-02", "held_until": "2026-03-02", **there,
        "participants": [{"kind": "citizen", "sex": "female", "number": 3}],
    }  # fmt: skip
    body = {"kind": "jaapc", "recognised_by": "Decision 14", "recognised_on": "2026-03-01", **there}
    ids = {}
    for path, sent in (("cafs", person), ("organisations", club), ("trainings", training), ("bodies", body)):
        made = await registry.post(f"/{path}", "ncdds@", json=sent)
        assert made.status_code == 201, made.text
        ids[path] = made.json()["id"]
    met = {"id": str(uuid4()), "body_id": ids["bodies"], "held_on": "2026-03-20"} | {
        "attendance": {"female": 3, "male": 2}
    }
    assert (await registry.post("/body-meetings", "ncdds@", json=met)).status_code == 201
    await registry.unit(area=CODE)
    await publish(registry, UNIT)
    poster = {"id": str(UUID(int=1)), "unit_code": UNIT, "year": 2026, "pack_version": 1, "place": "ជញ្ជាំង"}
    hung = await registry.post("/postings", "ncdds@", json=poster | {"posted_on": str(today_in_cambodia())})
    assert hung.status_code == 201, hung.text
    assert (await registry.post(f"/units/{UNIT}:close", "ncdds@", json={"reason": "Merged."})).status_code == 200
    await areas.of(CODE, "close", effective_on="2026-04-01")
    await areas.open(CODE, effective_on="2026-05-01")
    return {
        "caf": f"/cafs/{ids['cafs']}",
        "members": f"/bodies/{ids['bodies']}/members",
        "meeting": f"/body-meetings/{met['id']}",
        "posting": f"/postings/{poster['id']}",
        "facts": f"/units/{UNIT}/facts/2026",
        "organisation": f"/organisations/{ids['organisations']}",
        "body": f"/bodies/{ids['bodies']}",
        "training": f"/trainings/{ids['trainings']}",
        "unit": f"/units/{UNIT}",
    }


PERSONAL = ("caf", "members", "meeting", "posting", "facts")
LISTS = ("cafs", "organisations", "trainings", "bodies", "body-meetings", "units")


async def reached(registry: Registry, area: str, by: str) -> list[int]:
    return [len((await registry.get(f"/{path}?area={area}", by)).json()["items"]) for path in LISTS]


async def test_who_has_the_code_later_reaches_nothing(registry: Registry, left: dict[str, str]) -> None:
    for what in PERSONAL:
        assert (await registry.get(left[what], LATER_CLERK)).status_code == 403, what
        assert (await registry.get(left[what], OFFICER)).status_code == 200, what
    assert (await registry.get(left["organisation"], LATER_CLERK)).json()["contact"] is None
    assert (await registry.get(left["organisation"], OFFICER)).json()["contact"] == "012 345 678"
    assert await reached(registry, CODE, LATER_CLERK) == [0, 0, 0, 0, 0, 0]
    assert await reached(registry, "0202", OFFICER) == [1, 1, 1, 1, 1, 1]
    for what in ("caf", "organisation", "training", "body", "unit"):
        shown = (await registry.get(left[what], OFFICER)).json()
        assert (shown["area_code"], shown.get("level", "commune")) == (CODE, "commune"), "as it was"
    refused = await registry.patch(left["organisation"], LATER_CLERK, etag="*", json={"contact": None})
    assert refused.json()["code"] == "area_not_covered"
    kept = await registry.patch(left["organisation"], OFFICER, etag="*", json={"active": False})
    assert (kept.status_code, kept.json()["area_code"]) == (200, CODE)
    again = await registry.post(f"{left['unit']}:reopen", OFFICER, json={"reason": "By mistake."})
    assert again.json()["code"] == "area_unknown"
    to_another = await registry.patch(left["caf"], OFFICER, etag="*", json={"area_code": "020202"})
    assert (to_another.status_code, to_another.json()["area_code"]) == (200, "020202")


async def test_reports_tell_the_two_bearers_of_a_code_apart(registry: Registry, left: dict[str, str]) -> None:
    duties = (await registry.get("/duty-report?area=0202&from=2026-01-01&until=2026-03-31")).json()
    assert [(row["area_code"], row["due"]) for row in duties["rows"]] == [
        ("020201", 0), ("020202", 0), (CODE, 1), (CODE, 0)
    ]  # fmt: skip
    assert duties["total"]["held"] == 1
    missed = "/duty-report/missed?from=2026-01-01&until=2026-12-31"
    assert (await registry.get(f"{missed}&area={CODE}")).json()["items"] == []
    cafs = (await registry.get("/caf-report?area=0202")).json()
    assert ([row["cafs"] for row in cafs["rows"]], cafs["total"]["cafs"]) == ([0, 0, 0], 1)
    trainings = (await registry.get("/training-report?area=0202&from=2026-01-01&until=2026-12-31")).json()
    assert ([row["trainings"] for row in trainings["rows"]], trainings["total"]["trainings"]) == ([0, 0, 0], 1)
    exported = await registry.get("/cafs.csv?area=0202", OFFICER)
    again = await registry.post("/cafs:import", OFFICER, content=exported.content)
    assert [problem["code"] for problem in again.json()["problems"]] == ["commune_ended"]
    clubs = await registry.get("/organisations.csv?area=0202", OFFICER)
    same = (await registry.post("/organisations:import", OFFICER, content=clubs.content)).json()
    assert (same["errors"], same["unchanged"], same["changed"]) == (0, 1, 0), same


async def test_what_is_left_follows_what_stands_above(areas: Areas, registry: Registry, left: dict[str, str]) -> None:
    later: dict[str, Any] = {"effective_on": "2026-06-01"}
    await areas.of("0202", "move", new_code="0209", **later)
    await areas.open("0202", **later)
    for path in (left[what] for what in PERSONAL):
        assert (await registry.get(path, OFFICER)).status_code == 403, path
        assert (await registry.get(path, "district_officer@0209")).status_code == 200, path
    assert await reached(registry, "0202", OFFICER) == [0, 0, 0, 0, 0, 0]
    asked = (await registry.post("/pack-jobs", "ncdds@", json={"area": "0209", "year": 2026})).json()
    await areas.merge(["0203", "0209"], **later)
    assert await reached(registry, "0203", "district_officer@0203") == [1, 1, 1, 1, 1, 1]
    for code in sorted(await areas.open_codes(), key=len, reverse=True):
        if code.startswith("0203"):
            await areas.of(code, "close", **later)
    await areas.open("0203", **later)
    assert await reached(registry, "0203", "district_officer@0203") == [0, 0, 0, 0, 0, 0]
    assert await reached(registry, "02", PROVINCE) == [1, 1, 1, 1, 1, 1]
    job = f"/pack-jobs/{asked['id']}"
    assert (await registry.get(job, "district_officer@0203")).status_code == 403
    shown = await registry.get(job, PROVINCE)
    assert (shown.status_code, shown.json()["area"]) == (200, "0203")


async def test_bodies_are_taken_before_facilitators(areas: Areas, registry: Registry) -> None:
    """As a phone's batch of meetings takes them; the other way round, the two would wait in a circle."""
    body = {"kind": "jaapc", "area_code": "020202", "recognised_by": "Decision 14", "recognised_on": "2026-01-01"}
    person = {"name": "Sok Dara", "sex": "female", "term_from": "2026-01-05", "area_code": "020202"}
    for path, sent in (("bodies", body), ("cafs", person)):
        assert (await registry.post(f"/{path}", "ncdds@", json=sent)).status_code == 201
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM body FOR UPDATE"))
        moving = asyncio.create_task(areas.of("020202", "move", new_code="020209"))
        await until_waiting(registry, moving)
        await db.execute(text("SELECT FROM caf FOR UPDATE NOWAIT"))
    await moving
