"""Migrations run forward on the data of an earlier version: nothing is lost, and the models can read what was there."""

import asyncio
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select

from shared import migrations
from shared.db import Database
from tests.world import SERVICES

VERSIONS = Path(__file__).parent
SHARED = {"inbox", "dead_letter", "consumer_start", "idempotency_key", "outbox"}
MOVED = {("registry", "account_event"): "audit_entry"}
"""Tables whose rows a migration has moved: as many must be where they went."""
REWRITTEN = {("scorecard", "scorecard"): {"state"}, ("scorecard", "unit"): {"version"}}
"""Columns whose values a migration has put into other words, or set back so that a copy is read again."""

Rows = dict[str, list[dict[str, Any]]]


@pytest.mark.parametrize("service", SERVICES)
def test_data_of_version_0001_are_all_there_after_the_upgrade(service: str, empty: dict[str, str]) -> None:
    url = empty[service]
    migrations.upgrade(service, url, "0001")
    before = asyncio.run(run_and_read(url, (VERSIONS / "version_0001" / f"{service}.sql").read_text()))
    assert {table for table, rows in before.items() if not rows} <= SHARED, "every table of the service has a row"

    migrations.upgrade(service, url)

    after = asyncio.run(run_and_read(url))
    for table, rows in before.items():
        now = after[MOVED.get((service, table), table)]
        assert len(now) >= len(rows), table
        if (service, table) not in MOVED:
            for row in rows:
                kept = set(now[0]) - REWRITTEN.get((service, table), set())
                same = {name: value for name, value in row.items() if name in kept}
                assert any(same.items() <= other.items() for other in now), f"{table}: {same}"
    asyncio.run(read_with_models(service, url))


async def run_and_read(url: str, statements: str = "SELECT") -> Rows:
    """Change a schema; then all its rows by table, with values that can be compared."""
    session = await asyncpg.connect(url)
    try:
        await session.execute(statements)
        tables = await session.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        names = sorted({row["tablename"] for row in tables} - {"alembic_version"})
        return {name: await rows_of(session, name) for name in names}
    finally:
        await session.close()


async def rows_of(session: asyncpg.Connection, table: str) -> list[dict[str, Any]]:
    """The rows of a table, each value as JSON."""
    found = await session.fetch(f'SELECT to_json(t)::text FROM "{table}" AS t')  # noqa: S608 - a name out of the catalogue
    return [{name: json.dumps(value) for name, value in json.loads(row[0]).items()} for row in found]


async def read_with_models(service: str, url: str) -> None:
    """Every model reads every row."""
    import_module(f"services.{service}.main")
    tables = import_module(f"services.{service}.tables")
    database = Database(url, service=service)
    try:
        async with database.transaction() as db:
            for mapper in tables.Table._sa_registry.mappers:
                (await db.scalars(select(mapper.class_))).all()
    finally:
        await database.close()
