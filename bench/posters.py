"""Posters of a nation's packs: one at a time, kept ones, an area's by a job and as a zip, and where they hang.

The job makes those of a province, or of as many units as `ISAF_BENCH_POSTERS` says: 12000 is the nation.
"""

import os
import time
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import httpx
import psutil

from bench.figures import Figure, percentile
from bench.installations import installation, token
from bench.packs import API, UNITS, YEAR, all_of, register_units, send_facts, spread, timed
from bench.reporting import ask_report
from deploy.local.stack import Stack

ALL = int(os.environ.get("ISAF_BENCH_POSTERS", "0")) >= UNITS
AREA = "" if ALL else "02"
APPROVED_AT_ONCE = 500
SENT_AT_ONCE = 200
SINGLE = 40
ASKED = 200
COMPILER = "services.registry.posters.compile"
PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives as long as the benchmark


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        headers = {"Authorization": f"Bearer {token(stack)}"}
        with httpx.Client(base_url=stack.base_url, headers=headers, timeout=120) as client:
            prepare(client, token(stack, "operator"))
            client.headers["Authorization"] = f"Bearer {token(stack)}"
            made = [*_single(client), *_job(stack, client)]
            client.headers["Authorization"] = f"Bearer {token(stack)}"
            return [*made, *post_all(client), *_reports(client)]


def prepare(client: httpx.Client, operator: str, area: str = AREA) -> None:
    """Units with facts that somebody else has approved, and their packs."""
    register_units(client)
    for _ in send_facts(client):
        pass
    account = {
        "kind": "person", "username": "second.officer", "password": PASSWORD, "display_name": "Second officer",
        "grants": [{"role": "ncdds", "area_code": ""}],
    }  # fmt: skip
    made = client.post(f"{API}/accounts", json=account, headers={"Authorization": f"Bearer {operator}"})
    made.raise_for_status()
    form = {"grant_type": "password", "username": "second.officer", "password": PASSWORD}
    token = httpx.post(str(client.base_url.join(f"{API}/token")), data=form).raise_for_status().json()["access_token"]
    approver = {"Authorization": f"Bearer {token}"}
    codes = [sheet["unit_code"] for sheet in all_of(client, "/fact-sheets", year=YEAR, area=area, limit=500)]
    for start in range(0, len(codes), APPROVED_AT_ONCE):
        body = {"year": YEAR, "unit_codes": codes[start : start + APPROVED_AT_ONCE]}
        timed(partial(client.post, f"{API}/fact-sheets:approve", json=body, headers=approver))
    job = client.post(f"{API}/pack-jobs", json={"year": YEAR}).raise_for_status().json()
    _wait(client, f"/pack-jobs/{job['id']}")


def _single(client: httpx.Client) -> Iterator[Figure]:
    units = all_of(client, "/units", kind="health_centre", area="02", limit=500)
    paths = [f"{API}/units/{unit['code']}/poster.pdf" for unit in units[:SINGLE]]
    first, took = timed(partial(client.get, paths[0], params={"size": "a4"}))
    yield Figure("the first poster, with its compiler's start", took * 1000, "ms", "< 500 ms")
    yield Figure("its size", len(first.content) / 1024, "KiB")
    yield from spread("a poster not made before", [partial(client.get, path) for path in paths], "< 500 ms")
    yield from spread("a poster made before", [partial(client.get, paths[0]) for _ in range(ASKED)])


def _job(stack: Stack, client: httpx.Client) -> Iterator[Figure]:
    body = {"area": AREA, "year": YEAR, "size": "a4", "lang": "km"}
    began = time.perf_counter()
    job = client.post(f"{API}/poster-jobs", json=body).raise_for_status().json()
    registry = psutil.Process(stack.pid("registry"))
    used: dict[int, float] = {}
    while job["status"] != "done":
        time.sleep(1)
        used |= _compilers_seconds(registry)
        if time.perf_counter() - began > 600:
            client.headers["Authorization"] = f"Bearer {token(stack)}"
        job = client.get(f"{API}/poster-jobs/{job['id']}").raise_for_status().json()
    took = time.perf_counter() - began
    if job["done"] != job["total"]:
        raise RuntimeError(str(job))
    yield Figure(f"{job['total']:,} posters by a job", took, "s")
    yield Figure("posters for each second of a core, compiling", job["total"] / sum(used.values()), "posters/s")
    nation = took / job["total"] * 12_000 / 60
    yield Figure("a nation's 12,000 at that pace", nation, "min", "< 20 min")
    answer, took = timed(partial(client.get, f"{API}/poster-jobs/{job['id']}.zip"))
    yield Figure(f"their zip of {len(answer.content) / 2**20:.0f} MiB", took, "s")


def post_all(client: httpx.Client) -> Iterator[Figure]:
    """Posters of nine in ten units hang."""
    units = all_of(client, "/posting-report/units", year=YEAR, limit=500)
    postings = [
        {"id": str(uuid4()), "unit_code": unit["unit_code"], "year": YEAR, "pack_version": 1}
        | {"posted_on": time.strftime("%Y-%m-%d"), "place": "ជញ្ជាំងមុខ"}
        for number, unit in enumerate(units)
        if number % 10
    ]
    times = []
    for start in range(0, len(postings), SENT_AT_ONCE):
        sent = {"postings": postings[start : start + SENT_AT_ONCE]}
        answer, took = timed(partial(client.post, f"{API}/postings:sync", json=sent))
        if answer.json()["accepted"] != len(sent["postings"]):
            raise RuntimeError(answer.text[:1000])
        times.append(took)
    yield Figure(f"{len(postings):,} postings, {SENT_AT_ONCE} at once", len(postings) / sum(times), "postings/s")
    yield Figure("such a batch, 99th percentile", percentile(times, 99) * 1000, "ms")


def _reports(client: httpx.Client) -> Iterator[Figure]:
    yield from ask_report(client, f"{API}/posting-report", year=YEAR)
    missing: dict[str, str | int] = {"year": YEAR, "status": "not_posted"}
    ask = partial(client.get, f"{API}/posting-report/units", params=missing)
    yield from spread("the nation's first 100 without a poster", [ask] * ASKED, "< 50 ms")


def _compilers_seconds(registry: psutil.Process) -> dict[int, float]:
    """Of a core, that each of the service's compilers has used so far: they are replaced now and then."""
    used = {}
    for child in registry.children(recursive=True):
        try:
            if COMPILER in child.cmdline():
                used[child.pid] = sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return used


def _wait(client: httpx.Client, path: str) -> None:
    while client.get(f"{API}{path}").raise_for_status().json()["status"] != "done":
        time.sleep(0.5)
