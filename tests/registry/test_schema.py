"""Models and migration agree, and the database refuses what no rule should let through."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from services.registry.tables import Table
from tests.registry.conftest import Registry

SHARED = {"outbox", "inbox", "dead_letter", "consumer_start", "idempotency_key", "alembic_version", "account_event"}
SHARED |= {"access", "access_key"}


async def test_models_and_migration_agree(registry: Registry) -> None:
    def differences(connection: Connection) -> list[object]:
        opts = {"include_object": lambda _, name, kind, *__: kind != "table" or name not in SHARED}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Table.metadata))

    async with registry.client.runtime.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


REFUSED = [
    "INSERT INTO account (kind, display_name, version) VALUES ('person', 'No name', 1)",
    "INSERT INTO account (kind, username, client_id, display_name, version) VALUES ('client', 'a', 'b', 'c', 1)",
    "INSERT INTO account_grant (account_id, role, area_code) SELECT id, 'king', '' FROM account",
    "INSERT INTO account_grant (account_id, role, area_code) SELECT id, 'citizen', '' FROM account",
    "UPDATE area SET level = 'town'",
    "UPDATE area SET status = 'gone'",
]


async def test_the_database_refuses(registry: Registry) -> None:
    await registry.person("citizen@")
    for statement in REFUSED:
        with pytest.raises(IntegrityError):
            await registry.execute(statement)
