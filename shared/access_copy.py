"""A service's own copy of the access state of accounts, kept current by the registry's events (see auth.access)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumers import Consumers
from shared.events.registry import AccessChanged

WRITE = text(
    """
    INSERT INTO access (account_id, version, valid_from, disabled, name)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:valid_from AS timestamptz[]),
                         CAST(:disabled AS boolean[]), CAST(:names AS text[]))
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, valid_from = excluded.valid_from,
        disabled = excluded.disabled, name = excluded.name
    WHERE access.version < excluded.version
    RETURNING account_id
    """
)
DROP_KEYS = text("DELETE FROM access_key WHERE account_id = ANY(:accounts) AND id <> ALL (CAST(:kept AS uuid[]))")
WRITE_KEYS = text(
    """
    INSERT INTO access_key (id, account_id, key_hash, grants, expires_at)
    SELECT id, account_id, key_hash, string_to_array(grants, ' '), expires_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:hashes AS bytea[]), CAST(:grants AS text[]),
                CAST(:expires AS timestamptz[])) AS key (id, account_id, key_hash, grants, expires_at)
    ON CONFLICT (id) DO UPDATE SET grants = excluded.grants, expires_at = excluded.expires_at
    """
)


def keep_access(consumers: Consumers) -> None:
    """Keep the service's access state current."""

    @consumers.on_batch(AccessChanged)
    async def copy_access(db: AsyncSession, events: Sequence[AccessChanged]) -> None:
        await write_access(db, events)


async def write_access(db: AsyncSession, events: Sequence[AccessChanged]) -> None:
    """Write the newest state of each account, whatever the order or repetition of the events."""
    newest: dict[UUID, AccessChanged] = {}
    for event in events:
        if event.id not in newest or newest[event.id].version < event.version:
            newest[event.id] = event
    states = list(newest.values())
    taken = await db.scalars(
        WRITE,
        {
            "ids": [state.id for state in states],
            "versions": [state.version for state in states],
            "valid_from": [state.valid_from for state in states],
            "disabled": [state.disabled for state in states],
            "names": [state.name for state in states],
        },
    )
    if accounts := list(taken):
        await _write_keys(db, [newest[account] for account in accounts])


async def _write_keys(db: AsyncSession, states: Sequence[AccessChanged]) -> None:
    keys = [(state.id, key) for state in states for key in state.keys]
    kept = [key.id for _, key in keys]
    await db.execute(DROP_KEYS, {"accounts": [state.id for state in states], "kept": kept})
    if keys:
        await db.execute(
            WRITE_KEYS,
            {
                "ids": kept,
                "accounts": [account for account, _ in keys],
                "hashes": [bytes.fromhex(key.sha256) for _, key in keys],
                "grants": [" ".join(key.grants) for _, key in keys],
                "expires": [key.expires_at for _, key in keys],
            },
        )
