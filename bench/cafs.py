"""A nation's 5,000 facilitators and a year's trainings: taken in, and reported for any area."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx

from bench.figures import Figure, percentile
from bench.installations import installation, token
from bench.reporting import ASKED, GOAL, ask_report
from bench.units import API, import_table, timed, write_table
from services.registry.gazetteer.source import read_package

CAFS = 5_000
TRAININGS = 2_000
AT_ONCE = 8
HEADING = [
    "area_code", "name", "sex", "birth_year", "phone", "term_from", "term_until", "supporter", "village_official",
]  # fmt: skip


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        headers = {"Authorization": f"Bearer {token(stack)}"}
        with httpx.Client(base_url=stack.base_url + API, headers=headers, timeout=120) as client:
            figures = list(take_in(client))
            asyncio.run(hold_trainings(stack.base_url + API, headers, read_cafs(client)))
            return [*figures, *_lists(client), *_reports(client)]


def take_in(client: httpx.Client) -> Iterator[Figure]:
    """Facilitators from files."""
    table = write_table(HEADING, _cafs())
    yield Figure(f"{CAFS:,} facilitators from CSV, dry run", import_table(client, "cafs", table, dry_run=True), "s")
    took = import_table(client, "cafs", table, created=CAFS)
    yield Figure(f"{CAFS:,} facilitators from CSV, carried out", took, "s", "< 10 s")
    took = import_table(client, "cafs", table, unchanged=CAFS)
    yield Figure("the same sent again, nothing changed", took, "s", "< 10 s")
    exported, took = timed(partial(client.get, "/cafs.xlsx"))
    yield Figure(f"{CAFS:,} facilitators exported as XLSX", took, "s")
    took = import_table(client, "cafs", exported.content, unchanged=CAFS)
    yield Figure("the same XLSX imported again, nothing changed", took, "s", "< 10 s")


def _reports(client: httpx.Client) -> Iterator[Figure]:
    for report in ("/caf-report", "/training-report"):
        yield from ask_report(client, report)


def _lists(client: httpx.Client) -> Iterator[Figure]:
    for path in ("/cafs?area=02", "/cafs?finding=inactive", "/trainings?area=02"):
        times = [timed(partial(client.get, path))[1] * 1000 for _ in range(ASKED)]
        yield Figure(f"first page of {path}, 99th percentile", percentile(times, 99), "ms", GOAL)


def _cafs() -> Iterator[list[str]]:
    """Three a commune, then a fourth in some: 65% women, 13% village officials, some terms over."""
    communes = [row.code for row in read_package().rows if row.level == "commune"]
    for number in range(CAFS):
        sex = "female" if number % 20 < 13 else "male"
        term = ["2024-01-05", "2025-12-31"] if number % 10 == 0 else ["2026-01-05", "2027-12-31"]
        supporter = ("CARE", "World Vision", "")[number % 3]
        official = "yes" if number % 100 < 13 else "no"
        commune = communes[number % len(communes)]
        yield [commune, f"Sok {number}", sex, "1988", f"0{12_000_000 + number}", *term, supporter, official]


def read_cafs(client: httpx.Client) -> dict[str, list[str]]:
    """The facilitators' ids by commune."""
    by_commune: dict[str, list[str]] = {}
    cursor: str | None = None
    while True:
        page: dict[str, Any] = client.get(
            "/cafs", params={"limit": 500} | ({"cursor": cursor} if cursor else {})
        ).json()
        for caf in page["items"]:
            by_commune.setdefault(caf["area_code"], []).append(caf["id"])
        cursor = page["next_cursor"]
        if cursor is None:
            return by_commune


async def hold_trainings(url: str, headers: dict[str, str], cafs: dict[str, list[str]]) -> None:
    """Trainings of communes, one after the other, each naming the commune's facilitators."""
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        organiser = (await client.get("/organisations", params={"q": "CARE"})).json()["items"][0]["id"]
        communes = sorted(cafs)
        waiting = iter(range(TRAININGS))

        async def hold() -> None:
            for number in waiting:
                commune = communes[number % len(communes)]
                body = _training(number, commune, organiser, cafs[commune])
                (await client.post("/trainings", json=body)).raise_for_status()

        await asyncio.gather(*(hold() for _ in range(AT_ONCE)))


def _training(number: int, commune: str, organiser: str, cafs: list[str]) -> dict[str, Any]:
    day = f"2026-{1 + number % 9:02}-{1 + number % 28:02}"
    kinds = ("caf", "committee_member", "citizen")
    participants = [{"kind": kind, "sex": sex, "number": 4} for kind in kinds for sex in ("female", "male")]
    return {
        "topic": ("facilitation", "jaap", "scorecard")[number % 3],
        "organiser_id": organiser,
        "area_code": commune,
        "held_from": day,
        "held_until": day,
        "participants": participants,
        "caf_ids": cafs,
    }
