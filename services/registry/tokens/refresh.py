"""Refresh tokens: each is used once and replaced; a second use shows that a copy is about, and ends the sign-in.

On a bad line the answer with the successor may be lost. Within a short grace the used token is therefore answered
again, with the very same successor: it is computed from the token under a key of the registry and not stored.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, digest
from services.registry.tokens.models import RefreshToken, SignIn
from shared.crypto import derive_key

LIFETIME = timedelta(days=30)
"""A facilitator without signal for weeks stays signed in."""
GRACE = timedelta(seconds=30)
FORGET_EXPIRED = text(
    "DELETE FROM sign_in WHERE account_id = :account AND NOT EXISTS"
    " (SELECT FROM refresh_token WHERE sign_in_id = sign_in.id AND expires_at > now())"
)

log = structlog.get_logger()


async def begin(db: AsyncSession, account: Account) -> str:
    """Begin a sign-in; returns its first refresh token."""
    await db.execute(FORGET_EXPIRED, {"account": account.id})
    sign_in = SignIn(account_id=account.id)
    db.add(sign_in)
    await db.flush()
    token = secrets.token_urlsafe(32)
    _store(db, token, sign_in.id)
    return token


async def rotate(db: AsyncSession, token: str, secret: SecretStr) -> tuple[Account, str] | None:
    """Exchange a token for its account and its successor; None when it does not hold (and reuse ends the sign-in)."""
    stored: RefreshToken | None = await db.get(RefreshToken, digest(token))
    if stored is None:
        return None
    sign_in = await db.get(SignIn, stored.sign_in_id, with_for_update=True)
    await db.refresh(stored)
    now = datetime.now(UTC)
    if sign_in is None or sign_in.revoked_at is not None or stored.expires_at <= now:
        return None
    successor = _successor(token, secret)
    if stored.used_at is None:
        stored.used_at = now
        _store(db, successor, sign_in.id)
    elif now - stored.used_at > GRACE:
        sign_in.revoked_at = now
        log.warning("refresh_token_reused", account=str(sign_in.account_id), sign_in=str(sign_in.id))
        return None
    account = await db.get_one(Account, sign_in.account_id)
    return None if account.disabled else (account, successor)


async def revoke_sign_ins(db: AsyncSession, account_id: UUID) -> None:
    """End every sign-in of an account."""
    await db.execute(
        update(SignIn)
        .where(col(SignIn.account_id) == account_id, col(SignIn.revoked_at).is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


def _store(db: AsyncSession, token: str, sign_in_id: UUID) -> None:
    db.add(RefreshToken(token_hash=digest(token), sign_in_id=sign_in_id, expires_at=datetime.now(UTC) + LIFETIME))


def _successor(token: str, secret: SecretStr) -> str:
    code = hmac.digest(derive_key(secret, "registry.refresh-tokens"), token.encode(), "sha256")
    return urlsafe_b64encode(code).decode().rstrip("=")
