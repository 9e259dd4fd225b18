"""Going over from kinds in the code to kinds as data, with units that are there."""

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from shared import migrations
from tests.world import Parts

BEFORE = """
    INSERT INTO unit (code, kind, area_code, name_km, name_en, status, closed_at, close_reason, version) VALUES
        ('CA-020201', 'commune_administration', '020201', 'ក', 'A', 'open', NULL, NULL, 1),
        ('HC-020201-1', 'health_centre', '020201', 'ខ', 'B', 'closed', '2025-12-31T20:00:00Z', 'Shut.', 2);
    INSERT INTO change (kind, entity_id, area_code, seq, gone)
    SELECT 'unit', id::text, area_code, nextval('change_seq'), status = 'closed' FROM unit;
"""


@pytest.fixture
def before(parts: Parts) -> Iterator[str]:
    """The registry's schema as it was before, with two units; its address."""
    name = f"before_{secrets.token_hex(6)}"
    asyncio.run(run(parts.postgres.url("postgres", "postgres"), f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
    asyncio.run(
        run(
            parts.postgres.url("postgres", name),
            "CREATE SCHEMA registry AUTHORIZATION registry",
            f"ALTER ROLE registry IN DATABASE {name} SET search_path = registry",
        )
    )
    url = parts.postgres.url("registry", name)
    migrations.upgrade("registry", url, "0004")
    asyncio.run(run(url, BEFORE))
    yield url
    asyncio.run(run(parts.postgres.url("postgres", "postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


async def run(url: str, *statements: str) -> None:
    """Run statements."""
    session = await asyncpg.connect(url)
    try:
        for statement in statements:
            await session.execute(statement)
    finally:
        await session.close()


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What the database holds."""

    async def fetch() -> list[tuple[Any, ...]]:
        session = await asyncpg.connect(url)
        found = [tuple(row) for row in await session.fetch(query)]
        await session.close()
        return found

    return asyncio.run(fetch())


def test_units_keep_their_kinds_and_closed_ones_get_their_day(before: str) -> None:
    migrations.upgrade("registry", before, "0005")
    assert rows(before, "SELECT code, kind, closed_on::text, merged_into FROM unit ORDER BY code") == [
        ("CA-020201", "commune_administration", None, None),
        ("HC-020201-1", "health_centre", "2026-01-01", None),
    ]
    kinds = rows(before, "SELECT entity_id, area_code, seq FROM change WHERE kind = 'unit_kind' ORDER BY seq")
    assert [(kind, area) for kind, area, _ in kinds] == [
        ("commune_administration", ""),
        ("health_centre", ""),
        ("health_post", ""),
        ("primary_school", ""),
        ("one_window_service_office", ""),
    ]
    assert kinds[0][2] > 2, "readers of the feed get them as news"
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        asyncio.run(run(before, "UPDATE unit SET kind = 'hospital'"))
    for refused in ("latitude = 13", "latitude = 51, longitude = 0", "merged_into = 'X' WHERE status = 'open'"):
        with pytest.raises(asyncpg.CheckViolationError):
            asyncio.run(run(before, f"UPDATE unit SET {refused}"))  # noqa: S608 - the test's own words
