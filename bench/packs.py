"""A nation's standards, facts and packs: facts from files, packs by a job, the report over them, and the page."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from typing import Any

import httpx

from bench.figures import Figure, percentile
from bench.installations import installation, token
from bench.reporting import ask_report
from services.registry.gazetteer.source import read_package

UNITS = 12_000
YEAR = 2026
API = "/api/registry/v1"
KINDS = (
    ("commune_administration", "រដ្ឋបាល", "Administration"),
    ("health_centre", "មណ្ឌលសុខភាព", "Health Centre"),
    *(("primary_school", f"សាលាបឋមសិក្សា {number}", f"Primary School {number}") for number in range(1, 9)),
)
APPROVED_AT_ONCE = 500
ASKED = 300


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        roles = (("ncdds",), ("province_officer", "02"))
        sender, approver = ({"Authorization": f"Bearer {token(stack, *role)}"} for role in roles)
        with httpx.Client(base_url=stack.base_url, headers=sender, timeout=120) as client:
            register_units(client)
            return [*send_facts(client), *_approvals(client, approver), *_packs(client), *_reads(client)]


def register_units(client: httpx.Client) -> None:
    communes = [row for row in read_package().rows if row.level == "commune"]
    pairs = ((kind, commune) for kind in KINDS for commune in communes)
    rows = [
        [kind, commune.code, f"{name_km}{commune.name_km}", f"{commune.name_en} {name_en}"]
        for (kind, name_km, name_en), commune in islice(cycle(pairs), UNITS)
    ]
    _import(client, "units", ["kind", "area_code", "name_km", "name_en"], rows)


def send_facts(client: httpx.Client) -> Iterator[Figure]:
    took, number = 0.0, 0
    for kind in dict.fromkeys(kind for kind, _, _ in KINDS):
        elements = client.get(f"{API}/data-elements", params={"kind": kind}).json()["items"]
        codes = [element["code"] for element in elements]
        values = [41 if element["value_type"] == "percent" else 4_100_000 for element in elements]
        units = _units(client, kind)
        number += len(units) * len(codes)
        rows = [[unit["code"], *values] for unit in units]
        took += _import(client, "facts", ["unit_code", *codes], rows, kind=kind, year=YEAR, submit=True)
    yield Figure(f"{number:,} facts of {UNITS:,} units from three files, carried out", took, "s")


def _approvals(client: httpx.Client, approver: dict[str, str]) -> Iterator[Figure]:
    """Somebody of Battambang approves a province's facts, a page of them at a time."""
    sheets = all_of(client, "/fact-sheets", year=YEAR, area="02", limit=APPROVED_AT_ONCE)
    codes = [sheet["unit_code"] for sheet in sheets]
    for start in range(0, len(codes), APPROVED_AT_ONCE):
        some = codes[start : start + APPROVED_AT_ONCE]
        body = {"year": YEAR, "unit_codes": some}
        answer, took = timed(partial(client.post, f"{API}/fact-sheets:approve", json=body, headers=approver))
        if any(one["outcome"] != "accepted" for one in answer.json()):
            raise RuntimeError(answer.text[:1000])
        if start == 0:
            yield Figure(f"{len(some)} units' facts approved at once", took, "s")


def _packs(client: httpx.Client) -> Iterator[Figure]:
    for name in ("published", "unchanged"):
        began = time.perf_counter()
        job = client.post(f"{API}/pack-jobs", json={"year": YEAR}).raise_for_status().json()
        while job["status"] != "done":
            time.sleep(0.2)
            job = client.get(f"{API}/pack-jobs/{job['id']}").raise_for_status().json()
        if job[name] != UNITS:
            raise RuntimeError(str(job))
        yield Figure(f"{UNITS:,} packs by a job, {name}", time.perf_counter() - began, "s")
    times = [
        timed(partial(client.post, f"{API}/units/{unit['code']}/packs/{YEAR + 1}:publish"))[1] * 1000
        for unit in _units(client, "health_centre")[:ASKED]
    ]
    yield Figure("a single pack published, 99th percentile", percentile(times, 99), "ms")


def _reads(client: httpx.Client) -> Iterator[Figure]:
    yield from ask_report(client, f"{API}/pack-report", year=YEAR)
    codes = [unit["code"] for unit in _units(client, "health_centre")[:ASKED]]
    yield from spread("a unit's pack as JSON", [partial(client.get, f"{API}/units/{code}/pack") for code in codes])
    pages = [partial(client.get, f"/i4c/{code}") for code in codes]
    yield from spread("a unit's page", pages)
    plain = client.get(f"/i4c/{codes[0]}", headers={"Accept-Encoding": "identity"})
    yield Figure("a unit's page, not packed", len(plain.content) / 1024, "KiB", "< 30 KiB")


def spread(name: str, asks: Sequence[Callable[[], httpx.Response]], goal: str = "") -> Iterator[Figure]:
    times = [timed(ask)[1] * 1000 for ask in asks]
    yield Figure(f"{name}, median", percentile(times, 50), "ms")
    yield Figure(f"{name}, 99th percentile", percentile(times, 99), "ms", goal)


def _units(client: httpx.Client, kind: str) -> list[dict[str, Any]]:
    return all_of(client, "/units", kind=kind, limit=500)


def all_of(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        page = client.get(f"{API}{path}", params=params).raise_for_status().json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


def _import(client: httpx.Client, what: str, heading: list[str], rows: list[list[Any]], **params: Any) -> float:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([heading, *rows])
    send = partial(
        client.post, f"{API}/{what}:import", content=buffer.getvalue().encode(), params=params | {"dry_run": False}
    )
    answer, took = timed(send)
    if answer.json()["created"] != len(rows):
        raise RuntimeError(answer.text[:1000])
    return took


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    if not answer.is_success:
        raise RuntimeError(answer.text[:1000])
    return answer, took
