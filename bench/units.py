"""Ten thousand units and their year's participation in and out as files, and the coverage report over them."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice

import httpx

from bench.figures import Figure
from bench.installations import installation, token
from bench.reporting import ask_report
from services.registry.gazetteer.source import read_package

UNITS = 10_000
YEAR = 2026
API = "/api/registry/v1"
GOAL = "< 10 s"
KINDS = (
    ("commune_administration", "រដ្ឋបាល", "Administration"),
    ("health_centre", "មណ្ឌលសុខភាព", "Health Centre"),
    *(("primary_school", f"សាលាបឋមសិក្សា {number}", f"Primary School {number}") for number in range(1, 9)),
)


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        headers = {"Authorization": f"Bearer {token(stack)}"}
        with httpx.Client(base_url=stack.base_url + API, headers=headers, timeout=120) as client:
            return _measure(client)


def _measure(client: httpx.Client) -> list[Figure]:
    return [*_files_of_units(client), *take_part(client), *_coverage(client)]


def _files_of_units(client: httpx.Client) -> Iterator[Figure]:
    heading = ["kind", "area_code", "name_km", "name_en", "latitude", "longitude", "external_ids"]
    table = write_table(heading, _units())
    took = import_table(client, "units", table, dry_run=True)
    yield Figure(f"{UNITS:,} new units from CSV, dry run", took, "s")
    took = import_table(client, "units", table, created=UNITS)
    yield Figure(f"{UNITS:,} new units from CSV, carried out", took, "s", GOAL)
    for ending in ("csv", "xlsx"):
        exported, took = timed(partial(client.get, f"/units.{ending}"))
        yield Figure(f"{UNITS:,} units exported as {ending.upper()}", took, "s")
        took = import_table(client, "units", exported.content, unchanged=UNITS)
        yield Figure(f"the same {ending.upper()} imported again, nothing changed", took, "s", GOAL)


def take_part(client: httpx.Client) -> Iterator[Figure]:
    """The participation of all units in a year and the next."""
    form = client.get("/participations.csv", params={"year": YEAR, "form": True}).raise_for_status().text
    took = import_table(client, "participations", form.replace(",,,,\r\n", ",yes,yes,,\r\n"))
    yield Figure("a nation's participation from CSV, carried out", took, "s")
    body = {"from_year": YEAR, "to_year": YEAR + 1}
    _, took = timed(partial(client.post, "/participations:carry-over", json=body))
    yield Figure("a nation's participation carried over to the next year", took, "s")


def _coverage(client: httpx.Client) -> Iterator[Figure]:
    yield from ask_report(client, "/coverage", year=YEAR)


def _units() -> Iterator[list[str]]:
    communes = [row for row in read_package().rows if row.level == "commune"]
    pairs = ((kind, commune) for kind in KINDS for commune in communes)
    for number, ((kind, name_km, name_en), commune) in enumerate(islice(cycle(pairs), UNITS)):
        names = [f"{name_km}{commune.name_km}", f"{commune.name_en} {name_en}"]
        point = ["13.1", "103.2"] if number % 2 else ["", ""]
        yield [kind, commune.code, *names, *point, f"bench={number}"]


def write_table(heading: list[str], rows: Iterator[list[str]]) -> str:
    """A CSV with its headings."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([heading, *rows])
    return buffer.getvalue()


def import_table(
    client: httpx.Client, what: str, table: str | bytes, *, dry_run: bool = False, **expected: int
) -> float:
    """Seconds that an import took. Raises RuntimeError when its counts are not those expected."""
    content = table.encode() if isinstance(table, str) else table
    answer, took = timed(partial(client.post, f"/{what}:import", content=content, params={"dry_run": dry_run}))
    if any(answer.json()[name] != number for name, number in expected.items()):
        raise RuntimeError(answer.text[:1000])
    return took


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    """An answer, and the seconds it took. Raises RuntimeError for a refusal."""
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(answer.text[:1000])
    return answer, took
