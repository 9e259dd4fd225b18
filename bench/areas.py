"""How long changes of areas take on the whole country, and reading it as of another day."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import uvloop
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.figures import Figure, percentile
from bench.registries import loaded_registry
from services.registry.areas.applying import apply_operations, read_country
from services.registry.areas.country import Country, Place
from services.registry.areas.crosswalk import resolve
from services.registry.areas.models import AreaPeriod
from services.registry.areas.operations import ChangeHeader, Move, Open, Operation, Rename
from services.registry.areas.queries import periods_on
from shared.areas import Level
from shared.db import Database

CHANGED_ON, BEFORE = date(2026, 3, 1), date(2025, 6, 30)
READS = 300


def run() -> list[Figure]:
    """Change the official list's country in an empty registry (PostgreSQL with fsync), then read it."""
    with loaded_registry() as (settings, _), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(settings.database_url))


async def _measure(url: str) -> list[Figure]:
    database = Database(url, service="registry")
    try:
        async with database.transaction() as db:
            country = await read_country(db)
        district = _of_level(country, "district")[0]
        largest = max(_of_level(country, "province"), key=lambda place: len(_below(country, place)))
        changes: list[tuple[str, list[Operation]]] = [
            ("one commune renamed", [Rename(_of_level(country, "commune")[0].id, "ថ្មី", "New")]),
            (f"a district renumbered, {len(_below(country, district))} areas below", [_renumbered(district, "99")]),
            ("3,000 villages renamed, 1,000 renumbered, 500 opened in one change", _year(country)),
            (f"a province renumbered, {len(_below(country, largest))} areas below", [_renumbered(largest, "99")]),
        ]
        figures = [Figure(name, await _apply(database, operations), "s") for name, operations in changes]
        async with database.transaction() as db:
            return [*figures, *await _reads(db, _of_level(country, "village")[:: 14_000 // READS])]
    finally:
        await database.close()


def _of_level(country: Country, level: Level) -> list[Place]:
    return [place for place in country.places.values() if place.level == level]


def _below(country: Country, place: Place) -> list[Place]:
    children = country.children.get(place.id, [])
    return [*children, *(further for child in children for further in _below(country, child))]


def _renumbered(place: Place, ending: str) -> Operation:
    return Move(place.id, (place.parent_code or "") + ending, place.parent_code)


def _year(country: Country) -> list[Operation]:
    """Changes beyond the first provinces, which other figures change before."""
    villages = [village for village in _of_level(country, "village") if village.code > "09"]
    alone = [village for village in villages[3_000:] if village.code.startswith(village.parent_code or "-")]
    parents = [commune.code for commune in _of_level(country, "commune") if commune.code > "09"]
    return [
        *(Rename(village.id, f"{village.name_km}ថ្មី", f"{village.name_en} Thmei") for village in villages[:3_000]),
        *(_renumbered(village, f"{50 + int(village.code[-2:]) % 45}") for village in alone[:1_000]),
        *(Open(f"{code}98", "village", code, "ភូមិថ្មី", "Phum Thmei") for code in parents[:500]),
    ]


async def _apply(database: Database, operations: list[Operation]) -> float:
    header = ChangeHeader("import", CHANGED_ON, "Prakas of the bench", None, None)
    began = time.perf_counter()
    async with database.transaction() as db:
        await apply_operations(db, operations, change=header)
    return time.perf_counter() - began


async def _reads(db: AsyncSession, villages: list[Place]) -> list[Figure]:
    async def page(village: Place) -> Any:
        statement = periods_on(BEFORE).where(col(AreaPeriod.parent_code) == village.parent_code)
        return (await db.scalars(statement.order_by(col(AreaPeriod.code), col(AreaPeriod.area_id)).limit(101))).all()

    async def crossing(village: Place) -> Any:
        return await resolve(db, village.code, "forward", BEFORE, CHANGED_ON)

    return [
        Figure("the villages of a commune as of last year, p99", await _p99(page, villages), "ms"),
        Figure("a code of last year resolved, p99", await _p99(crossing, villages), "ms"),
    ]


async def _p99(read: Callable[[Place], Awaitable[Any]], villages: list[Place]) -> float:
    taken = []
    for village in villages:
        began = time.perf_counter()
        await read(village)
        taken.append((time.perf_counter() - began) * 1000)
    return percentile(taken, 99)
