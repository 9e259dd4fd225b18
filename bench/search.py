"""Finding areas while one types: every beginning of names, in both scripts, one after the other."""

import asyncio
import time
from collections.abc import Iterable, Iterator

import httpx
import uvloop

from bench.figures import Figure, percentile
from bench.registries import loaded_registry
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.source import read_package
from services.registry.main import app

PATH = "/api/registry/v1/areas/search"
GOAL = "< 20 ms"
NAMES = 60
"""Of all parts of the list."""
WARM_UP = 40
NONSENSE = ("zzzz", "qwrtp", "ឨឨឨ", "99999999", "!!", "x" * 60, "lorem ipsum dolor sit amet")


def run() -> list[Figure]:
    """Type into the search over all 16,459 areas (PostgreSQL as `make up` runs it, without a network between)."""
    with loaded_registry() as (settings, _), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app.state.settings = settings
        return runner.run(_serve())


async def _serve() -> list[Figure]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client,
    ):
        return await _measure(client)


async def _measure(client: httpx.AsyncClient) -> list[Figure]:
    rows = read_package().rows
    chosen = rows[:: len(rows) // NAMES]
    typed: dict[str, list[str]] = {
        "Latin, letter by letter": list(_beginnings(row.name_en for row in chosen)),
        "Khmer, letter by letter": list(_beginnings(row.name_km for row in chosen)),
        "the first letter": sorted({row.name_en[0] for row in rows} | {row.name_km[0] for row in rows} | set("0129")),
        "codes, digit by digit": list(_beginnings(row.code for row in chosen)),
        "a place and what it lies in": list(_with_places_above(chosen, {row.code: row for row in rows})),
        "nonsense": [*NONSENSE, *NONSENSE],
    }
    for word in typed["Latin, letter by letter"][:WARM_UP]:
        await _ask(client, word)
    times = {name: [await _ask(client, word) for word in words] for name, words in typed.items()}
    everything = [one for found in times.values() for one in found]
    return [
        *(_figure(name, found, 50) for name, found in times.items()),
        *(_figure(name, found, 99, GOAL) for name, found in times.items()),
        _figure("all", everything, 50),
        _figure("all", everything, 99, GOAL),
        Figure("searches", len(everything), ""),
    ]


def _figure(name: str, times: list[float], percent: int, goal: str = "") -> Figure:
    what = "median" if percent == 50 else f"{percent}th percentile"
    return Figure(f"{name}: {what}", percentile(times, percent), "ms", goal)


async def _ask(client: httpx.AsyncClient, words: str) -> float:
    began = time.perf_counter()
    (await client.get(PATH, params={"q": words})).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _beginnings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (name[:length] for length in range(1, len(name) + 1))


def _with_places_above(rows: Iterable[Row], by_code: dict[str, Row]) -> Iterator[str]:
    """`Ta Pung Thma Koul`, `phum Thmei khum Ta Pung`, and the same in Khmer."""
    for row in rows:
        above = by_code.get(row.parent_code or "")
        if above is not None:
            yield f"{row.name_en} {above.name_en}"
            yield f"{row.name_km} {above.name_km}"
            if row.level == "village":
                yield f"phum {row.name_en} khum {above.name_en}"
                yield f"ភូមិ{row.name_km} ឃុំ{above.name_km}"
