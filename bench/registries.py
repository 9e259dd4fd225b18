"""A registry of its own for a benchmark: PostgreSQL as it runs for people, fsync on, thrown away afterwards."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from deploy.local.postgres import Postgres
from services.registry.gazetteer.loader import load_gazetteer
from shared.migrations import upgrade
from shared.settings import Settings


@contextmanager
def empty_registry() -> Iterator[tuple[Settings, Path]]:
    """A migrated database that holds nothing yet, and a directory for files."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        postgres = Postgres(Path(directory) / "postgres")
        postgres.start()
        try:
            upgrade("registry", postgres.url("registry"))
            yield settings_for(postgres.url("registry")), Path(directory)
        finally:
            postgres.stop()


@contextmanager
def loaded_registry() -> Iterator[tuple[Settings, Path]]:
    """The same with the gazetteer in it."""
    with empty_registry() as (settings, directory):
        asyncio.run(load_gazetteer(settings))
        yield settings, directory


def settings_for(url: str) -> Settings:
    """Settings with which nothing but the database is reached."""
    secret = SecretStr(secrets.token_urlsafe(48))
    return Settings(
        environment="test", database_url=url, nats_url="nats://127.0.0.1", nats_user="registry", nats_password=secret,
        public_url="http://bench", jwks_url="http://bench", secret_key=secret, background_tasks=False,
    )  # fmt: skip


def wait_until_quiet(port: int) -> None:
    """Wait until the registry at this port has told everybody of the gazetteer."""
    deadline = time.monotonic() + 120
    while 'isaf_outbox_pending{service="registry"} 0.0' not in httpx.get(f"http://127.0.0.1:{port}/metrics").text:
        if time.monotonic() > deadline:
            raise TimeoutError("the registry's events were not published within two minutes")
        time.sleep(0.5)
