"""Going over to organisations in place of texts: what is exactly the name of one refers to it, and the text stays."""

import asyncio
from typing import Any

import asyncpg

from shared import migrations

BEFORE = """
    INSERT INTO organisation (kind, name_km, name_en, short_name, area_code, active, version) VALUES
        ('ngo', 'ក', 'Twice', 'Once', '', true, 1), ('ngo', 'ខ', 'Twice', NULL, '', true, 1),
        ('ngo', 'គ', 'Gone', NULL, '', false, 1);
    INSERT INTO area (code, level, name_km, name_en, status, valid_from, version)
        SELECT code, 'province', code, code, 'open', '2025-01-01', 1 FROM unnest(ARRAY['01','02','03','04']) AS code;
    INSERT INTO participation (year, area_id, area_code, supply_side, demand_side, supporting_ngo, version)
        SELECT 2026, area.id, area.code, true, true, said.name, 1
        FROM area JOIN (VALUES ('01', 'Once'), ('02', 'once'), ('03', 'Twice'), ('04', 'Gone')) AS said (code, name)
            USING (code);
    INSERT INTO body (kind, level, area_code, recognised_by, recognised_on, version)
        SELECT code, 'nation', '', 'X', '2026-01-01', 1 FROM body_kind LIMIT 1;
    INSERT INTO body_member (body_id, name, sex, position, organisation, term_from, version)
        SELECT id, name, 'female', 'X', name, '2026-01-01', 1 FROM body, (VALUES ('Once'), ('Twice')) AS said (name);
"""
AFTER = """
    SELECT supporting_ngo, name_km FROM participation LEFT JOIN organisation ON supporter_id = organisation.id
    UNION ALL
    SELECT organisation, name_km FROM body_member LEFT JOIN organisation ON organisation_id = organisation.id
"""


def test_texts_that_are_a_name_become_references(empty: dict[str, str]) -> None:
    url = empty["registry"]
    migrations.upgrade("registry", url, "0014")
    asyncio.run(run(url, BEFORE))
    migrations.upgrade("registry", url, "0015")
    assert sorted(asyncio.run(run(url, "SELECT", AFTER)), key=str) == [
        ("Gone", None), ("Once", "ក"), ("Once", "ក"), ("Twice", None), ("Twice", None), ("once", None),
    ]  # fmt: skip


async def run(url: str, statements: str, query: str = "SELECT") -> list[tuple[Any, ...]]:
    """Run statements, then a query; its rows."""
    session = await asyncpg.connect(url)
    try:
        await session.execute(statements)
        return [tuple(row) for row in await session.fetch(query)]
    finally:
        await session.close()
