"""Finding citizens' comments by words of them, in Khmer, among 100,000."""

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvloop

from bench.figures import Figure, percentile
from bench.registries import settings_for
from deploy.local.postgres import Postgres
from services.scorecard.main import app
from shared.migrations import upgrade

COMMENTS, UNITS, TURNS = 100_000, 400, 40
GOAL = "< 200"
SYLLABLES = "ការ បាន ទៅ មក ល្អ ស្អាត យូរ ថ្លៃ ទឹក ផ្លូវ ថ្នាំ គ្រូ សាលា រៀន ពេទ្យ ឃុំ ភូមិ មនុស្ស កូន ម៉ោង លុយ ជួយ រង់ចាំ"
SETTING_UP = f"""
    INSERT INTO round (year, title_km, title_en, area_codes, state, suppression_threshold, version)
    VALUES (2026, 'ជុំ', 'Round', '{{02}}', 'open', 5, 1);
    INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, published_at)
    SELECT round.id, 'HC-02' || lpad(n::text, 4, '0') || '-1', 'health_centre', '02' || lpad(n::text, 4, '0'),
           (SELECT id FROM indicator_set WHERE unit_kind = 'health_centre' LIMIT 1), 10, now()
    FROM round, generate_series(1, {UNITS}) AS n;
"""  # noqa: S608 - constants are put in
FILL = f"""
    INSERT INTO comment (id, round_id, unit_code, aspect, text, channel, state)
    SELECT gen_random_uuid(), round.id, 'HC-02' || lpad((n % {UNITS} + 1)::text, 4, '0') || '-1', 'comment', said.text,
           'phone', 'approved'
    FROM round, unnest($1::text[]) WITH ORDINALITY AS said (text, n)
"""  # noqa: S608 - constants are put in


def run() -> list[Figure]:
    """In one process over a real PostgreSQL: each search reads its first page of 100, as anybody may."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        postgres = Postgres(Path(directory) / "postgres")
        postgres.start()
        try:
            upgrade("scorecard", postgres.url("scorecard"))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_measure(postgres.url("scorecard")))
        finally:
            postgres.stop()


async def _measure(url: str) -> list[Figure]:
    filling = await _fill(url)
    app.state.settings = settings_for(url)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench/api/scorecard/v1") as client,
    ):
        path = f"/rounds/{(await client.get('/rounds')).json()['items'][0]['id']}/comments"
        asked = {
            "a rare word": [{"q": f"ពិសេស{number}"} for number in range(TURNS)],
            "two common words": [{"q": " ".join(pair)} for pair in zip(_words(TURNS), _words(TURNS), strict=True)],
            "a common word": [{"q": word} for word in _words(TURNS)],
            "one letter": [{"q": letter} for letter in "កខគសរ" * (TURNS // 5)],
            "a common word in a commune": [{"q": word, "area": "020007"} for word in _words(TURNS)],
            "nothing found": [{"q": "lorem ipsum"}] * TURNS,
        }
        figures = [Figure("stored with their search keys", filling, "comments/s")]
        for name, searches in asked.items():
            times = [await _ask(client, path, search) for search in searches]
            figures.append(Figure(f"{name}: median", percentile(times, 50), "ms"))
            figures.append(Figure(f"{name}: 99th percentile", percentile(times, 99), "ms", GOAL))
        return figures


async def _fill(url: str) -> float:
    """Comments of 4 to 40 syllables without spaces; every hundredth has a rare word. How many were stored a second."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute(SETTING_UP)
    said = ["".join(_words(random.randint(4, 40))) for _ in range(COMMENTS)]  # noqa: S311
    said[::100] = [f"{text}ពិសេស{number % TURNS}" for number, text in enumerate(said[::100])]
    began = time.perf_counter()
    for start in range(0, COMMENTS, 1000):
        await connection.execute(FILL, said[start : start + 1000])
    seconds = time.perf_counter() - began
    await connection.execute("VACUUM ANALYZE comment")
    await connection.close()
    return COMMENTS / seconds


def _words(number: int) -> list[str]:
    return random.choices(SYLLABLES.split(), k=number)  # noqa: S311


async def _ask(client: httpx.AsyncClient, path: str, search: dict[str, str]) -> float:
    began = time.perf_counter()
    (await client.get(path, params=search)).raise_for_status()
    return (time.perf_counter() - began) * 1000
