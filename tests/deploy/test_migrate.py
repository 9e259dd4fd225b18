"""The migration job: does what is missing, asks before it imports, and says what it needs."""

import asyncio

import pytest

from deploy import migrate
from shared import migrations, revisions
from tests.world import SERVICES


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
