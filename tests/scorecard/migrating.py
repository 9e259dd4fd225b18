"""Databases of the versions before, to be brought up to date."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from shared import migrations
from tests.world import Parts


@contextmanager
def database_at(parts: Parts, version: str) -> Iterator[str]:
    """A database of the scorecard service as that version left it; its address."""
    name = f"scorecard_{secrets.token_hex(6)}"
    admin = parts.postgres.url("postgres", "postgres")
    asyncio.run(change(admin, f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
    asyncio.run(
        change(
            parts.postgres.url("postgres", name),
            "CREATE SCHEMA scorecard AUTHORIZATION scorecard",
            f"ALTER ROLE scorecard IN DATABASE {name} SET search_path = scorecard",
        )
    )
    url = parts.postgres.url("scorecard", name)
    migrations.upgrade("scorecard", url, version)
    yield url
    asyncio.run(change(admin, f"DROP DATABASE {name} WITH (FORCE)"))


async def change(url: str, *scripts: str) -> None:
    """Change a database."""
    session = await asyncpg.connect(url)
    try:
        for script in scripts:
            await session.execute(script)
    finally:
        await session.close()


async def read(url: str, query: str) -> list[asyncpg.Record]:
    """The rows of a query."""
    session = await asyncpg.connect(url)
    try:
        rows: list[asyncpg.Record] = await session.fetch(query)
        return rows
    finally:
        await session.close()
