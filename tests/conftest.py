"""Real PostgreSQL and NATS for every test, on free ports, thrown away afterwards.

The database is migrated once; each test finds it as it was then, and empty streams. Background tasks do not
run: a test calls `await world.drain()` and knows that every event has been published and handled.
"""

import asyncio
import gc
import random
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import nats
import pytest
import uvloop
from hypothesis import HealthCheck, settings
from nats.js import JetStreamContext
from xdist.remote import Producer

from deploy.local.nats import Nats
from deploy.local.ports import FIRST, LAST, is_free
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from shared import migrations
from shared.events.catalogue import PRODUCERS
from shared.events.streams import ensure_streams, stream_name
from tests.beginning import Beginning
from tests.installation import operator_token, running_stack
from tests.pools import Pools
from tests.scheduling import OneInstallation, in_order
from tests.world import SERVICES, Parts, World

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
settings.register_profile("isaf", patient, derandomize=True)
settings.register_profile("explore", patient, max_examples=1_000)
settings.load_profile("isaf")

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that no outgoing connection takes before it is used, or between two uses."""
    while (port := random.randrange(FIRST, LAST)) in _given or not is_free(port):
        continue
    _given.add(port)
    return port


def pytest_configure() -> None:
    """Tests run on the services' event loop; Python's own takes a tenth more of the processor."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items[:] = in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneInstallation:
    """Let one process run all tests of the installation."""
    return OneInstallation(config, log)


def pytest_collection_finish() -> None:
    """What is loaded stays: Python's garbage collector need not walk through it again and again, as in a service."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """PostgreSQL and NATS, with every service's schema migrated."""
    directory: Path = tmp_path_factory.mktemp("parts")
    passwords = {user: "p" + secrets.token_hex(16) for user in ("admin", *SERVICES)}
    postgres = Postgres(directory / "postgres", durable=False)
    server = Nats(directory / "nats", free_port(), passwords)
    try:
        postgres.start()
        server.start()
        for service in SERVICES:
            if (migrations.ROOT / "services" / service / "migrations" / "env.py").is_file():
                migrations.upgrade(service, postgres.url(service))
        yield Parts(postgres, server, passwords)
    finally:
        server.stop()
        postgres.stop()


@pytest.fixture(scope="session")
async def streams(parts: Parts) -> AsyncIterator[JetStreamContext]:
    """The streams, as their administrator sees them."""
    await ensure_streams(parts.nats.url, "admin", parts.passwords["admin"])
    client = await nats.connect(parts.nats.url, user="admin", password=parts.passwords["admin"])
    yield client.jetstream()
    await client.close()


@pytest.fixture(scope="session")
async def beginning(parts: Parts) -> AsyncIterator[Beginning]:
    """The migrated database that the tests of one process use one after the other."""
    database = Beginning(parts.postgres.url("postgres", "isaf"))
    await database.remember(SERVICES)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def pools(parts: Parts) -> AsyncIterator[Pools]:
    """The services' sessions, used by one test after the other."""
    kept = Pools()
    yield kept
    await kept.end()


@pytest.fixture
async def world(parts: Parts, streams: JetStreamContext, beginning: Beginning, pools: Pools) -> AsyncIterator[World]:
    """A fresh world for one test; the consumers begin anew with the tables (see Subscriber.ensure_consumer)."""
    purges = (streams.purge_stream(stream_name(service)) for service in PRODUCERS)
    await asyncio.gather(beginning.restore(), *purges)
    async with AsyncExitStack() as stack:
        yield World(parts, "isaf", stack, pools)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole installation without the demo, for all tests from outside: starting one takes 19 s of processor time.

    Each leaves it well or stopped.
    """
    with running_stack(tmp_path_factory.mktemp("installation") / "data") as stack:
        yield stack


@pytest.fixture(scope="module")
def stack(installation: Stack) -> Stack:
    """The installation, running."""
    if installation.state.supervisor() is None:
        installation.start()
    return installation


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    """The operator's."""
    return operator_token(stack)
