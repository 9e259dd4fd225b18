"""The schema: models and migration agree, and the database itself refuses an over-allocation."""

from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from services.budget.tables import Table
from tests.budget.conftest import YEAR, Budget

SHARED = {"outbox", "inbox", "dead_letter", "consumer_start", "idempotency_key", "alembic_version", "area"}
SHARED |= {"access", "access_key"}


async def test_models_and_migration_agree(budget: Budget) -> None:
    def differences(connection: Connection) -> list[object]:
        opts = {"include_object": lambda _, name, kind, *__: kind != "table" or name not in SHARED}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Table.metadata))

    async with budget.client.runtime.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_database_refuses_an_over_allocated_envelope(budget: Budget) -> None:
    envelope = await budget.envelope(100)
    for allocated in (-1, 101):
        with pytest.raises(IntegrityError, match="allocated"):
            async with budget.client.runtime.database.transaction() as db:
                await db.execute(text("UPDATE envelope SET allocated = :sum"), {"sum": allocated})
    assert (await budget.read(f"/envelopes/{envelope['id']}"))["allocated"] == 0


async def test_the_database_refuses_a_request_whose_status_is_not_its_sum(budget: Budget) -> None:
    await budget.ask(100)
    for status, allocated in [
        ("open", 1),
        ("partly_allocated", 0),
        ("allocated", 99),
        ("withdrawn", 1),
        ("allocated", 101),
        ("lost", 0),
    ]:
        with pytest.raises(IntegrityError):
            async with budget.client.runtime.database.transaction() as db:
                await db.execute(
                    text("UPDATE funding_request SET allocated = :sum, status = :status"),
                    {"sum": allocated, "status": status},
                )


async def test_an_allocation_needs_both_its_sides(budget: Budget) -> None:
    with pytest.raises(IntegrityError):
        async with budget.client.runtime.database.transaction() as db:
            await db.execute(
                text(
                    "INSERT INTO allocation (request_id, envelope_id, action_id, fund_source, area_code, year, amount,"
                    " made_by) VALUES (:id, :id, :id, 'ngo', '020301', :year, 1, :id)"
                ),
                {"id": uuid4(), "year": YEAR},
            )
