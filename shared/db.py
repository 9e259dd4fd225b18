"""The service's database: one engine, one transaction per request."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from shared import idempotency
from shared.auth.user import MaybeUser

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
IDLE_SECONDS = 60
"""PostgreSQL ends sessions that a burst opened and nobody uses now; each holds 2 MB or more. The pool hands out the
last returned one first, so that others do become idle, and gives none out that has been ended."""
SPARE_SECONDS = 5
"""So long before its end no session is given out any more: whoever comes once a minute would meet it being ended."""
RENEWED_SECONDS = 60
"""A session in use is opened anew so often: what PostgreSQL remembers for one only grows, to 10 MB in a long year."""
RETURNED = "returned"
"""Key in a pooled session's info: when it was last given back."""
EMITTED = "emitted"
"""Key in a session's info: an event was emitted, so the relay is woken after the commit."""


def new_metadata() -> MetaData:
    """The metadata of one service, so that the five may use the same table names in one process."""
    return MetaData(naming_convention=NAMING_CONVENTION)


class Database:
    """An engine and its sessions; the role's search_path leads to the service's own schema."""

    def __init__(self, url: str, *, service: str, pool_size: int = 10) -> None:
        self.dsn = url
        settings = {
            "application_name": f"isaf-{service}",
            "statement_timeout": "30000",
            "lock_timeout": "5000",
            "idle_in_transaction_session_timeout": "30000",
            "idle_session_timeout": str(IDLE_SECONDS * 1000),
        }
        self.engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=5,
            pool_timeout=5,
            pool_use_lifo=True,
            pool_recycle=RENEWED_SECONDS,
            hide_parameters=True,
            connect_args={"server_settings": settings, "timeout": 5},
        )
        event.listen(self.engine.sync_engine, "checkin", note_return)
        event.listen(self.engine.sync_engine, "checkout", refuse_ended)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.on_emitted: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commit on leaving, roll back on any error, and wake the relay when events were emitted."""
        async with self.sessions() as session:
            async with session.begin():
                yield session
            if session.info.get(EMITTED):
                self.on_emitted()

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


def note_return(_connection: Any, record: Any) -> None:
    """Remember since when a session is idle."""
    record.info[RETURNED] = monotonic()


def refuse_ended(connection: Any, record: Any, *_: object) -> None:
    """Make the pool open another connection in place of one that the server has ended, or is about to.

    asyncpg has heard of the end by then, so this costs nothing; the pool's own ping takes three round trips a request.
    """
    idle_seconds = monotonic() - record.info.get(RETURNED, monotonic())
    if connection.driver_connection.is_closed() or idle_seconds > IDLE_SECONDS - SPARE_SECONDS:
        raise DisconnectionError("the server ended this session")


def running_database(request: Request) -> Database:
    """The service's, for endpoints that read or store by transactions of their own."""
    database: Database = request.app.state.runtime.database
    return database


async def transaction(request: Request, user: MaybeUser) -> AsyncIterator[AsyncSession]:
    """The request's one transaction: it commits state, events and the stored answer together, before the answer leaves.

    A POST with an Idempotency-Key that was answered before gets the same answer again and runs nothing.
    """
    async with running_database(request).transaction() as session:
        claim = await idempotency.claim(session, request, user.id if user else None)
        yield session
        if claim is not None:
            await session.flush()
            await idempotency.store(session, claim, request)


Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]
"""`db: Transaction` in an endpoint's signature; feature code never commits."""
