"""What a service knows of accounts beside their tokens: whose tokens hold no longer, and the API keys of systems.

The registry tells it (events.registry.AccessChanged, kept by access_copy); a process reads its service's own tables, so
that a revocation bites within seconds of its event and holds while the registry is away.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.api_keys import is_whole, key_hash
from shared.auth.user import Grant, User, malformed_token
from shared.database_errors import is_outage
from shared.db import Database
from shared.errors import ServiceUnavailable
from shared.events import KeyUsed
from shared.events.catalogue import ALL_EVENT_TYPES
from shared.outbox import emit

READ_EVERY_SECONDS = 10
"""A process reads the revocations, and an API key, at most this often."""
WAIT_AFTER_SECONDS = 30
"""While somebody reads, others go on with what is known unless it is older than this."""
READ_TIMEOUT_SECONDS = 2
KEPT_SECONDS = 900
"""How long a key that was good is taken while the database is away."""
KEYS_KNOWN = 10_000
USED = {event.producer(): event for event in ALL_EVENT_TYPES if issubclass(event, KeyUsed)}
"""What a service tells the registry by; notify publishes nothing."""

REVOCATIONS = text(
    "SELECT account_id, valid_from, disabled FROM access WHERE valid_from > now() - interval '16 minutes'"
)
"""A token lives a quarter of an hour: what was revoked before that has run out by itself."""
FIND_KEY = text(
    "SELECT key.account_id, key.grants, extract(epoch FROM key.expires_at)::float AS expires_at,"
    " coalesce(access.name, '') AS name, key.last_used_on IS DISTINCT FROM current_date AS first_today"
    " FROM access_key AS key JOIN access USING (account_id) WHERE key.key_hash = :hash AND NOT access.disabled"
)
NOTE_USE = text(
    "UPDATE access_key SET last_used_on = current_date"
    " WHERE key_hash = :hash AND last_used_on IS DISTINCT FROM current_date RETURNING id, last_used_on"
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What was read of a key: its holder (None when it does not hold), until when it holds, and when that was read."""

    holder: User | None
    expires_at: float
    read_at: float


class Access:
    """One process's knowledge of revocations and keys, renewed by the requests that need it."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._used = USED.get(service)
        self._valid_from: dict[UUID, float] = {}
        self._keys: OrderedDict[bytes, KnownKey] = OrderedDict()
        self._read_at = self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def holds(self, account_id: UUID, issued_at: float) -> bool:
        """Whether an account's token of this time (seconds since 1970) has not been revoked."""
        if time.monotonic() - self._asked_at >= READ_EVERY_SECONDS:
            await self._renew()
        return issued_at >= self._valid_from.get(account_id, 0)

    async def holder(self, key: str) -> User:
        """The account of an API key, with the key's grants. Raises Unauthorized when it does not hold."""
        if not is_whole(key):
            raise malformed_token()
        digest = key_hash(key)
        known = self._keys.get(digest)
        if known is None or time.monotonic() - known.read_at >= READ_EVERY_SECONDS:
            known = await self._read_key(digest, known)
            self._keys[digest] = known
            self._keys.move_to_end(digest)
            if len(self._keys) > KEYS_KNOWN:
                self._keys.popitem(last=False)
        if known.holder is None or known.expires_at <= time.time():
            raise malformed_token()
        return known.holder

    async def _renew(self) -> None:
        """Read the revocations, one request for all; when the database is away, what is known stays."""
        if self._lock.locked() and time.monotonic() - self._read_at < WAIT_AFTER_SECONDS:
            return
        async with self._lock:
            if time.monotonic() - self._asked_at < READ_EVERY_SECONDS:
                return
            try:
                async with asyncio.timeout(READ_TIMEOUT_SECONDS), self._database.transaction() as db:
                    rows = (await db.execute(REVOCATIONS)).all()
            except Exception as error:
                if not _is_away(error):
                    raise
                log.warning("revocations_not_read", error=repr(error)[:200])
            else:
                self._valid_from = {
                    row.account_id: float("inf") if row.disabled else row.valid_from.timestamp() for row in rows
                }
                self._read_at = time.monotonic()
            self._asked_at = time.monotonic()

    async def _read_key(self, digest: bytes, known: KnownKey | None) -> KnownKey:
        try:
            async with asyncio.timeout(READ_TIMEOUT_SECONDS), self._database.transaction() as db:
                row = (await db.execute(FIND_KEY, {"hash": digest})).one_or_none()
                if row is not None and row.first_today:
                    await self._note_use(db, digest)
        except Exception as error:
            if not _is_away(error):
                raise
            if known is None or time.monotonic() - known.read_at >= KEPT_SECONDS:
                raise ServiceUnavailable from error
            return known
        if row is None:
            return KnownKey(None, 0, time.monotonic())
        holder = User(row.account_id, row.name, tuple(Grant.parse(grant) for grant in row.grants))
        return KnownKey(holder, float("inf") if row.expires_at is None else row.expires_at, time.monotonic())

    async def _note_use(self, db: AsyncSession, digest: bytes) -> None:
        """Tell the registry once a day that a key is in use, where this service tells anything at all."""
        used = (await db.execute(NOTE_USE, {"hash": digest})).one_or_none()
        if used is not None and self._used is not None:
            await emit(db, self._used(key_id=used.id, used_on=used.last_used_on))


def _is_away(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or is_outage(error)
