"""What a round of a country shows: how fast ballots are counted and seen, and its areas' views at a million ballots."""

import http.client
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

from bench import posts
from bench.figures import Figure, percentile
from bench.installations import installation, token
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack

UNITS = 12_500
BALLOTS, CHUNK = 1_000_000, 100_000
READS = 200
"""Of each view of a level, one after the other."""
LOAD_SECONDS, FACILITATORS, BATCH = 8, 4, 500
PATIENCE_SECONDS = 300
GOAL_VIEW, GOAL_FRESH = "< 50", "< 1"
PUBLISHED_AT_ONCE = 200

SEED_UNITS = f"""
INSERT INTO unit (id, code, kind, area_code, name_km, name_en, status, version)
SELECT gen_random_uuid(), format('%s-%s-%s', letters, code, number), kind, code, 'អង្គភាព', 'Unit', 'open', 1
FROM generate_series(1, 3) AS number, area,
     (VALUES ('CA', 'commune_administration'), ('HC', 'health_centre'), ('PS', 'primary_school')) AS k (letters, kind)
WHERE level = 'commune' AND area.status = 'open'
ORDER BY number, kind, code LIMIT {UNITS}
"""  # noqa: S608 - a constant is put in
SEED_BALLOTS = """
WITH card AS MATERIALIZED (
    SELECT unit_code, row_number() OVER (ORDER BY unit_code) - 1 AS place
    FROM scorecard WHERE round_id = '{round_id}'
), drawn AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, '{round_id}'::uuid AS round_id, {place} AS place,
           floor(random() * 2)::int AS sex, floor(random() * 3)::int AS age, random() < 0.2 AS id_poor,
           ARRAY(SELECT (1 + floor(random() * 5))::smallint FROM generate_series(1, 10) WHERE given > 0) AS scores
    FROM generate_series(1, {ballots}) AS given
), stored AS (
    INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, id_poor, channel)
    SELECT id, round_id, unit_code, scores, (ARRAY['female', 'male'])[sex + 1],
           (ARRAY['youth', 'adult', 'elder'])[age + 1], id_poor, 'meeting'
    FROM drawn JOIN card USING (place)
)
INSERT INTO uncounted (round_id, unit_code, slots, scores)
SELECT round_id, unit_code, ARRAY[sex * 4 + age, CASE WHEN id_poor THEN 16 ELSE 17 END]::smallint[], scores
FROM drawn JOIN card USING (place)
"""
BY_UNIT, AT_RANDOM = f"(({{first}} + given - 1) * {UNITS}::bigint / {BALLOTS})::int", f"floor(random() * {UNITS})::int"
"""As facilitators send them, all of a unit after one another; and as phones may, anywhere in the country."""
UNITS_OF_COMMUNES = """
SELECT unit_code FROM scorecard
WHERE round_id = '{round_id}' AND unit_kind = 'health_centre' AND unit_code LIKE '%-1' ORDER BY unit_code LIMIT 5
"""
COMPLETE = """
UPDATE scorecard SET state = 'completed', accepts_scores = false, submitted_at = now(), first_submitted_at = now(),
    submitted_by = gen_random_uuid()
WHERE round_id = '{round_id}'
"""
TIMES_FIVE = """
UPDATE area_histogram SET
    ballots = 5 * ballots, counts = ARRAY(SELECT 5 * n FROM unnest(counts) WITH ORDINALITY AS c (n, at) ORDER BY at),
    people = ARRAY(SELECT 5 * n FROM unnest(people) WITH ORDINALITY AS p (n, at) ORDER BY at);
UPDATE area_result SET
    participants = 5 * participants,
    cells = ARRAY(SELECT 5 * n FROM unnest(cells) WITH ORDINALITY AS c (n, at) ORDER BY at),
    people = ARRAY(SELECT 5 * n FROM unnest(people) WITH ORDINALITY AS p (n, at) ORDER BY at),
    group_cells = ARRAY(SELECT 5 * n FROM unnest(group_cells) WITH ORDINALITY AS g (n, at) ORDER BY at);
"""


@dataclass
class Country:
    """An installation with a round over all communes."""

    stack: Stack
    round_id: str
    token: str

    def query(self, statement: str) -> str:
        """Ask the scorecard service's database."""
        return Postgres(self.stack.data_dir / "postgres").query("scorecard", statement)

    def client(self) -> httpx.Client:
        """NCDDS, through the gateway."""
        base = f"{self.stack.base_url}/api/scorecard/v1"
        return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {self.token}"}, timeout=PATIENCE_SECONDS)

    def wait(self, statement: str) -> float:
        """Seconds until the database says true."""
        began = time.perf_counter()
        while self.query(statement) != "t":
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise TimeoutError(statement)
            time.sleep(0.05)
        return time.perf_counter() - began


def run() -> list[Figure]:
    """Count a million ballots, read the country's areas, publish, read again, and count under full load."""
    with _country() as country:
        return list(measure(country))


def measure(country: Country) -> Iterator[Figure]:
    """Step by step."""
    yield from _counting(country)
    yield from _freshness(country)
    yield from _views(country, f"{BALLOTS:,} ballots", ("participation", "running"))
    yield from _publishing(country)
    yield from _views(country, f"{BALLOTS:,} ballots", ("results",))
    country.query(TIMES_FIVE)
    yield from _views(country, "its sums times five", ("participation", "running", "results"))


@contextmanager
def _country() -> Iterator[Country]:
    with installation() as stack:
        country = Country(stack, "", token(stack, "ncdds"))
        country.wait("SELECT count(*) > 1600 FROM area WHERE level = 'commune'")
        country.query(SEED_UNITS)
        body = {"year": 2026, "title_km": "ជុំ", "title_en": "Round", "area_codes": [""]}
        with country.client() as client:
            country.round_id = client.post("/rounds", json=body).raise_for_status().json()["id"]
            client.post(f"/rounds/{country.round_id}:open").raise_for_status()
        yield country


def _counting(country: Country) -> Iterator[Figure]:
    """Ballots and their rows in the queue are written at once; what is timed begins when they are committed."""
    taken: dict[str, list[float]] = {BY_UNIT: [], AT_RANDOM: []}
    for first in range(0, BALLOTS, CHUNK):
        place = BY_UNIT if first + CHUNK < BALLOTS else AT_RANDOM
        seed = {"round_id": country.round_id, "place": place.format(first=first), "ballots": CHUNK}
        country.query(SEED_BALLOTS.format(**seed))
        taken[place].append(country.wait("SELECT NOT EXISTS (SELECT FROM uncounted)"))
    country.query("VACUUM ANALYZE")
    for place, name in ((BY_UNIT, "unit after unit"), (AT_RANDOM, "each of any unit")):
        rate = CHUNK * len(taken[place]) / sum(taken[place])
        yield Figure(f"the worker, over {UNITS:,} units, {name}", rate, "ballots/s", "> 20,000" * (place == BY_UNIT))
    counted = int(country.query("SELECT sum(ballots) FROM area_histogram WHERE area_code = ''"))
    yield Figure("ballots stored and not counted, or counted twice", abs(counted - BALLOTS), "", "0")


def _freshness(country: Country) -> Iterator[Figure]:
    """Batches at full rate; now and then one more ballot for another unit, and how long until its unit shows it."""
    quiet, *busy = country.query(UNITS_OF_COMMUNES.format(round_id=country.round_id)).splitlines()
    port = country.stack.installation.port
    tokens = {unit: token(country.stack, "caf", unit.split("-")[1]) for unit in (quiet, *busy)}
    path = "/api/scorecard/v1/ballots:batch"
    requests = [
        posts.request(port, path, {"ballots": [_ballot(country, unit) for _ in range(BATCH)]}, tokens[unit])
        for unit in busy * 60
    ]
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(posts.post, port, requests, connections=FACILITATORS, seconds=LOAD_SECONDS, warm_up=1.0)
        waits = list(_waits(country, quiet, tokens[quiet], lambda: not load.done()))
        posted = load.result()
    yield Figure("batches while freshness is measured", posted.accepted / (posted.seconds + 1.0), "ballots/s")
    yield Figure("a ballot taken, until its unit shows it: median", percentile(waits, 50), "s")
    yield Figure(f"the same: longest of {len(waits)}", max(waits), "s", GOAL_FRESH)


def _ballot(country: Country, unit_code: str) -> dict[str, object]:
    scores = [random.randint(1, 5) for _ in range(10)]  # noqa: S311
    round_id = country.round_id
    return {"id": str(uuid4()), "round_id": round_id, "unit_code": unit_code, "scores": scores, "sex": "female"}


def _waits(country: Country, unit_code: str, caf: str, loaded: Callable[[], bool]) -> Iterator[float]:
    """Seconds from the answer to a ballot until its unit shows one more."""
    path = f"/rounds/{country.round_id}/units/{unit_code}/participation"
    time.sleep(1.0)
    with country.client() as client:
        shown = client.get(path).json()["ballots"]
        while loaded():
            headers = {"Authorization": f"Bearer {caf}"}
            client.post("/ballots", json=_ballot(country, unit_code), headers=headers).raise_for_status()
            began = time.perf_counter()
            while client.get(path).json()["ballots"] == shown:
                if time.perf_counter() - began > PATIENCE_SECONDS:
                    raise TimeoutError("a ballot was not counted")
                time.sleep(0.01)
            yield time.perf_counter() - began
            shown += 1
            time.sleep(random.uniform(0.0, 0.3))  # noqa: S311


def _publishing(country: Country) -> Iterator[Figure]:
    """All units, by the endpoint that publishes what is completed."""
    country.query(COMPLETE.format(round_id=country.round_id))
    began, published = time.perf_counter(), 0
    cursor: str | None = None
    with country.client() as client:
        while not published or cursor is not None:
            body = {"area": "", "cursor": cursor, "limit": PUBLISHED_AT_ONCE}
            answer = client.post(f"/rounds/{country.round_id}:publish-completed", json=body).raise_for_status().json()
            published, cursor = published + answer["published"], answer["next_cursor"]
    yield Figure(
        "results published, with the sums of their areas", published / (time.perf_counter() - began), "units/s"
    )
    country.query("VACUUM ANALYZE")


def _views(country: Country, name: str, views: Sequence[str]) -> Iterator[Figure]:
    """Each view of areas of each level, one reader."""
    for view in views:
        for level, length in (("nation", 0), ("province", 2), ("district", 4), ("commune", 6)):
            codes = country.query(
                f"SELECT DISTINCT area_code FROM area_histogram WHERE length(area_code) = {length}"  # noqa: S608 - our own
            ).splitlines() or [""]
            taken = _read(country, view, codes)
            yield Figure(f"{view} of a {level}, {name}: median", percentile(taken, 50), "ms")
            yield Figure(f"{view} of a {level}, {name}: 99th percentile", percentile(taken, 99), "ms", GOAL_VIEW)


def _read(country: Country, view: str, codes: Sequence[str]) -> list[float]:
    """Milliseconds of each read after the first ten."""
    connection = http.client.HTTPConnection("127.0.0.1", country.stack.installation.port)
    headers = {"Authorization": f"Bearer {country.token}"} if view == "running" else {}
    taken = []
    for number in range(READS + 10):
        path = f"/api/scorecard/v1/rounds/{country.round_id}/{view}?area={codes[number % len(codes)]}"
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return taken[10:]
