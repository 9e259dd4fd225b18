"""How long a country's communes take to import as a map, how large the map is, and how fast it is read."""

import asyncio
import gzip
import hashlib
import json
import time
from pathlib import Path

import uvloop
from sqlalchemy import select
from sqlmodel import col

from bench.figures import Figure, percentile
from bench.registries import loaded_registry
from services.registry.areas.models import Area
from services.registry.boundaries.documents import read_document, refresh
from services.registry.boundaries.importing import Origin, Plan, apply_plan, begin, make_plan
from services.registry.boundaries.preparing import File, Order, prepare
from shared.db import Database
from tests.registry.boundaries.coverage import grid

COLUMNS, ROWS, CORNERS = 33, 50, 100
"""1,650 polygons of 400 corners, jagged, each border shared by two."""
ORIGIN = Origin("The bench", "CC0")
READS = 200


def run() -> list[Figure]:
    """Review and apply a made-up map of 1,650 communes, then read it (PostgreSQL with fsync)."""
    with loaded_registry() as (settings, directory), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(settings.database_url, directory))


async def _measure(url: str, directory: Path) -> list[Figure]:
    database = Database(url, service="registry")
    try:
        given = await _write_map(database, directory / "given")
        file = File(directory, hashlib.sha256(given).hexdigest())
        review, _ = await _import(database, file, apply=False)
        applied, plan = await _import(database, file, apply=True)
        assert len(plan.usable) == COLUMNS * ROWS
        reads = [await _read(database) for _ in range(READS)]
    finally:
        await database.close()
    compressed, times = reads[0][1], [seconds for seconds, _ in reads]
    return [
        Figure("the file", len(given) / 1e6, "MB"),
        Figure("reviewed: read, checked, simplified, matched", review, "s"),
        Figure("applied: the same, written, document made", applied, "s"),
        Figure("the document", len(gzip.decompress(compressed)) / 1e6, "MB"),
        Figure("the document, compressed as it is sent", len(compressed) / 1e6, "MB"),
        Figure("read from the database, median", percentile(times, 50) * 1000, "ms"),
        Figure("read from the database, 99th percentile", percentile(times, 99) * 1000, "ms"),
    ]


async def _write_map(database: Database, path: Path) -> bytes:
    async with database.transaction() as db:
        codes = await db.scalars(select(col(Area.code)).where(col(Area.level) == "commune").order_by(col(Area.code)))
    shapes = zip(codes, grid(COLUMNS, ROWS, corners=CORNERS), strict=False)
    features = [
        {"type": "Feature", "properties": {"COM_CODE": f"KH{code}"}, "geometry": shape} for code, shape in shapes
    ]
    given = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    await asyncio.to_thread(path.write_bytes, given)
    return given


async def _import(database: Database, file: File, *, apply: bool) -> tuple[float, Plan]:
    order = Order(
        directory=str(file.directory), level="commune", match="code", code_property=None, name_property=None,
        parent_property=None,
    )  # fmt: skip
    began = time.perf_counter()
    async with database.transaction() as db:
        await begin(db)
        prepared = await prepare(file, order)
        plan = await make_plan(db, file, prepared, level="commune", match="code", origin=ORIGIN)
        if apply:
            await apply_plan(db, file, plan, ORIGIN)
    return time.perf_counter() - began, plan


async def _read(database: Database) -> tuple[float, bytes]:
    began = time.perf_counter()
    async with database.transaction() as db:
        assert await refresh(db, "boundary", "commune")
        document = await read_document(db, "boundary", "commune")
    return time.perf_counter() - began, document.compressed
