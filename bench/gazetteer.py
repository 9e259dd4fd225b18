"""How long the official list takes: its first load, and going over to a next one with about a thousand changes."""

import asyncio
import csv
import io
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import uvloop

from bench.figures import Figure
from bench.registries import empty_registry
from services.registry.gazetteer.archive import read_list
from services.registry.gazetteer.imports import Imported, Sent, apply_list, review_list
from services.registry.gazetteer.items import Options
from services.registry.gazetteer.loader import load_gazetteer
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.source import read_package
from shared.db import Database

TYPES = {"province": "ខេត្ត", "district": "ស្រុក", "commune": "ឃុំ", "village": "ភូមិ"}
GOAL = "< 5 s"


def run() -> list[Figure]:
    """Load the packaged list into an empty registry (PostgreSQL with fsync), then go over to a made-up next one."""
    with empty_registry() as (settings, _):
        began = time.perf_counter()
        asyncio.run(load_gazetteer(settings))
        first = time.perf_counter() - began
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            review, apply, imported = runner.run(_next(settings.database_url))
    changes = len(imported.items)
    return [
        Figure("first load: 16,459 areas read, checked, written and told", first, "s", GOAL),
        Figure("next list: read, compared and kept for review", review, "s", GOAL),
        Figure("next list: read, compared again and applied", apply, "s", GOAL),
        Figure("changes in it (areas that only follow their parent among them)", changes, ""),
    ]


async def _next(url: str) -> tuple[float, float, Imported]:
    content = _as_csv(list(_next_year(read_package().rows)))
    database = Database(url, service="registry")

    def sent() -> Sent:
        read = read_list(content, "bench.csv")
        return Sent("2026", date(2026, 1, 1), "Prakas of the bench", "bench.csv", read, Options(), None)

    try:
        began = time.perf_counter()
        async with database.transaction() as db:
            reviewed = await review_list(db, sent())
        review = time.perf_counter() - began
        began = time.perf_counter()
        async with database.transaction() as db:
            applied = await apply_list(db, sent(), reviewed.kept.digest)
        return review, time.perf_counter() - began, applied
    finally:
        await database.close()


def _next_year(rows: list[Row]) -> Iterator[Row]:
    """Every 40th village bears another name, every 50th commune another code, with its villages; every 80th is gone."""
    communes = [row.code for row in rows if row.level == "commune"]
    recoded = {code: f"{code[:4]}{99 - number}" for number, code in enumerate(communes[::50])}
    for number, row in enumerate(rows):
        parent = recoded.get(row.parent_code or "", row.parent_code)
        if row.level == "village" and number % 80 == 0:
            continue
        changed = replace(row, parent_code=parent)
        if row.level == "village" and number % 40 == 1:
            changed = replace(changed, name_km=f"{row.name_km}ថ្មី", name_en=f"{row.name_en} Thmei")
        if row.code in recoded:
            changed = replace(changed, code=recoded[row.code])
        elif parent != row.parent_code and row.code.startswith(row.parent_code or ""):
            changed = replace(changed, code=f"{parent}{row.code[6:]}")
        yield changed


def _as_csv(rows: list[Row]) -> bytes:
    """The list in the ministry's columns, each area below its parent."""
    below: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        below[row.parent_code].append(row)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Type", "Code", "Name (Khmer)", "Name (Latin)", "Reference", "Official Note", "Note (by Checker)"])

    def write(parent: str | None) -> None:
        for row in below[parent]:
            writer.writerow([TYPES[row.level], row.code, row.name_km, row.name_en, "", "", ""])
            if row.level != "village":
                write(row.code)

    write(None)
    return text.getvalue().encode()
