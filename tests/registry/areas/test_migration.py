"""Going over from areas of today to areas over time, with areas that are there."""

import asyncio
import secrets
from collections.abc import Iterator
from datetime import date
from typing import Any

import asyncpg
import pytest

from shared import migrations
from tests.world import Parts

BEFORE = """
    INSERT INTO area (code, level, parent_code, name_km, name_en, status, valid_from, version) VALUES
        ('02', 'province', NULL, 'ក', 'A', 'open', '2025-01-01', 1),
        ('02020101', 'village', '020201', 'ខ', 'B', 'open', '2025-01-01', 3),
        ('02020101', 'village', '020201', 'គ', 'C', 'open', '2025-01-01', 1),
        ('0202', 'district', '02', 'ឃ', 'D', 'closed', '2025-01-01', 2),
        ('0202', 'district', '02', 'ង', 'E', 'open', '2025-06-01', 1)
"""
PERIODS = "SELECT code, name_en, valid_from, valid_to IS NULL, version, made_by FROM area_period ORDER BY name_en"


@pytest.fixture
def before(parts: Parts) -> Iterator[str]:
    """The registry's schema as it was before, with a few areas; its address."""
    name = f"before_{secrets.token_hex(6)}"
    server = parts.postgres.url("postgres", "postgres")
    asyncio.run(run(server, f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
    asyncio.run(
        run(
            parts.postgres.url("postgres", name),
            "CREATE SCHEMA registry AUTHORIZATION registry",
            f"ALTER ROLE registry IN DATABASE {name} SET search_path = registry",
        )
    )
    url = parts.postgres.url("registry", name)
    migrations.upgrade("registry", url, "0002")
    asyncio.run(run(url, BEFORE))
    yield url
    asyncio.run(run(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def run(url: str, statement: str, *more: str) -> list[Any]:
    """Run statements; the rows of the last."""
    session = await asyncpg.connect(url)
    try:
        rows = await session.fetch(statement)
        for another in more:
            rows = await session.fetch(another)
        return [tuple(row) for row in rows]
    finally:
        await session.close()


def test_history_begins_with_what_is_there(before: str) -> None:
    migrations.upgrade("registry", before, "0003")
    assert asyncio.run(run(before, PERIODS)) == [
        ("02", "A", date(2025, 1, 1), True, 1, None),
        ("02020101", "B", date(2025, 1, 1), True, 3, None),
        ("02020101", "C", date(2025, 1, 1), True, 1, None),
        ("0202", "D", date(2025, 1, 1), False, 2, None),
        ("0202", "E", date(2025, 6, 1), True, 1, None),
    ]
    twin = (
        "INSERT INTO area SELECT uuidv7(), code, level, parent_code, 'ច', 'F', status, valid_from, 1 FROM area WHERE "
    )
    asyncio.run(run(before, twin + "name_en = 'B'"))
    with pytest.raises(asyncpg.ExclusionViolationError):
        asyncio.run(run(before, twin + "name_en = 'E'"))


LEFT = """
    INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, valid_from, version) VALUES
        ('00000000-0000-4000-8000-000000000001', '0302', 'district', '03', 'ក', 'A', 'closed', '2026-04-01', 2),
        ('00000000-0000-4000-8000-000000000002', '030201', 'commune', '0302', 'ខ', 'B', 'closed', '2026-03-01', 2),
        ('00000000-0000-4000-8000-000000000003', '0301', 'district', '03', 'គ', 'C', 'open', '2025-01-01', 1),
        ('00000000-0000-4000-8000-000000000004', '030101', 'commune', '0301', 'ឃ', 'D', 'closed', '2026-03-01', 2),
        ('00000000-0000-4000-8000-000000000005', '030101', 'commune', '0301', 'ង', 'E', 'open', '2026-05-01', 1),
        ('00000000-0000-4000-8000-000000000006', '03', 'province', NULL, 'ច', 'F', 'open', '2025-01-01', 1),
        ('00000000-0000-4000-8000-000000000007', '030102', 'commune', '0301', 'ឆ', 'A7', 'closed', '2026-03-01', 2),
        ('00000000-0000-4000-8000-000000000008', '030102', 'commune', '0301', 'ជ', 'A8', 'open', '2026-03-01', 1),
        ('00000000-0000-4000-8000-000000000009', '030103', 'commune', '0301', 'ឈ', 'A9', 'open', '2026-03-01', 1),
        ('00000000-0000-4000-8000-00000000000a', '030110', 'commune', '0301', 'ញ', 'A6', 'closed', '2026-02-01', 2);
    INSERT INTO area_change (id, kind, effective_on, legal_reference, by_account_id, state, operations, settled_at)
    VALUES ('00000000-0000-4000-8000-000000000010', 'split', '2026-03-01', 'x', NULL, 'applied', '[]', now());
    INSERT INTO area_succession (change_id, kind, level, old_area_id, old_code, new_area_id, new_code, effective_on)
    SELECT '00000000-0000-4000-8000-000000000010', 'split', 'commune', old.id, old.code, new.id, new.code, line.day
    FROM (VALUES ('A7', 'A8', date '2026-03-01'), ('A7', 'A9', '2026-03-01'), ('A6', 'A7', '2026-02-01'),
                 ('D', 'A9', '2025-06-01')) AS line (old, new, day)
    JOIN area AS old ON old.name_en = line.old JOIN area AS new ON new.name_en = line.new;
    INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, valid_to, version)
    SELECT id, code, level, parent_code, name_km, name_en, least(valid_from, '2025-01-01'),
           CASE status WHEN 'closed' THEN valid_from END, version
    FROM area WHERE name_en <= 'F';
    INSERT INTO organisation (kind, name_km, area_id, area_code, active, version)
    SELECT 'other', name_en, id, code, true, 1 FROM area WHERE name_en IN ('B', 'D', 'E');
    INSERT INTO unit (code, kind, area_code, name_km, name_en, status, closed_on, version) VALUES
        ('CA-030101', 'commune_administration', '030101', 'ក', 'D', 'closed', '2026-02-01', 2),
        ('CA-030101-2', 'commune_administration', '030101', 'ក', 'E', 'closed', '2026-06-01', 2),
        ('CA-030102', 'commune_administration', '030102', 'ក', 'A', 'closed', '2026-02-01', 2),
        ('CA-030110', 'commune_administration', '030110', 'ក', 'A', 'closed', '2026-01-01', 2);
"""
KEPT = """
    SELECT name_km, area_code FROM organisation WHERE kind = 'other' AND area_id IS NOT NULL
    UNION SELECT code, area_code FROM unit ORDER BY 1
"""


def test_what_ended_areas_left_leaves_their_codes(before: str) -> None:
    migrations.upgrade("registry", before, "0015")
    asyncio.run(run(before, "TRUNCATE area CASCADE", *filter(str.strip, LEFT.split(";"))))
    migrations.upgrade("registry", before, "0016")
    assert asyncio.run(run(before, KEPT)) == [
        ("B", "03-030201"),
        ("CA-030101", "0301-030101"),
        ("CA-030101-2", "030101"),
        ("CA-030102", "030102"),
        ("CA-030110", "030102"),
        ("D", "0301-030101"),
        ("E", "030101"),
    ]
