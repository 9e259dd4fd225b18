"""The migrations make what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from services.jaap.tables import Table
from tests.world import Client


async def test_models_and_migrations_agree(jaap: Client) -> None:
    async with jaap.runtime.database.engine.connect() as connection:
        differences = await connection.run_sync(differences_to, Table.metadata)
    assert differences == []


def differences_to(connection: Connection, metadata: MetaData) -> list[object]:
    """What alembic would change in the tables that have a model."""

    def has_model(_: object, __: str | None, kind: str, reflected: bool, model: object) -> bool:
        return kind not in ("table", "index") or not reflected or model is not None

    context = MigrationContext.configure(connection, opts={"include_object": has_model})
    found: list[object] = compare_metadata(context, metadata)
    return found
