"""Hints come to the examples that were shipped without, and never to a set that is in use or somebody's own."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from shared import migrations
from tests.scorecard.migrating import change, database_at
from tests.world import Parts

WITHOUT_HINTS = """
    UPDATE indicator_set SET indicators = (
        SELECT jsonb_agg(entry - 'hint_km' - 'hint_en' ORDER BY position)
        FROM jsonb_array_elements(indicators) WITH ORDINALITY AS listed (entry, position))
"""
IN_USE = """
    WITH made AS (
        INSERT INTO round (year, title_km, title_en, area_codes, state, suppression_threshold, version, opened_at)
        VALUES (2026, 'r', 'r', '{02}', 'open', 5, 2, '2026-03-01T00:00Z') RETURNING id)
    INSERT INTO round_indicator_set (round_id, indicator_set_id)
    SELECT made.id, indicator_set.id FROM made, indicator_set WHERE unit_kind = 'health_centre'
"""
CHANGED = """
    UPDATE indicator_set SET indicators = jsonb_set(indicators, '{0,label_en}', '"Our own words"')
    WHERE unit_kind = 'primary_school'
"""


@pytest.fixture
def at_0004(parts: Parts) -> Iterator[str]:
    """A database of version 0004 with the examples; its address."""
    with database_at(parts, "0004") as url:
        yield url


def test_examples_that_nobody_uses_get_their_hints(at_0004: str) -> None:
    asyncio.run(change(at_0004, WITHOUT_HINTS, IN_USE, CHANGED))
    migrations.upgrade("scorecard", at_0004)
    sets, began = asyncio.run(read(at_0004))
    hinted = {kind: ["hint_km" in entry and "hint_en" in entry for entry in entries] for kind, entries in sets.items()}
    assert hinted == {
        "commune_administration": [True] * 10,
        "health_centre": [False] * 10,
        "primary_school": [False] * 10,
    }
    assert began == datetime(2026, 3, 1, tzinfo=UTC), (
        "rounds of the version before took scores as soon as they were open"
    )


async def read(url: str) -> tuple[dict[str, list[dict[str, Any]]], datetime]:
    """The indicators by kind, and when the round's scoring began."""
    session = await asyncpg.connect(url)
    try:
        sets = await session.fetch("SELECT unit_kind, indicators FROM indicator_set")
        began = await session.fetchval("SELECT scoring_began_at FROM round")
    finally:
        await session.close()
    return {row["unit_kind"]: json.loads(row["indicators"]) for row in sets}, began
