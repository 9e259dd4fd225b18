"""Posters of an area, made some at a time."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from services.registry.posters import jobs
from services.registry.posters.compiling import Compiler
from tests.registry.conftest import Registry
from tests.registry.packs.examples import publish

JOB = {"area": "0202", "year": 2026, "size": "a4", "lang": "km"}
OFFICER = "district_officer@0202"


@pytest.fixture
async def compilers() -> AsyncIterator[list[Compiler]]:
    """Two processes, as the worker has them."""
    both = [Compiler(background=True), Compiler(background=True)]
    yield both
    for one in both:
        one.close()


async def units(registry: Registry, number: int) -> list[str]:
    codes = [(await registry.unit())["code"] for _ in range(number)]
    for code in codes:
        await publish(registry, code)
    return codes


async def ask(registry: Registry, **changes: Any) -> dict[str, Any]:
    answer = await registry.post("/poster-jobs", OFFICER, json=JOB | changes)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def test_who_may_ask(registry: Registry) -> None:
    await units(registry, 1)
    for grants, status in (((), 401), (("commune_clerk@020201",), 403), (("district_officer@0203",), 403)):
        assert (await registry.post("/poster-jobs", *grants, json=JOB)).status_code == status
    job = await ask(registry)
    for path in (f"/poster-jobs/{job['id']}", f"/poster-jobs/{job['id']}/items", f"/poster-jobs/{job['id']}.zip"):
        assert (await registry.get(path)).status_code == 401
        assert (await registry.get(path, "district_officer@0203")).status_code == 403
        assert (await registry.get(path, OFFICER)).status_code == 200
    assert (await registry.post(f"/poster-jobs/{job['id']}:cancel", "district_officer@0203")).status_code == 403
    listed = (await registry.get("/poster-jobs", OFFICER, params={"area": "0202"})).json()["items"]
    assert [one["id"] for one in listed] == [job["id"]]
    nobody = "/poster-jobs/00000000-0000-4000-8000-000000000009"
    assert (await registry.get(nobody, OFFICER)).json()["code"] == "poster_job_not_found"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"size": "a5"}, "/size"), ({"lang": 1}, "/lang"), ({"area": "x"}, "/area"), ({"papers": 2}, "/papers")],
)
async def test_bad_jobs_are_named(registry: Registry, change: dict[str, Any], pointer: str) -> None:
    answer = await registry.post("/poster-jobs", "ncdds@", json=JOB | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_job_makes_all_and_is_taken_home(registry: Registry, compilers: list[Compiler]) -> None:
    codes = await units(registry, 3)
    elsewhere = await registry.unit(area="020301")
    await publish(registry, elsewhere["code"])
    job = await ask(registry)
    assert (job["status"], job["total"]) == ("queued", 3)
    runtime = registry.client.runtime
    while await jobs.make_next(runtime, compilers):
        pass
    seen = (await registry.get(f"/poster-jobs/{job['id']}", OFFICER)).json()
    assert (seen["status"], seen["done"], seen["failed"]) == ("done", 3, 0)
    await registry.execute("DELETE FROM poster WHERE pack_id = (SELECT min(pack_id::text)::uuid FROM poster)")
    whole = await registry.get(f"/poster-jobs/{job['id']}.zip", OFFICER)
    files = ZipFile(BytesIO(whole.content))
    assert files.testzip() is None
    assert files.namelist() == [f"02/0202/020201/{code}-2026-a4-km.pdf" for code in codes]
    assert all(files.read(name).startswith(b"%PDF") for name in files.namelist())
    assert await registry.rows("SELECT count(*) FROM poster") == [(3,)]
    part = await registry.get(f"/poster-jobs/{job['id']}.zip", OFFICER, params={"area": "020202"})
    assert ZipFile(BytesIO(part.content)).namelist() == []
    outside = await registry.get(f"/poster-jobs/{job['id']}.zip", OFFICER, params={"area": "0203"})
    assert outside.json()["errors"][0]["pointer"] == "query/area"
    again = await ask(registry, kind="health_centre")
    assert await jobs.make_next(runtime, [])
    assert (await registry.get(f"/poster-jobs/{again['id']}", OFFICER)).json()["done"] == 3


async def test_posters_are_taken_home_by_the_codes_of_today(registry: Registry, compilers: list[Compiler]) -> None:
    [code] = await units(registry, 1)
    job = await ask(registry)
    while await jobs.make_next(registry.client.runtime, compilers):
        pass
    area_id = (await registry.get("/areas/0202")).json()["id"]
    order = {"effective_on": "2026-05-04", "legal_reference": "Sub-decree 1", "new_code": "0209"}
    assert (await registry.post(f"/areas/{area_id}:move", "operator@", json=order)).status_code == 201
    for params in ({}, {"area": "0209"}, {"area": "020901"}):
        answer = await registry.get(f"/poster-jobs/{job['id']}.zip", "district_officer@0209", params=params)
        assert ZipFile(BytesIO(answer.content)).namelist() == [f"02/0209/020901/{code}-2026-a4-km.pdf"]


async def test_a_job_goes_on_after_an_end_in_the_middle(
    registry: Registry, compilers: list[Compiler], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = await units(registry, 3)
    job = await ask(registry)
    runtime = registry.client.runtime
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    assert await jobs.make_next(runtime, compilers)

    async def killed(*_: object) -> bytes:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "make_poster", killed)
        with pytest.raises(ExceptionGroup):
            await jobs.make_next(runtime, compilers)
    items = await registry.all_pages(f"/poster-jobs/{job['id']}/items", OFFICER)
    assert [(item["unit_code"], item["status"]) for item in items] == [
        (codes[0], "done"), (codes[1], "waiting"), (codes[2], "waiting"),
    ]  # fmt: skip
    both = await asyncio.gather(*(jobs.make_next(runtime, [compiler]) for compiler in compilers))
    assert both == [True, True]
    assert await jobs.make_next(runtime, compilers)
    assert not await jobs.make_next(runtime, compilers)
    seen = (await registry.get(f"/poster-jobs/{job['id']}", OFFICER)).json()
    assert (seen["status"], seen["done"], seen["total"]) == ("done", 3, 3)


async def test_one_that_cannot_be_made_harms_no_other(registry: Registry, compilers: list[Compiler]) -> None:
    codes = await units(registry, 2)
    await registry.execute(
        "UPDATE pack SET content = content - 'rights' WHERE unit_id = (SELECT id FROM unit WHERE code = :code)",
        code=codes[0],
    )
    job = await ask(registry)
    assert await jobs.make_next(registry.client.runtime, compilers)
    failed = (await registry.get(f"/poster-jobs/{job['id']}/items", OFFICER, params={"status": "failed"})).json()
    assert [(item["unit_code"], item["error"]) for item in failed["items"]] == [(codes[0], "poster_not_made")]
    assert (await registry.get(f"/poster-jobs/{job['id']}", OFFICER)).json()["done"] == 1
    assert (await registry.get(f"/units/{codes[0]}/poster.pdf")).json()["code"] == "poster_not_made"


async def test_a_cancelled_job_makes_no_more(registry: Registry) -> None:
    await units(registry, 1)
    job = await ask(registry)
    first, second = await asyncio.gather(*(registry.post(f"/poster-jobs/{job['id']}:cancel", OFFICER) for _ in "12"))
    assert sorted([first.status_code, second.status_code]) == [200, 409]
    assert not await jobs.make_next(registry.client.runtime, [])
    actions = await registry.rows("SELECT action FROM audit_entry WHERE subject_kind = 'poster_job' ORDER BY id")
    assert actions == [("asked_for",), ("cancelled",)]
    await registry.execute("UPDATE poster_job SET finished_at = now() - interval '31 days'")
    await jobs.forget_old(registry.client.runtime)
    assert await registry.rows("SELECT 1 FROM poster_job_item") == []


async def test_a_job_without_packs_is_refused(registry: Registry) -> None:
    answer = await registry.post("/poster-jobs", OFFICER, json=JOB)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_packs")
