"""Slowing down those who guess a password; kept in the database, so that it holds across processes and restarts."""

import hmac
import math
from datetime import UTC, datetime
from functools import cache

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.accounts.models import normal_username
from services.registry.tokens.models import FAILURES_FORGOTTEN_AFTER, SignInFailure
from shared.crypto import derive_key
from shared.errors import TooManyRequests

COUNT = text(
    """
    INSERT INTO sign_in_failure (username_hash, failures, last_at) VALUES (:name, 1, now())
    ON CONFLICT (username_hash) DO UPDATE SET last_at = now(), failures =
        CASE WHEN sign_in_failure.last_at < now() - CAST(:forgotten AS interval) THEN 1
        ELSE sign_in_failure.failures + 1 END
    """
)
FORGET = text("DELETE FROM sign_in_failure WHERE username_hash = :name")
FORGET_OLD = text("DELETE FROM sign_in_failure WHERE last_at < now() - CAST(:forgotten AS interval)")


async def must_not_wait(db: AsyncSession, username: str, secret: SecretStr) -> None:
    """Raise TooManyRequests while the username has to wait; known and unknown names alike."""
    failure = await db.get(SignInFailure, _key(username, secret))
    wait = failure.wait(datetime.now(UTC)) if failure else None
    if not wait:
        return
    seconds = math.ceil(wait.total_seconds())
    raise TooManyRequests(
        "too_many_tries",
        en=f"Too many failed tries for this username. Wait {seconds} seconds, then try again.",
        km=f"បានព្យាយាមខុសច្រើនដង។ សូមរង់ចាំ {seconds} វិនាទី រួចព្យាយាមម្ដងទៀត។",
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
        extra={"error": "temporarily_unavailable"},
    )


async def count_failure(db: AsyncSession, username: str, secret: SecretStr) -> None:
    """Remember a failed try, and forget what lies back too far."""
    await db.execute(FORGET_OLD, {"forgotten": FAILURES_FORGOTTEN_AFTER})
    await db.execute(COUNT, {"name": _key(username, secret), "forgotten": FAILURES_FORGOTTEN_AFTER})


async def forget_failures(db: AsyncSession, username: str, secret: SecretStr) -> None:
    """The right password wipes the slate."""
    await db.execute(FORGET, {"name": _key(username, secret)})


def _key(username: str, secret: SecretStr) -> bytes:
    """Under a pepper that the database does not hold: people type passwords where a username belongs."""
    return hmac.digest(_pepper(secret), normal_username(username).encode(), "sha256")


@cache
def _pepper(secret: SecretStr) -> bytes:
    return derive_key(secret, "registry.sign-in-failures")
