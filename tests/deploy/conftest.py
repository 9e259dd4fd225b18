"""What the tests of running and upgrading share."""

import asyncio
import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from tests.world import SERVICES, Parts


@pytest.fixture
def empty(parts: Parts) -> Iterator[dict[str, str]]:
    """A database with a schema per service and nothing in them; the addresses of its roles."""
    name = f"empty_{secrets.token_hex(6)}"

    async def each(database: str, *statements: str) -> None:
        session = await asyncpg.connect(parts.postgres.url("postgres", database))
        for statement in statements:
            await session.execute(statement)
        await session.close()

    asyncio.run(each("postgres", f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
    asyncio.run(each(name, *(f"CREATE SCHEMA {service} AUTHORIZATION {service}" for service in SERVICES)))
    settings = (f"ALTER ROLE {service} IN DATABASE {name} SET search_path = {service}" for service in SERVICES)
    asyncio.run(each("postgres", *settings))
    yield {service: parts.postgres.url(service, name) for service in SERVICES}
    asyncio.run(each("postgres", f"DROP DATABASE {name} WITH (FORCE)"))
