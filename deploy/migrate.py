"""The migration job: schemas of all services, event streams, gazetteer. Safe to run again, and beside running services.

`python -m deploy.migrate` reads ISAF_DATABASE_URL_<SERVICE> for each service, ISAF_NATS_URL, ISAF_NATS_USER and
ISAF_NATS_PASSWORD of a user that may make streams, and what else the registry service reads (ISAF_*).
`python -m deploy.migrate streams` makes the streams alone.

What is current already is found out by asking the database, before anything large is imported: a start on the same
data waits for this job.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

import asyncpg

from shared import revisions
from shared.events.streams import ensure_streams

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")


def migrate_all(database_urls: Mapping[str, str]) -> None:
    """Bring each service's schema to its newest form, as that service's own role."""
    for service in SERVICES:
        url = database_urls[service]
        version = asyncio.run(ask(url, "SELECT version_num FROM alembic_version"))
        if version is None or version != revisions.head(service):
            from shared.migrations import upgrade

            upgrade(service, url)


def load_areas(database_url: str) -> None:
    """Load the gazetteer where there is none."""
    if asyncio.run(ask(database_url, "SELECT edition FROM gazetteer LIMIT 1")) is None:
        from services.registry.gazetteer.loader import load_gazetteer
        from shared.settings import Settings

        os.environ["ISAF_DATABASE_URL"] = database_url
        asyncio.run(load_gazetteer(Settings()))


async def ask(database_url: str, question: str) -> object:
    """One value; None too where the table is not there yet."""
    session = await asyncpg.connect(database_url, timeout=10)
    try:
        return await session.fetchval(question)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await session.close()


def make_streams(environment: Mapping[str, str]) -> None:
    """Make the event streams that are missing."""
    asyncio.run(
        ensure_streams(environment["ISAF_NATS_URL"], environment["ISAF_NATS_USER"], environment["ISAF_NATS_PASSWORD"])
    )


def main() -> int:
    """Run the job as its environment says."""
    try:
        urls = {service: os.environ[f"ISAF_DATABASE_URL_{service.upper()}"] for service in SERVICES}
    except KeyError as missing:
        sys.stderr.write(f"The migration job needs {missing.args[0]}.\n")
        return 2
    if sys.argv[1:] != ["streams"]:
        migrate_all(urls)
        load_areas(urls["registry"])
    make_streams(os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main())
