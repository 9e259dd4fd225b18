"""A nation's bodies from a file, a year of their meetings from phones, and the duty report over them."""

import asyncio
import csv
import io
import time
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from bench.figures import Figure, percentile
from bench.installations import installation, token
from bench.reporting import ASKED, GOAL, ask_report
from services.registry.gazetteer.source import read_package

API = "/api/registry/v1"
YEAR = date.today().year - 1  # noqa: DTZ011 - any year that is over
EVERY_MONTHS = {"jaapc": 1, "council": 3, "working_group": 2, "caf_network": 3}
KINDS = {
    "commune": ("jaapc", "council"),
    "district": ("working_group", "caf_network"),
    "province": ("working_group", "caf_network"),
}
MISSED_EACH = 20
"""Every so many windows nobody meets; every so many others it is late by a few days."""
SENT_AT_ONCE = 200


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        headers = {"Authorization": f"Bearer {token(stack)}"}
        with httpx.Client(base_url=stack.base_url + API, headers=headers, timeout=120) as client:
            figures = [*recognise_all(client), *meet_all(client)]
            asyncio.run(_settle(stack.environment("registry")["ISAF_DATABASE_URL"]))
            return [*figures, *_reports(client)]


def recognise_all(client: httpx.Client) -> Iterator[Figure]:
    """A nation's bodies from a file."""
    buffer = io.StringIO()
    heading = ["kind", "area_code", "recognised_by", "recognised_on"]
    places = [(row.level, row.code) for row in read_package().rows if row.level in KINDS]
    rows = [[kind, code, "Decision", f"{YEAR - 1}-0{len(code)}-01"] for level, code in places for kind in KINDS[level]]
    csv.writer(buffer).writerows([heading, *rows])
    send = partial(client.post, "/bodies:import", content=buffer.getvalue(), params={"dry_run": False})
    answer, took = _timed(send)
    if answer.json()["created"] != len(rows):
        raise RuntimeError(answer.text[:1000])
    yield Figure(f"{len(rows):,} bodies from CSV, carried out", took, "s")


def meet_all(client: httpx.Client) -> Iterator[Figure]:
    """A year of their meetings, as phones send them."""
    meetings = [meeting for body in _all_bodies(client) for meeting in _year_of(body)]
    times = []
    for start in range(0, len(meetings), SENT_AT_ONCE):
        sent = meetings[start : start + SENT_AT_ONCE]
        answer, took = _timed(partial(client.post, "/body-meetings:sync", json={"meetings": sent}))
        if answer.json()["accepted"] != len(sent):
            raise RuntimeError(answer.text[:1000])
        times.append(took)
    yield Figure(
        f"{len(meetings):,} meetings of a year, {SENT_AT_ONCE} at once", len(meetings) / sum(times), "meetings/s"
    )
    more = [{**one, "id": str(uuid4()), "held_on": f"{YEAR}-06-07"} for one in meetings if one["held_on"][5:7] == "05"]
    single = [_timed(partial(client.post, "/body-meetings", json=one))[1] * 1000 for one in more[:ASKED]]
    yield Figure("one meeting recorded, with its body's duty: median", percentile(single, 50), "ms")


async def _settle(url: str) -> None:
    """Do what PostgreSQL does by itself a minute after such a flood: until then its plans are for small tables."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE body, body_meeting, duty_fulfilment")
    await connection.close()


def _reports(client: httpx.Client) -> Iterator[Figure]:
    period = {"from": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"}
    yield from ask_report(client, "/duty-report", **period)
    yield from _asked(client, "missed meetings of the nation, first 100", "/duty-report/missed", period)
    yield from _asked(client, "bodies of a district", "/bodies", {"area": "0202"})


def _asked(client: httpx.Client, name: str, path: str, params: dict[str, Any]) -> Iterator[Figure]:
    times = [_timed(partial(client.get, path, params=params))[1] * 1000 for _ in range(ASKED)]
    yield Figure(f"{name}, median", percentile(times, 50), "ms")
    yield Figure(f"{name}, 99th percentile", percentile(times, 99), "ms", GOAL)


def _all_bodies(client: httpx.Client) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        params = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get("/bodies", params=params).raise_for_status().json()
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _year_of(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The meetings of a body in the year: now and then none, or a little late."""
    months = EVERY_MONTHS[body["kind"]]
    for number, month in enumerate(range(months, 13, months)):
        chance = (int(body["area_code"]) + number) % MISSED_EACH
        if chance == 0:
            continue
        last = monthrange(YEAR, month)[1]
        day = date(YEAR, month + 1, 3) if chance == 1 and month < 12 else date(YEAR, month, last - chance)
        yield {
            "id": str(uuid4()), "body_id": body["id"], "held_on": str(day), "agenda": ["ថវិកា"],
            "decisions": ["ស្នើថវិកាជួសជុលអណ្ដូងទឹក"], "attendance": {"female": 3, "male": 4},
        }  # fmt: skip


def _timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    if answer.status_code not in (200, 201):
        raise RuntimeError(answer.text[:1000])
    return answer, took
