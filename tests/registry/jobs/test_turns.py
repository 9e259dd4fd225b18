"""Jobs of packs and of posters: who may have how many, whose turn it is, where they go, and when they are forgotten."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.jobs import asking, forgetting
from services.registry.jobs.working import work_on_next
from services.registry.packs import jobs
from services.registry.packs.models import PackJob, PackJobItem
from tests.registry.conftest import Registry, until_waiting
from tests.registry.packs.examples import publish

DARA, SOK = UUID(int=1), UUID(int=2)
OFFICER = "district_officer@0202"
LAW = {"effective_on": "2026-05-04", "legal_reference": "Sub-decree 1"}


async def ask(registry: Registry, *grants: str, user_id: UUID = DARA, path: str = "pack", **more: Any) -> Any:
    body = {"area": "0202", "year": 2026} | more
    return await registry.post(f"/{path}-jobs", *(grants or (OFFICER,)), json=body, user_id=user_id)


async def turn(registry: Registry) -> bool:
    return await jobs.publish_next(registry.client.runtime)


async def work(registry: Registry) -> None:
    while await turn(registry):
        pass


async def counts(registry: Registry, job: dict[str, Any], *grants: str) -> dict[str, int]:
    told = (await registry.get(f"/pack-jobs/{job['id']}", *(grants or (OFFICER,)))).json()
    return {name: told[name] for name in ("published", "closed", "done", "total") if told[name]}


async def recode(registry: Registry, code: str, new_code: str) -> None:
    area_id = (await registry.get(f"/areas/{code}")).json()["id"]
    answer = await registry.post(f"/areas/{area_id}:move", "operator@", json=LAW | {"new_code": new_code})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", ["pack", "poster"])
async def test_nobody_fills_anothers_line(registry: Registry, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    await registry.unit()
    await publish(registry)
    monkeypatch.setattr(asking, "MOST_OF_ACCOUNT", 1)
    both = await asyncio.gather(*(ask(registry, path=path) for _ in "12"))
    assert sorted(one.status_code for one in both) == [202, 409]
    assert [one.json()["code"] for one in both if one.status_code == 409] == ["too_many_jobs"]
    assert (await ask(registry, path=path, user_id=SOK)).status_code == 202
    monkeypatch.setattr(asking, "MOST_OF_PROVINCE", 2)
    assert (await ask(registry, path=path, user_id=UUID(int=3), area="020201")).json()["code"] == "too_many_jobs"
    nation = await ask(registry, "ncdds@", path=path, user_id=UUID(int=4), area="")
    assert nation.status_code == 202, "of another line"
    [job] = [one.json() for one in both if one.status_code == 202]
    assert (await registry.post(f"/{path}-jobs/{job['id']}:cancel", OFFICER)).status_code == 200
    assert (await ask(registry, path=path)).status_code == 202


@pytest.mark.parametrize("path", ["pack", "poster"])
async def test_a_job_is_of_an_area_that_stays_until_it_is_in_line(registry: Registry, path: str) -> None:
    await registry.unit()
    await publish(registry)
    wrong = await ask(registry, "ncdds@", path=path, area="0999")
    assert (wrong.json()["code"], wrong.json()["errors"][0]["pointer"]) == ("area_unknown", "/area")
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM area WHERE code = '0202' FOR UPDATE"))
        asking_for_it = asyncio.create_task(ask(registry, path=path))
        await until_waiting(registry, asking_for_it)
    assert (await asking_for_it).status_code == 202


async def test_jobs_take_turns_and_one_that_fails_lets_the_others_go_first(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    for _ in range(2):
        await registry.unit()
    first, second = [(await ask(registry, year=year)).json() for year in (2025, 2026)]
    assert [await turn(registry) for _ in "12"] == [True, True]
    assert [(await counts(registry, job))["done"] for job in (first, second)] == [1, 1]

    async def fail(*_: object) -> Mapping[str, int]:
        raise OSError("the disk is full")

    database = registry.client.runtime.database
    with pytest.raises(OSError, match="the disk is full"):
        await work_on_next(database, PackJob, PackJobItem, 1, fail)
    seen: list[UUID] = []

    async def look(db: AsyncSession, job: PackJob, items: Sequence[PackJobItem]) -> Mapping[str, int]:
        seen.append(job.id)
        return {}

    await work_on_next(database, PackJob, PackJobItem, 1, look)
    assert [str(one) for one in seen] == [second["id"]]
    await work(registry)
    assert [await counts(registry, job) for job in (first, second)] == [{"published": 2, "done": 2, "total": 2}] * 2


async def test_a_job_follows_its_units_and_its_area(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renumbered before and while it runs; a unit that moved away, one that was merged, and a new one."""
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    units = [await registry.unit(area=area) for area in ("020201", "020201", "020202", "020202")]
    job = (await ask(registry)).json()
    await recode(registry, "0202", "0209")
    assert await turn(registry)
    assert (await registry.get(f"/pack-jobs/{job['id']}", OFFICER)).status_code == 403
    await recode(registry, "020901", "020909")
    moved, duplicate, survivor = units[1]["code"], units[2]["code"], units[3]["code"]
    answer = await registry.post(f"/units/{moved}:move", "operator@", json={"area_code": "030101", "reason": "x"})
    assert answer.status_code == 200, answer.text
    merger = {"into": survivor, "reason": "x"}
    assert (await registry.post(f"/units/{duplicate}:merge", "operator@", json=merger)).status_code == 200
    await registry.unit(area="020909")
    await work(registry)
    there = "district_officer@0209"
    assert await counts(registry, job, there) == {"published": 3, "closed": 1, "done": 4, "total": 4}
    assert (await registry.get("/pack-jobs", there, params={"area": "0209"})).json()["items"][0]["area"] == "0209"
    [item] = (await registry.get(f"/pack-jobs/{job['id']}/items", there, params={"outcome": "closed"})).json()["items"]
    assert (item["unit_code"], item["error"]) == (duplicate, "unit_closed")


async def test_a_job_ends_when_who_asked_may_no_longer(registry: Registry) -> None:
    code = (await registry.unit())["code"]
    officer = await registry.person(OFFICER)
    job = (await ask(registry, user_id=UUID(officer["id"]))).json()
    assert (await registry.post(f"/accounts/{officer['id']}:disable", "operator@")).status_code == 200
    await work(registry)
    assert (await registry.get(f"/pack-jobs/{job['id']}", OFFICER)).json()["status"] == "cancelled"
    assert (await registry.get(f"/units/{code}/packs")).json()["items"] == []
    trail = await registry.rows("SELECT action FROM audit_entry WHERE subject_kind = 'pack_job' ORDER BY id")
    assert trail == [("asked_for",), ("cancelled",)]


async def test_a_job_of_the_version_before_goes_on_where_it_stopped(registry: Registry) -> None:
    codes = [(await registry.unit())["code"] for _ in range(3)]
    await registry.execute(
        "INSERT INTO pack_job (area_code, year, status, asked_by, total, after, published, unchanged, empty, failed)"
        " VALUES ('0202', 2026, 'running', :by, 3, :code, 1, 0, 0, 0)",
        by=DARA,
        code=codes[0],
    )
    await registry.execute(
        "INSERT INTO pack_job_item SELECT id, :code, 'published', 1, 0, NULL FROM pack_job", code=codes[0]
    )
    database = registry.client.runtime.database
    unlisted = await work_on_next(database, PackJob, PackJobItem, 1, _nothing)
    assert not unlisted, "asked for since this process last looked, or being listed by another"
    await work(registry)
    [job] = (await registry.get("/pack-jobs", OFFICER, params={"area": "0202"})).json()["items"]
    assert (job["status"], job["published"]) == ("done", 3)
    assert [one["unit_code"] for one in await registry.all_pages(f"/pack-jobs/{job['id']}/items", OFFICER)] == codes


async def _nothing(db: AsyncSession, job: PackJob, items: Sequence[PackJobItem]) -> Mapping[str, int]:
    return {}


async def test_jobs_are_forgotten(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.unit()
    stuck, old, third = [(await ask(registry)).json()["id"] for _ in range(3)]
    for job in (old, third):
        assert (await registry.post(f"/pack-jobs/{job}:cancel", OFFICER)).status_code == 200
    await registry.execute("UPDATE pack_job SET asked_at = now() - interval '8 days' WHERE id = :id", id=UUID(stuck))
    await registry.execute("UPDATE pack_job SET finished_at = now() - interval '31 days' WHERE id = :id", id=UUID(old))
    await jobs.forget_old(registry.client.runtime)
    left = await registry.all_pages("/pack-jobs", OFFICER, area="0202")
    assert {one["id"]: one["status"] for one in left} == {stuck: "cancelled", third: "cancelled"}
    told = await registry.rows("SELECT action FROM audit_entry WHERE subject = :id ORDER BY id", id=stuck)
    assert told == [("asked_for",), ("cancelled",)]
    monkeypatch.setattr(forgetting, "MOST_KEPT", 1)
    await jobs.forget_old(registry.client.runtime)
    assert [one["id"] for one in await registry.all_pages("/pack-jobs", OFFICER, area="0202")] == [stuck], "ended last"
    assert await registry.rows("SELECT DISTINCT job_id::text FROM pack_job_item") == [(stuck,)]
