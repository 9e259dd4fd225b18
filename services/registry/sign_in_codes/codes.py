"""The codes themselves: six random digits, known by their HMAC under a pepper that the database does not hold."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from pydantic import SecretStr
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.tokens.models import SignInCode
from shared.crypto import derive_key

DIGITS = 6
LIFETIME = timedelta(minutes=5)
TRIES = 5
FORGET = text(
    "DELETE FROM sign_in_code WHERE phone_hash IN (SELECT phone_hash FROM sign_in_code WHERE expires_at < now()"
    " LIMIT 100 FOR UPDATE SKIP LOCKED)"
)

MESSAGE = "លេខកូដចូលប្រើ ISAF៖ {code}។ ប្រើបាន ៥ នាទី។ កុំប្រាប់អ្នកណា។\nISAF code: {code}. Valid 5 minutes. Tell nobody."
"""One text in both languages, as nobody knows the reader's before the first sign-in."""


async def make_code(db: AsyncSession, phone: str, secret: SecretStr) -> str:
    """A new code for a phone; the one before holds no longer."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {"code_hash": _code_hash(secret, phone, code), "tries": 0, "expires_at": datetime.now(UTC) + LIFETIME}
    statement = insert(SignInCode).values(phone_hash=hidden(secret, phone), **row)
    await db.execute(statement.on_conflict_do_update(index_elements=["phone_hash"], set_=row))
    await db.execute(FORGET)
    return code


async def void_code(db: AsyncSession, phone: str, code: str, secret: SecretStr) -> None:
    """Forget a code that was not sent, unless a newer one has taken its place."""
    await db.execute(
        delete(SignInCode).where(
            col(SignInCode.phone_hash) == hidden(secret, phone),
            col(SignInCode.code_hash) == _code_hash(secret, phone, code),
        )
    )


async def use_code(db: AsyncSession, phone: str, code: str, secret: SecretStr) -> bool:
    """Whether this is the phone's code; a right one is used up, a wrong one counts as a try."""
    stored = await db.get(SignInCode, hidden(secret, phone), with_for_update=True)
    if stored is None or stored.expires_at <= datetime.now(UTC) or stored.tries >= TRIES:
        return False
    if hmac.compare_digest(stored.code_hash, _code_hash(secret, phone, code)):
        await db.delete(stored)
        return True
    stored.tries += 1
    return False


def hidden(secret: SecretStr, key: str) -> bytes:
    """The form in which a phone or an address is stored here: a copy of the database does not tell it."""
    return hmac.digest(_pepper(secret), b"key:" + key.encode(), "sha256")


def _code_hash(secret: SecretStr, phone: str, code: str) -> bytes:
    return hmac.digest(_pepper(secret), f"code:{phone}:{code}".encode(), "sha256")


@cache
def _pepper(secret: SecretStr) -> bytes:
    return derive_key(secret, "registry.sign-in-codes")
