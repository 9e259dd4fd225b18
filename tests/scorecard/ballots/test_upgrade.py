"""Ballots that the version before replaced keep their ids to themselves."""

import asyncio
from uuid import uuid4

from shared import migrations
from tests.scorecard.migrating import change, database_at, read
from tests.world import Parts

ROUND, LATER, TAKEN = uuid4(), uuid4(), uuid4()
EARLIER = [uuid4(), uuid4()]
BEFORE = f"""
    INSERT INTO round (id, year, title_km, title_en, area_codes, state, suppression_threshold, version)
    VALUES ('{ROUND}', 2026, 'r', 'r', '{{02}}', 'open', 5, 2);
    INSERT INTO ballot (id, device_hash, replaced, round_id, unit_code, scores, sex, age_group, channel)
    VALUES ('{LATER}', 'x', '{{{EARLIER[0]},{EARLIER[1]},{TAKEN}}}',
            '{ROUND}', 'HC-1', '{{4}}', 'male', 'elder', 'phone'),
           ('{TAKEN}', NULL, NULL, '{ROUND}', 'HC-2', '{{3}}', 'female', 'adult', 'meeting');
    INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, state)
    SELECT '{ROUND}', code, 'health_centre', '02', indicator_set.id, 1, state
    FROM (VALUES ('HC-1', 'in_review'), ('HC-2', 'completed'), ('HC-3', 'completed'), ('HC-4', 'running'))
         AS card (code, state), indicator_set WHERE unit_kind = 'health_centre'
"""  # noqa: S608 - the test's own ids


def test_ids_of_replaced_ballots_are_taken_and_progress_is_made_anew(parts: Parts) -> None:
    with database_at(parts, "0013") as url:
        asyncio.run(change(url, BEFORE))
        migrations.upgrade("scorecard", url)
        ballots = asyncio.run(read(url, "SELECT id, withdrawn, device_hash, scores, unit_code FROM ballot"))
        cards = asyncio.run(read(url, "SELECT unit_code, scored FROM scorecard ORDER BY unit_code"))
        changes = asyncio.run(read(url, "SELECT round_id, recount, from_ballots FROM round_change"))
    kept = {row["id"]: tuple(row)[1:] for row in ballots}
    assert kept == {
        LATER: (False, b"x", [4], "HC-1"),
        TAKEN: (False, None, [3], "HC-2"),
        **dict.fromkeys(EARLIER, (True, None, [], "HC-1")),
    }
    assert [tuple(row) for row in cards] == [("HC-1", True), ("HC-2", True), ("HC-3", False), ("HC-4", True)]
    assert [tuple(row) for row in changes] == [(ROUND, False, False)]
