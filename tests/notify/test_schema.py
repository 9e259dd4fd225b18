"""The migration makes what the models say."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.notify.tables import Table
from tests.notify.conftest import Notify

SHARED = {"outbox", "inbox", "dead_letter", "consumer_start", "idempotency_key", "alembic_version", "area"}
SHARED |= {"access", "access_key"}


def is_compared(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
    """Indexes and the tables that all services share are declared in migrations alone."""
    return kind != "index" and not (kind == "table" and name in SHARED)


async def test_models_and_migration_agree(notify: Notify) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_object": is_compared}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata))

    async with notify.client.runtime.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
