"""How much a phone or a partner loads: the change feed of the largest district and of the nation, compressed."""

import asyncio
import gzip
import time
from dataclasses import dataclass
from typing import Any

import httpx
import uvloop
from sqlalchemy import select, text
from sqlmodel import col

from bench.figures import Figure
from bench.registries import loaded_registry
from services.registry.main import app
from services.registry.units.models import Unit
from services.registry.units.telling import tell_units
from shared.db import Database

COMPRESSION_LEVEL = 3
"""The gateway's; its brotli makes somewhat less of it."""
PAGE = 5_000
UNITS = text(
    """
    INSERT INTO unit (code, kind, area_code, name_km, name_en, status, version)
    SELECT *, 'open', 1 FROM (
    SELECT 'CA-' || code, 'commune_administration', code, 'រដ្ឋបាលឃុំ' || name_km, name_en || ' Commune Administration'
    FROM area WHERE level = 'commune'
    UNION ALL
    SELECT 'HC-' || code || '-1', 'health_centre', code, 'មណ្ឌលសុខភាព' || name_km, name_en || ' Health Centre'
    FROM area WHERE level = 'commune'
    UNION ALL
    SELECT 'PS-' || parent_code || '-' || number, 'primary_school', parent_code, 'សាលាបឋមសិក្សា' || name_km,
           name_en || ' Primary School'
    FROM (SELECT *, row_number() OVER (PARTITION BY parent_code ORDER BY code, id) AS number
          FROM area WHERE level = 'village') AS village
    WHERE number <= 10
    ) AS made
    """
)
"""A commune's administration, a health centre and a primary school in each of its first ten villages."""
PACKS = text(
    """
    INSERT INTO pack (unit_id, year, version, content, facts, current, published_by)
    SELECT id, 2026, 1, '{}', 12, true, id FROM unit
    """
)
"""Each has information for citizens."""
LARGEST = text(
    "SELECT left(area_code, 4) FROM change WHERE length(area_code) >= 4 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
)


@dataclass(frozen=True)
class Load:
    """What one visit brought, in all its pages."""

    entries: int
    plain: int
    compressed: int
    seconds: float
    since: str


def run() -> list[Figure]:
    """Serve the real gazetteer with about twelve units a commune, each with a pack, without a network between."""
    with loaded_registry() as (settings, _), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app.state.settings = settings
        return runner.run(_measure())


async def _measure() -> list[Figure]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client,
    ):
        database: Database = app.state.runtime.database
        district = await _fill(database)
        await _load(client, area=district)
        first = await _load(client, area=district)
        await _change(database, district)
        delta = await _load(client, area=district, since=first.since)
        nation = await _load(client)
    return [
        Figure(f"first load of the largest district, {district}", first.entries, "entries"),
        Figure("first load of the largest district, gzip", first.compressed / 1000, "kB", "< 300 kB"),
        Figure("first load of the largest district, plain", first.plain / 1000, "kB"),
        Figure("first load of the largest district, time to answer", first.seconds * 1000, "ms"),
        Figure(f"later visit after {delta.entries} changes, gzip", delta.compressed / 1000, "kB"),
        Figure("later visit, time to answer", delta.seconds * 1000, "ms"),
        Figure("first load of the nation", nation.entries, "entries"),
        Figure("first load of the nation, gzip", nation.compressed / 1000, "kB"),
        Figure(f"first load of the nation, time to answer in pages of {PAGE:,}", nation.seconds, "s"),
    ]


async def _fill(database: Database) -> str:
    """Register the units; returns the district with the most entries."""
    async with database.transaction() as db:
        await db.execute(UNITS)
        units = (await db.scalars(select(Unit).order_by(col(Unit.code)))).all()
        await db.execute(PACKS)
        await tell_units(db, units)
    async with database.transaction() as db:
        await db.execute(text("DELETE FROM outbox"))
        return str(await db.scalar(LARGEST))


async def _change(database: Database, district: str) -> None:
    async with database.transaction() as db:
        inside = select(Unit).where(col(Unit.area_code) >= district, col(Unit.area_code) < f"{district}~").limit(10)
        units = (await db.scalars(inside)).all()
        for unit in units:
            unit.name_en, unit.version = f"{unit.name_en} (new)", unit.version + 1
        await tell_units(db, units)


async def _load(client: httpx.AsyncClient, **params: Any) -> Load:
    """One visit, read to its end."""
    entries = plain = compressed = 0
    seconds, more = 0.0, True
    while more:
        began = time.perf_counter()
        answer = await client.get("/api/registry/v1/changes", params={"limit": PAGE} | params)
        seconds += time.perf_counter() - began
        body = answer.raise_for_status().json()
        entries, plain = entries + len(body["items"]), plain + len(answer.content)
        compressed += len(gzip.compress(answer.content, COMPRESSION_LEVEL))
        params["since"], more = body["since"], body["more"]
    return Load(entries, plain, compressed, seconds, params["since"])
