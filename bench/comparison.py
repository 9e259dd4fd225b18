"""Orders of a nation's areas and units, change since the year before, and how fast and lean its files are made."""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvloop

from bench.figures import Figure, percentile
from bench.registries import settings_for
from deploy.local.postgres import Postgres
from services.scorecard.exports.bundle import edition_of, open_data
from services.scorecard.exports.tables import columns_of, result_rows, steps_of
from services.scorecard.main import app
from services.scorecard.rounds.queries import get_round
from shared.exports import TableFormat, streamed_table
from shared.migrations import upgrade
from shared.warm import warm

GOAL = "< 50"
READS, WARM_UP = 100, 5
THIS, LAST = UUID(int=2026), UUID(int=2025)
PATH = f"/api/scorecard/v1/rounds/{THIS}"
SEED = """
CREATE TEMP TABLE commune AS
SELECT number, format('%s%s%s', lpad((number % 25 + 1)::text, 2, '0'), lpad((number / 25 % 9 + 1)::text, 2, '0'),
    lpad((number / 225 + 1)::text, 2, '0')) AS code FROM generate_series(0, 1651) AS number;
INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, version)
SELECT gen_random_uuid(), place, CASE length(place) WHEN 2 THEN 'province' WHEN 4 THEN 'district' ELSE 'commune' END,
    nullif(left(place, -2), ''), 'តំបន់', 'Area', 'open', 1
FROM (SELECT DISTINCT left(code, length) AS place FROM commune, (VALUES (2), (4), (6)) AS l (length)) AS places;
INSERT INTO round (id, year, title_km, title_en, area_codes, state, suppression_threshold, opened_at, closed_at,
    version)
SELECT lpad(to_hex(year), 32, '0')::uuid, year, 'ជុំ', 'Round', '{""}', 'closed', 5,
    make_date(year, 3, 1), make_date(year, 4, 1), 2 FROM (VALUES (2025), (2026)) AS y (year);
INSERT INTO round_indicator_set SELECT round.id, indicator_set.id FROM round, indicator_set WHERE is_example;
CREATE TEMP TABLE counted AS
SELECT letters || '-' || code || '-' || n AS unit_code, kind, code AS area_code, year,
    ARRAY(SELECT (random() * 40)::int + 5 FROM generate_series(1, 50) WHERE number >= 0) AS cells
FROM commune, generate_series(1, 6) AS n, generate_series(2025, 2026) AS year,
    (VALUES ('HC', 'health_centre', 1), ('PS', 'primary_school', 6), ('CA', 'commune_administration', 1))
        AS k (letters, kind, most)
WHERE n <= most;
INSERT INTO unit (id, code, kind, area_code, name_km, name_en, status, version)
SELECT gen_random_uuid(), unit_code, kind, area_code, 'អង្គភាព', 'Unit', 'open', 1 FROM counted WHERE year = 2026;
INSERT INTO result (id, round_id, year, unit_code, unit_kind, unit_name_km, unit_name_en, area_code, indicator_set_id,
    version, suppressed, participants, self_assessed, cells, self_scores, weakest, published_at, people, group_cells,
    medians)
SELECT gen_random_uuid(), lpad(to_hex(year), 32, '0')::uuid, year, unit_code, kind, 'អង្គភាព', 'Unit', area_code,
    (SELECT id FROM indicator_set WHERE unit_kind = kind AND is_example LIMIT 1), 1, false, 90, true, cells,
    array_fill(4, ARRAY[10]), '{}', make_date(year, 4, 2), array_fill(30, ARRAY[28]), array_fill(6, ARRAY[1400]),
    array_fill(3.5, ARRAY[10])
FROM counted;
INSERT INTO area_result (round_id, area_code, unit_kind, year, indicator_set_id, steps, units_published, participants,
    cells, unit_medians, self_totals, self_counts, people, group_cells)
SELECT lpad(to_hex(year), 32, '0')::uuid, place, kind, year,
    (SELECT id FROM indicator_set WHERE unit_kind = kind AND is_example LIMIT 1), 5, 1, 90,
    ARRAY(SELECT (random() * 400)::int + 5 FROM generate_series(1, 50) WHERE year > 0 AND place >= ''),
    array_fill(1, ARRAY[90]), array_fill(4, ARRAY[10]), array_fill(1, ARRAY[10]), array_fill(30, ARRAY[28]),
    array_fill(6, ARRAY[1400])
FROM (SELECT DISTINCT left(area_code, length) AS place, kind, year
      FROM counted, (VALUES (0), (2), (4), (6)) AS l (length)) AS places;
INSERT INTO area_succession (id, kind, old_area_id, old_code, new_area_id, new_code, effective_on, told_at)
SELECT gen_random_uuid(), 'renumber', id, code, id, code, '2025-06-01', '2025-06-01' FROM area WHERE code < '06';
INSERT INTO area_progress (round_id, area_code, unit_kind, planned, reported)
SELECT round_id, area_code, unit_kind, 10, 9 FROM area_result;
ANALYZE;
"""
VIEWS: dict[str, dict[str, Any]] = {
    "25 provinces, mean of all indicators": {"level": "province"},
    "communes, mean of all indicators, one kind": {"level": "commune", "unit_kind": "health_centre"},
    "communes, mean of all indicators, three kinds": {"level": "commune"},
    "communes, one indicator": {"level": "commune", "unit_kind": "health_centre", "indicator_code": ""},
    "communes, change since the year before": {"level": "commune", "unit_kind": "health_centre", "measure": "change"},
    "communes, completeness": {"level": "commune", "measure": "completeness"},
    "9,912 schools, mean of all indicators": {"level": "unit", "unit_kind": "primary_school"},
    "13,216 units of three kinds, mean of all indicators": {"level": "unit"},
    "13,216 units, change since the year before": {"level": "unit", "measure": "change"},
}


def run() -> list[Figure]:
    """Seed two years of published results of 1,652 communes and 13,216 units, and read them without a network."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        postgres = Postgres(Path(directory) / "postgres")
        postgres.start()
        try:
            upgrade("scorecard", postgres.url("scorecard"))
            postgres.query("scorecard", SEED)
            warm(app)
            app.state.settings = settings_for(postgres.url("scorecard"))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_serve())
        finally:
            postgres.stop()


async def _serve() -> list[Figure]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client,
    ):
        sets = (await client.get("/api/scorecard/v1/indicator-sets?unit_kind=health_centre")).json()["items"]
        figures = []
        for name, params in VIEWS.items():
            asked = params | (
                {"indicator_code": sets[0]["indicators"][0]["code"]} if "indicator_code" in params else {}
            )
            figures += await _times(client, name, "/comparison", asked)
        figures += await _times(client, "a commune's change", "/change", {"area": "070301"})
        figures += await _times(client, "the nation's trend", "/trend", {})
        return figures + [figure async for figure in _files()]


async def _times(client: httpx.AsyncClient, name: str, path: str, params: dict[str, Any]) -> list[Figure]:
    taken, processor = [], 0.0
    for number in range(WARM_UP + READS):
        if number == WARM_UP:
            processor = time.process_time()
        began = time.perf_counter()
        answer = (await client.get(PATH + path, params=params)).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    processor = time.process_time() - processor
    assert answer.json()
    return [
        Figure(f"{name}: median", percentile(taken[WARM_UP:], 50), "ms"),
        Figure(f"{name}: 99th percentile", percentile(taken[WARM_UP:], 99), "ms", GOAL),
        Figure(f"{name}: the service's own time on a processor", processor * 1000 / READS, "ms"),
    ]


async def _files() -> AsyncIterator[Figure]:
    """Made and thrown away piece by piece, as a reader would take them."""
    database = app.state.runtime.database
    async with database.transaction() as db:
        this = await get_round(db, THIS)
        edition = await edition_of(db, this, "CC-BY-4.0")
    assert edition.at is not None
    columns = columns_of(steps_of(this))
    formats: tuple[TableFormat, ...] = ("csv", "xlsx")
    for file_format in formats:
        rows = result_rows(database, this, "unit", "", groups=False)
        answer = streamed_table(file_format, "bench", columns, rows)
        async for figure in _made(f"results of 13,216 units as {file_format}", answer.body_iterator):
            yield figure
    async for figure in _made(
        "the open data package, with all groups", open_data(database, this, edition.at, "CC-BY-4.0")
    ):
        yield figure


async def _made(name: str, pieces: Any) -> AsyncIterator[Figure]:
    before, began, size, first = _peak_mib(), time.perf_counter(), 0, 0.0
    async for piece in pieces:
        first = first or time.perf_counter() - began
        size += len(piece)
    yield Figure(f"{name}: seconds", time.perf_counter() - began, "s")
    yield Figure(f"{name}: until the first byte", first, "s")
    yield Figure(f"{name}: size", size / 2**20, "MiB")
    yield Figure(f"{name}: growth of the process", _peak_mib() - before, "MiB")


def _peak_mib() -> float:
    """The most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
