"""Every report by area of the registry, over one nation that has something of everything."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx

from bench import bodies, cafs, packs, posters, units
from bench.figures import Figure
from bench.installations import installation, token
from bench.reporting import ask_report
from deploy.local.stack import Stack

PERIOD = {"from": f"{bodies.YEAR}-01-01", "until": f"{bodies.YEAR}-12-31"}
REPORTS: dict[str, dict[str, Any]] = {
    "/caf-report": {},
    "/training-report": {},
    "/duty-report": PERIOD,
    "/pack-report": {"year": packs.YEAR},
    "/posting-report": {"year": packs.YEAR},
    "/coverage": {"year": packs.YEAR},
}


def run() -> list[Figure]:
    """Through the gateway of an installation as `make up` makes it, over the areas of the official list."""
    with installation() as stack:
        _people(stack)
        _packs(stack)
        asyncio.run(_settle(stack.environment("registry")["ISAF_DATABASE_URL"]))
        return list(_reports(stack))


def _people(stack: Stack) -> None:
    """Facilitators, trainings, and bodies with a year of meetings."""
    headers = {"Authorization": f"Bearer {token(stack)}"}
    url = stack.base_url + units.API
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
        list(cafs.take_in(client))
        asyncio.run(cafs.hold_trainings(url, headers, cafs.read_cafs(client)))
        list(bodies.recognise_all(client))
        list(bodies.meet_all(client))


def _packs(stack: Stack) -> None:
    """Units that take part, with facts, packs and posters."""
    with httpx.Client(base_url=stack.base_url, timeout=120) as client:
        client.headers["Authorization"] = f"Bearer {token(stack)}"
        posters.prepare(client, token(stack, "operator"), area="")
        client.headers["Authorization"] = f"Bearer {token(stack)}"
        list(posters.post_all(client))
        client.base_url = stack.base_url + units.API
        list(units.take_part(client))


async def _settle(url: str) -> None:
    """Do what PostgreSQL does by itself a minute after such a flood: until then its plans are for small tables."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _reports(stack: Stack) -> Iterator[Figure]:
    with httpx.Client(base_url=stack.base_url + units.API, timeout=120) as client:
        for path, params in REPORTS.items():
            yield from ask_report(client, path, **params)
