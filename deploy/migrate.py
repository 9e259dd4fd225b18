"""The migration job: schemas of all services, event streams, gazetteer. Safe to run again, and beside running services.

`python -m deploy.migrate` reads ISAF_DATABASE_URL_<SERVICE> for each service, ISAF_NATS_URL, ISAF_NATS_USER and
ISAF_NATS_PASSWORD of a user that may make streams, and what else the registry service reads (ISAF_*).
`python -m deploy.migrate streams` makes the streams alone.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

from shared.events.streams import ensure_streams
from shared.migrations import upgrade
from shared.settings import Settings

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")


def migrate_all(database_urls: Mapping[str, str]) -> None:
    """Bring each service's schema to its newest form, as that service's own role."""
    for service in SERVICES:
        upgrade(service, database_urls[service])


def make_streams(environment: Mapping[str, str]) -> None:
    """Make the event streams that are missing."""
    asyncio.run(
        ensure_streams(environment["ISAF_NATS_URL"], environment["ISAF_NATS_USER"], environment["ISAF_NATS_PASSWORD"])
    )


def load_areas() -> None:
    """Load the gazetteer where there is none; what loads it is imported only then, as the rest does not need it."""
    from services.registry.gazetteer.loader import load_gazetteer

    asyncio.run(load_gazetteer(Settings()))


def run(*, streams_alone: bool = False) -> int:
    """Run the job as its environment says."""
    try:
        urls = {service: os.environ[f"ISAF_DATABASE_URL_{service.upper()}"] for service in SERVICES}
    except KeyError as missing:
        sys.stderr.write(f"The migration job needs {missing.args[0]}.\n")
        return 2
    if not streams_alone:
        migrate_all(urls)
        os.environ["ISAF_DATABASE_URL"] = urls["registry"]
        load_areas()
    make_streams(os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(run(streams_alone=sys.argv[1:] == ["streams"]))
