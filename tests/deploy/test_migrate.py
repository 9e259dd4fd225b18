"""The migration job: does what is missing, asks before it imports, and says what it needs."""

import asyncio
import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from deploy import migrate
from shared import migrations, revisions
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


def versions(urls: dict[str, str]) -> dict[str, object]:
    """Each service's version in the database."""
    return {
        service: asyncio.run(migrate.ask(url, "SELECT version_num FROM alembic_version"))
        for service, url in urls.items()
    }


def test_every_schema_is_brought_to_its_head_once(empty: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(versions(empty).values()) == {None}
    migrate.migrate_all(empty)
    assert versions(empty) == {service: revisions.head(service) for service in SERVICES}

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is left to do")

    monkeypatch.setattr(migrations, "upgrade", refuse)
    migrate.migrate_all(empty)


def test_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["migrate"])
    for service in SERVICES:
        monkeypatch.delenv(f"ISAF_DATABASE_URL_{service.upper()}", raising=False)
    assert migrate.main() == 2
    assert capsys.readouterr().err == "The migration job needs ISAF_DATABASE_URL_REGISTRY.\n"
