"""Making accounts: the same for the API and for the command line."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, normal_username
from services.registry.audit.queries import record
from services.registry.tokens import passwords
from shared.auth.user import Grant
from shared.errors import Conflict


async def make_person(
    db: AsyncSession, username: str, password: str, display_name: str, grants: Sequence[Grant], *, by: UUID | None
) -> Account:
    """Make a person's account. Raises Conflict when the username is taken."""
    username = normal_username(username)
    if await db.scalar(select(exists().where(col(Account.username) == username))):
        raise Conflict(
            "username_taken", en=f"The username {username} is taken.", km=f"ឈ្មោះគណនី {username} ត្រូវបានប្រើរួចហើយ។"
        )
    hashed = await passwords.make_hash(password)
    account = Account(kind="person", username=username, password_hash=hashed, display_name=display_name)
    await _store(db, account, grants, by=by)
    return account


async def make_client(
    db: AsyncSession, display_name: str, grants: Sequence[Grant], *, by: UUID | None
) -> tuple[Account, str]:
    """Make a system's account and the secret that is shown once."""
    account = Account(kind="client", client_id=f"client-{secrets.token_hex(8)}", display_name=display_name)
    secret = account.new_secret()
    await _store(db, account, grants, by=by)
    return account, secret


async def make_local_client(db: AsyncSession, client_id: str, display_name: str, grants: Sequence[Grant]) -> Account:
    """Make a client without a secret, in whose name the command line signs tokens."""
    account = Account(kind="client", client_id=client_id, display_name=display_name)
    await _store(db, account, grants, by=None)
    return account


async def _store(db: AsyncSession, account: Account, grants: Sequence[Grant], *, by: UUID | None) -> None:
    db.add(account)
    await db.flush()
    record(db, "account", account.id, "created", by=by)
    await db.refresh(account, ["grants"])
    for grant in grants:
        account.give(grant)
        record(db, "account", account.id, "grant_given", by=by, grant=str(grant))
    account.version = 1
    await db.flush()
