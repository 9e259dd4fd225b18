"""Publishing the packs of an area some at a time, and the report of how far a year is."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.registry.areas.models import today_in_cambodia
from services.registry.packs import jobs
from tests.registry.conftest import Registry
from tests.registry.packs.examples import publish

OFFICER = "district_officer@0202"


@pytest.fixture
async def units(registry: Registry) -> list[str]:
    """Three units of the district with services, and a health post without."""
    kinds = (("health_centre", "020201"), ("primary_school", "020201"), ("primary_school", "020202"))
    return [(await registry.unit(kind, area))["code"] for kind, area in (*kinds, ("health_post", "020201"))]


async def work(registry: Registry) -> None:
    while await jobs.publish_next(registry.client.runtime):
        pass


async def test_a_job_publishes_an_area(registry: Registry, units: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    body = {"area": "0202", "year": 2026}
    assert (await registry.post("/pack-jobs", json=body)).status_code == 401
    assert (await registry.post("/pack-jobs", "commune_clerk@020201", json=body)).json()["code"] == "permission_missing"
    assert (await registry.post("/pack-jobs", "district_officer@0203", json=body)).json()["code"] == "area_not_covered"
    asked = await registry.post("/pack-jobs", OFFICER, json=body)
    assert (asked.status_code, asked.json()["status"], asked.json()["total"]) == (202, "queued", 4)
    path = f"/pack-jobs/{asked.json()['id']}"
    await publish(registry, units[1])
    await jobs.publish_next(registry.client.runtime)
    part = (await registry.get(path, OFFICER)).json()
    assert (part["status"], part["done"]) == ("running", 2)
    await asyncio.gather(work(registry), work(registry))
    done = (await registry.get(path, OFFICER)).json()
    assert (done["status"], done["published"], done["empty"], done["failed"]) == ("done", 3, 1, 0)
    items = (await registry.get(f"{path}/items", OFFICER)).json()["items"]
    assert [(one["unit_code"], one["outcome"], one["version"]) for one in items] == [
        ("HC-020201-1", "published", 1), ("HP-020201-1", "empty", None),
        ("PS-020201-1", "published", 2), ("PS-020202-1", "published", 1),
    ]  # fmt: skip
    empty = (await registry.get(f"{path}/items", OFFICER, params={"outcome": "empty"})).json()["items"]
    assert [one["error"] for one in empty] == ["pack_empty"]
    assert (await registry.get(path, "district_officer@0203")).status_code == 403
    assert [
        one["id"] for one in (await registry.get("/pack-jobs", OFFICER, params={"area": "0202"})).json()["items"]
    ] == [asked.json()["id"]]
    again = (await registry.post("/pack-jobs", OFFICER, json=body | {"kind": "health_centre"})).json()
    await work(registry)
    assert (await registry.get(f"/pack-jobs/{again['id']}", OFFICER)).json()["unchanged"] == 1
    assert (await registry.post(f"{path}:cancel", OFFICER)).json()["code"] == "job_over"


async def test_years_come_one_after_the_other(registry: Registry, units: list[str]) -> None:
    """As a year that is played is the next one, again and again."""
    ahead = today_in_cambodia().year + 5
    await publish(registry, units[0], ahead)
    for year, status in ((ahead + 2, 422), (ahead + 1, 201)):
        assert (await registry.post(f"/units/{units[0]}/packs/{year}:publish", OFFICER)).status_code == status
        body = {"area": "0202", "year": year}
        assert (await registry.post("/pack-jobs", OFFICER, json=body)).status_code == (422 if status == 422 else 202)


async def test_a_job_is_cancelled(registry: Registry, units: list[str]) -> None:
    job = (await registry.post("/pack-jobs", OFFICER, json={"area": "0202", "year": 2026})).json()
    assert (await registry.post(f"/pack-jobs/{job['id']}:cancel", "district_officer@0203")).status_code == 403
    assert (await registry.post(f"/pack-jobs/{job['id']}:cancel", OFFICER)).json()["status"] == "cancelled"
    assert await jobs.publish_next(registry.client.runtime) is False
    assert (await registry.get(f"/units/{units[0]}/packs")).json()["items"] == []
    assert (await registry.get(f"/pack-jobs/{uuid4()}", OFFICER)).status_code == 404
    for body, pointer in (
        ({"year": 1999}, "/year"),
        ({"year": 2062, "area": "0202"}, "/year"),
        ({"year": 2026, "area": "2"}, "/area"),
        ({}, "/year"),
    ):
        answer = await registry.post("/pack-jobs", OFFICER, json=body)
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_what_goes_wrong_with_one_keeps_no_other_back(
    registry: Registry, units: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.execute("UPDATE unit_standard SET changes = '{}'")
    await registry.execute(
        "INSERT INTO unit_standard SELECT id, 'enrolment', false, NULL, '{\"fee_riel\": \"much\"}', 1 FROM unit"
        " WHERE code = :code",
        code=units[1],
    )
    job = (await registry.post("/pack-jobs", OFFICER, json={"area": "0202", "year": 2026})).json()
    await work(registry)
    done = (await registry.get(f"/pack-jobs/{job['id']}", OFFICER)).json()
    assert (done["published"], done["failed"], done["empty"]) == (2, 1, 1)


async def test_the_report_adds_up(registry: Registry, units: list[str]) -> None:
    await publish(registry, units[0])
    await publish(registry, units[1], facts=0)
    await registry.execute(
        "INSERT INTO fact_sheet (unit_id, year, facts, status, entered_by, version)"
        " SELECT id, 2026, '{}', 'submitted', id, 1 FROM unit WHERE code = :code",
        code=units[0],
    )
    report: dict[str, Any] = (await registry.get("/pack-report", params={"year": 2026, "area": "0202"})).json()
    counts = {name: report["total"][name] for name in ("units", "facts_none", "facts_submitted", "packs")}
    assert counts == {"units": 4, "facts_none": 3, "facts_submitted": 1, "packs": 2}
    assert [(row["area_code"], row["units"], row["packs"], row["packs_without_facts"]) for row in report["rows"]] == [
        ("020201", 3, 2, 1), ("020202", 1, 0, 0),
    ]  # fmt: skip
    listed = await registry.all_pages("/pack-report/units", year=2026, area="0202", limit=3)
    assert [(one["unit_code"], one["facts"], one["pack"], one["pack_facts"]) for one in listed] == [
        (units[0], "submitted", 1, 4), (units[3], "none", None, None), (units[1], "none", 1, 0),
        (units[2], "none", None, None),
    ]  # fmt: skip
    without = await registry.all_pages(
        "/pack-report/units", year=2026, published="false", facts="none", kind="primary_school"
    )
    assert [one["unit_code"] for one in without] == [units[2]]
    nation = (await registry.get("/pack-report", params={"year": 2026})).json()
    assert [(row["area_code"], row["units"]) for row in nation["rows"]] == [("02", 4), ("03", 0)]
    table = await registry.get("/pack-report.csv", params={"year": 2026, "area": "0202"})
    assert table.text.splitlines()[1].split(",")[5:7] == ["all", "4"]
    for params in ({"area": "0299"}, {"level": "village"}, {"area": "0202", "level": "province"}):
        assert (await registry.get("/pack-report", params={"year": 2026} | params)).status_code == 422
