"""Telling every service whose tokens and API keys hold."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.api_keys.models import ApiKey
from shared.access_copy import write_access
from shared.events.registry import AccessChanged, KeyState
from shared.outbox import emit_all


async def tell_access(db: AsyncSession, account: Account, *, revoke: bool = False) -> None:
    """Tell the account's access as it is now; `revoke` ends every access token issued so far.

    Call it with the account locked. It is needed when an account is disabled or enabled, loses a grant, a sign-in or a
    password to somebody else's doing, and when anything of its API keys changes, their grants among it.
    """
    await tell_access_of(db, [account], revoke=revoke)


async def tell_access_of(db: AsyncSession, accounts: Sequence[Account], *, revoke: bool = False) -> None:
    """The same for many accounts, in as many statements as for one."""
    for account in accounts:
        if revoke:
            account.valid_from = datetime.now(UTC)
        account.access_version += 1
    await db.flush()
    keys = await _keys_that_hold(db, accounts)
    events = [
        AccessChanged(
            id=account.id,
            version=account.access_version,
            valid_from=account.valid_from or account.created_at,
            disabled=account.disabled,
            name=account.display_name if account.kind == "client" else None,
            keys=tuple(_state(key, account) for key in keys if key.account_id == account.id),
        )
        for account in accounts
    ]
    await write_access(db, events)
    await emit_all(db, events)


async def _keys_that_hold(db: AsyncSession, accounts: Sequence[Account]) -> Sequence[ApiKey]:
    clients = [account.id for account in accounts if account.kind == "client"]
    if not clients:
        return []
    later = or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > datetime.now(UTC))
    statement = select(ApiKey).where(col(ApiKey.account_id).in_(clients), col(ApiKey.withdrawn_at).is_(None), later)
    statement = statement.order_by(col(ApiKey.id)).execution_options(populate_existing=True)
    return (await db.scalars(statement)).all()


def _state(key: ApiKey, account: Account) -> KeyState:
    return KeyState(
        id=key.id,
        sha256=key.key_hash.hex(),
        grants=tuple(str(held.as_grant()) for held in key.grants_of(account)),
        expires_at=key.expires_at,
    )
