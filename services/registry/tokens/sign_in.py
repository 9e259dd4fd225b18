"""The ways to a token. Transactions are short: no connection is held while a password is checked.

An account is read under a lock that whoever revokes has to wait for: a token shows what was true at its `iat`, so that
a revocation, which ends all tokens issued before it, misses none.
"""

import time
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col

from services.registry.accounts.making import find_or_make_citizen
from services.registry.accounts.models import Account, normal_username
from services.registry.sign_in_codes.codes import use_code
from services.registry.tokens import passwords, refresh, throttle
from services.registry.tokens.schemas import TokenRefused, client_refused
from shared.db import Database
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose access token is to be made, and the refresh token that goes with it."""

    account: Account
    refresh: refresh.Refresh | None
    issued_token_type: str | None = None
    """Told where a token of another issuer was exchanged (RFC 8693)."""
    read_at: float = field(default_factory=time.time)
    """When the account was as it is here: make this within the transaction that has locked it."""


async def by_password(
    database: Database, settings: Settings, username: str, password: str, device: str | None = None
) -> SignedIn:
    """Sign a person in. A wrong password and an unknown username look and take the same."""
    async with passwords.turns.one():
        async with database.transaction() as db:
            await throttle.must_not_wait(db, username, settings.secret_key)
            found: Account | None = await db.scalar(
                select(Account).where(col(Account.username) == normal_username(username))
            )
        right = await passwords.matches(found.password_hash if found else None, password)
        async with database.transaction() as db:
            account = await db.get(Account, found.id, with_for_update={"read": True}) if found and right else None
            if found and account and account.password_hash == found.password_hash and account.password_holds():
                await throttle.forget_failures(db, username, settings.secret_key)
                return SignedIn(account, await refresh.begin(db, account, device))
            await throttle.count_failure(db, username, settings.secret_key)
    raise TokenRefused(
        "invalid_grant",
        en="The username or the password is not right.",
        km="ឈ្មោះគណនី ឬពាក្យសម្ងាត់មិនត្រឹមត្រូវ។",
    )


async def by_phone_code(
    database: Database, settings: Settings, phone: str, code: str, name: str | None, device: str | None
) -> SignedIn:
    """Sign in whoever holds a phone; a phone that nobody has an account for gets one, without any grant."""
    async with database.transaction() as db:
        if await use_code(db, phone, code, settings.secret_key):
            account = await find_or_make_citizen(db, phone, name)
            if account is not None and not account.disabled:
                return SignedIn(account, await refresh.begin(db, account, device))
    raise TokenRefused(
        "invalid_grant",
        en="The code is not right, or holds no longer. Ask for a new one.",
        km="លេខកូដមិនត្រឹមត្រូវ ឬផុតកំណត់។ សូមស្នើលេខកូដថ្មី។",
    )


async def by_refresh_token(database: Database, settings: Settings, token: str) -> SignedIn:
    """Exchange a refresh token for fresh ones."""
    async with database.transaction() as db:
        rotated = await refresh.rotate(db, token, settings.secret_key)
        if rotated is not None:
            return SignedIn(*rotated)
    raise TokenRefused(
        "invalid_grant",
        en="This refresh token holds no longer: it was used, revoked or has expired. Sign in again.",
        km="ការចូលប្រើប្រាស់នេះផុតកំណត់ ឬត្រូវបានបញ្ចប់ហើយ។ សូមចូលប្រើប្រាស់ម្ដងទៀត។",
    )


async def by_client_credentials(database: Database, client_id: str, secret: str, *, basic: bool) -> SignedIn:
    """Sign a system in; it comes back with its secret instead of a refresh token."""
    async with database.transaction() as db:
        statement = select(Account).where(col(Account.client_id) == client_id).with_for_update(read=True)
        account: Account | None = await db.scalar(statement)
        if account is None or not account.secret_matches(secret) or account.disabled:
            raise client_refused(basic=basic)
        return SignedIn(account, None)
