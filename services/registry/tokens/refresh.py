"""Refresh tokens: each is used once and replaced; a second use shows that a copy is about, and ends the sign-in.

On a bad line the answer with the successor may be lost. Within a short grace the used token is therefore answered
again, with the very same successor: it is computed from the token under a key of the registry and not stored.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, digest
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.tokens.models import RefreshToken, SignIn
from shared.crypto import derive_key

LIFETIME = timedelta(days=30)
"""A facilitator without signal for weeks stays signed in."""
GRACE = timedelta(seconds=30)
FORGET_EXPIRED = text(
    "DELETE FROM sign_in WHERE account_id = :account AND NOT EXISTS"
    " (SELECT FROM refresh_token WHERE sign_in_id = sign_in.id AND expires_at > now())"
)
FORGET_USED = text("DELETE FROM refresh_token WHERE sign_in_id = :sign_in AND expires_at <= now()")
"""A sign-in goes on for years and leaves a token each quarter of an hour; one that has expired is refused anyhow."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token in clear, and the sign-in that it continues."""

    token: str
    sign_in_id: UUID


async def begin(db: AsyncSession, account: Account, device: str | None = None) -> Refresh:
    """Begin a sign-in, on a device that may have a name; returns its first refresh token.

    The account is read anew under a lock: a revocation that is under way is waited for.
    """
    await db.refresh(account, with_for_update={"read": True})
    await db.execute(FORGET_EXPIRED, {"account": account.id})
    sign_in = SignIn(account_id=account.id, device=device)
    db.add(sign_in)
    await db.flush()
    token = secrets.token_urlsafe(32)
    _store(db, token, sign_in.id)
    return Refresh(token, sign_in.id)


async def rotate(db: AsyncSession, token: str, secret: SecretStr) -> tuple[Account, Refresh] | None:
    """Exchange a token for its account and its successor; None when it does not hold (and reuse ends the sign-in)."""
    found = await _find(db, token)
    if found is None:
        return None
    account, sign_in, stored = found
    now = datetime.now(UTC)
    if sign_in.revoked_at is not None or stored.expires_at <= now or account.disabled:
        return None
    successor = _successor(token, secret)
    if stored.used_at is None:
        await db.execute(FORGET_USED, {"sign_in": sign_in.id})
        stored.used_at = sign_in.last_used_at = now
        _store(db, successor, sign_in.id)
    elif now - stored.used_at > GRACE:
        log.warning("refresh_token_reused", account=str(account.id), sign_in=str(sign_in.id))
        await end_sign_in(db, account, sign_in, by=None, reason="refresh_token_reused")
        return None
    return account, Refresh(successor, sign_in.id)


async def sign_out(db: AsyncSession, token: str) -> None:
    """End the sign-in of a refresh token, used or not; an unknown one changes nothing."""
    found = await _find(db, token)
    if found is not None and found[1].revoked_at is None:
        account, sign_in, _ = found
        await end_sign_in(db, account, sign_in, by=account.id)


async def end_sign_in(
    db: AsyncSession, account: Account, sign_in: SignIn, *, by: UUID | None, reason: str | None = None
) -> None:
    """End one sign-in; the account is locked. Its other sign-ins go on, with the next access token that they fetch."""
    sign_in.revoked_at = datetime.now(UTC)
    record(db, "account", account.id, "sign_in_ended", by=by, sign_in=str(sign_in.id), reason=reason)
    await tell_access(db, account, revoke=True)


async def revoke_sign_ins(db: AsyncSession, account_id: UUID, *, keep: UUID | None = None) -> None:
    """End every sign-in of an account, save one to `keep`."""
    statement = update(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.revoked_at).is_(None))
    if keep is not None:
        statement = statement.where(col(SignIn.id) != keep)
    await db.execute(statement.values(revoked_at=datetime.now(UTC)))


async def _find(db: AsyncSession, token: str) -> tuple[Account, SignIn, RefreshToken] | None:
    """A token with its account and sign-in, both locked: the account first, as wherever both are."""
    stored: RefreshToken | None = await db.get(RefreshToken, digest(token))
    if stored is None:
        return None
    account_id = await db.scalar(select(col(SignIn.account_id)).where(col(SignIn.id) == stored.sign_in_id))
    if account_id is None:
        return None
    account = await db.get_one(Account, account_id, with_for_update={"key_share": True})
    sign_in = await db.get(SignIn, stored.sign_in_id, with_for_update=True)
    if sign_in is None:
        return None
    await db.refresh(stored)
    return account, sign_in, stored


def _store(db: AsyncSession, token: str, sign_in_id: UUID) -> None:
    db.add(RefreshToken(token_hash=digest(token), sign_in_id=sign_in_id, expires_at=datetime.now(UTC) + LIFETIME))


def _successor(token: str, secret: SecretStr) -> str:
    code = hmac.digest(derive_key(secret, "registry.refresh-tokens"), token.encode(), "sha256")
    return urlsafe_b64encode(code).decode().rstrip("=")
