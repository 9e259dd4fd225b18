"""Alembic, run for one service's own schema, and the tables that every service has."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

ROOT = Path(__file__).resolve().parent.parent
LOCK_TIMEOUT = "5s"
"""A migration gives up rather than make every request wait behind its lock."""


def config(service: str) -> Config:
    """Alembic's configuration for a service, without an ini file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(ROOT / "services" / service / "migrations"))
    alembic.set_main_option("path_separator", "os")
    return alembic


def upgrade(service: str, database_url: str, revision: str = "head") -> None:
    """Bring a service's schema to a revision, as the service's own role; one migration job at a time."""
    asyncio.run(_upgrade(service, database_url, revision))


async def _upgrade(service: str, database_url: str, revision: str) -> None:
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run, service, revision)
            await connection.commit()
    finally:
        await engine.dispose()


def _run(connection: Connection, service: str, revision: str) -> None:
    alembic = config(service)
    alembic.attributes["connection"] = connection
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate_{service}"})
    command.upgrade(alembic, revision)


def run_env(metadata: sa.MetaData) -> None:
    """What every service's migrations/env.py calls."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, transactional_ddl=True)
    with context.begin_transaction():
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


def code_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A column for area or unit codes, in "C" collation so that a prefix is an index range."""
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def text_check(table: str, column: str, values: Sequence[str]) -> sa.CheckConstraint:
    """An enumeration as text with CHECK: Alembic leaves enum types behind."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def now_column(name: str) -> sa.Column[object]:
    """A time that the database sets when the row is made."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def shared_tables(metadata: sa.MetaData) -> list[sa.Table]:
    """The outbox, inbox, dead letters, consumer starts and idempotency keys, as of version 1."""
    return [
        sa.Table(
            "outbox",
            metadata,
            sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
            sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
            sa.Column("subject", sa.Text, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
            sa.Column("is_state", sa.Boolean, nullable=False),
            now_column("created_at"),
            sa.Column("published_at", sa.DateTime(timezone=True)),
            sa.Index("ix_outbox_pending", "seq", postgresql_where=sa.text("published_at IS NULL")),
            sa.Index("ix_outbox_subject_seq", "subject", "seq"),
        ),
        sa.Table("inbox", metadata, sa.Column("event_id", sa.Uuid, primary_key=True), now_column("handled_at")),
        sa.Table(
            "dead_letter",
            metadata,
            sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
            sa.Column("event_id", sa.Text, nullable=False),
            sa.Column("subject", sa.Text, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
            sa.Column("error", sa.Text, nullable=False),
            sa.Column("tries", sa.Integer, nullable=False),
            now_column("failed_at"),
            sa.Column("replayed_at", sa.DateTime(timezone=True)),
        ),
        sa.Table("consumer_start", metadata, sa.Column("stream", sa.Text, primary_key=True), now_column("started_at")),
        sa.Table(
            "idempotency_key",
            metadata,
            sa.Column("account", sa.Text, primary_key=True),
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("fingerprint", sa.LargeBinary, nullable=False),
            sa.Column("status", sa.Integer),
            sa.Column("headers", postgresql.JSONB),
            sa.Column("body", sa.LargeBinary),
            now_column("created_at"),
            sa.Index("ix_idempotency_key_created_at", "created_at"),
        ),
    ]


def access_tables(metadata: sa.MetaData) -> list[sa.Table]:
    """The access state of accounts (access_copy): whose tokens hold since when, and the API keys that hold."""
    return [
        sa.Table(
            "access",
            metadata,
            sa.Column("account_id", sa.Uuid, primary_key=True),
            sa.Column("version", sa.BigInteger, nullable=False),
            sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
            sa.Column("disabled", sa.Boolean, nullable=False),
            sa.Column("name", sa.Text),
            sa.Index("ix_access_valid_from", "valid_from"),
        ),
        sa.Table(
            "access_key",
            metadata,
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("account_id", sa.Uuid, nullable=False),
            sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
            sa.Column("grants", postgresql.ARRAY(sa.Text), nullable=False),
            sa.Column("expires_at", sa.DateTime(timezone=True)),
            sa.Column("last_used_on", sa.Date),
            sa.Index("ix_access_key_account_id", "account_id"),
        ),
    ]


def area_copy_table(metadata: sa.MetaData) -> sa.Table:
    """The copy of the registry's areas (registry_copy.AreaCopy)."""
    return sa.Table(
        "area",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        code_column("code"),
        sa.Column("level", sa.Text, nullable=False),
        code_column("parent_code", nullable=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Index("ix_area_code", "code"),
        sa.Index("ix_area_parent_code", "parent_code"),
    )


def unit_copy_table(metadata: sa.MetaData) -> sa.Table:
    """The copy of the registry's service units (registry_copy.UnitCopy)."""
    return sa.Table(
        "unit",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        code_column("code"),
        sa.Column("kind", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Index("ix_unit_code", "code", unique=True),
        sa.Index("ix_unit_area_code", "area_code"),
    )


def aliases_column() -> sa.Column[list[str]]:
    """The codes by which a copied unit was known before (registry_copy.UnitCopy), since version 3 of those services."""
    return sa.Column("aliases", postgresql.ARRAY(sa.Text(collation="C")), nullable=False, server_default="{}")


def add_unit_aliases() -> None:
    """Let the copy of units hold their old codes; it fills as the registry tells of units that have some."""
    op.add_column("unit", aliases_column())
    op.create_index("ix_unit_aliases", "unit", ["aliases"], postgresql_using="gin")
