"""Going over to earlier terms, and to organisations in place of texts: what the data of before tell is kept."""

import asyncio
from datetime import date
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
    INSERT INTO area (code, level, parent_code, name_km, name_en, status, valid_from, version)
        SELECT code, 'commune', '0202', code, code, 'open', '2025-01-01', 1
        FROM unnest(ARRAY['020201','020202']) AS code;
    INSERT INTO caf (name, sex, area_id, area_code, term_from, village_official, commune_assistant, version)
        SELECT name, 'female', id, code, '2026-01-05', false, false, 1
        FROM area, (VALUES ('Moved'), ('Stayed')) AS said (name) WHERE code = '020202';
    INSERT INTO audit_entry (subject_kind, subject, action, detail)
        SELECT 'caf', caf.id::text, 'created', jsonb_build_object('area', said.area)
        FROM caf JOIN (VALUES ('Moved', '020201'), ('Stayed', '020202')) AS said (name, area) USING (name);
    INSERT INTO audit_entry (subject_kind, subject, action, detail, at)
        SELECT 'caf', id::text, 'changed', '{"area_code": "020202"}', '2026-02-28 18:00+00' FROM caf;
"""
AFTER = """
    SELECT supporting_ngo, name_km FROM participation LEFT JOIN organisation ON supporter_id = organisation.id
    UNION ALL
    SELECT organisation, name_km FROM body_member LEFT JOIN organisation ON organisation_id = organisation.id
"""

SERVED = """
    SELECT caf.name, area.code, term.left_on, term.left_reason
    FROM caf_term AS term JOIN caf ON caf.id = caf_id JOIN area ON area.id = term.area_id
"""


def test_names_become_references_and_moves_stay_known(empty: dict[str, str]) -> None:
    url = empty["registry"]
    migrations.upgrade("registry", url, "0014")
    asyncio.run(run(url, BEFORE))
    migrations.upgrade("registry", url, "0015")
    assert sorted(asyncio.run(run(url, "SELECT", AFTER)), key=str) == [
        ("Gone", None), ("Once", "ក"), ("Once", "ក"), ("Twice", None), ("Twice", None), ("once", None),
    ]  # fmt: skip
    assert asyncio.run(run(url, "SELECT", SERVED)) == [("Moved", "020201", date(2026, 3, 1), "transferred")]


async def run(url: str, statements: str, query: str = "SELECT") -> list[tuple[Any, ...]]:
    """Run statements, then a query; its rows."""
    session = await asyncpg.connect(url)
    try:
        await session.execute(statements)
        return [tuple(row) for row in await session.fetch(query)]
    finally:
        await session.close()
