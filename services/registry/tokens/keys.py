"""The keys that sign access tokens: made on first need, sealed at rest, published as JWKS, rotated and withdrawn."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.tokens.models import SigningKey
from shared.crypto import Sealer
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.runtime import Runtime

PURPOSE = "registry.signing-keys"
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('registry.signing-key'))")
ACTIVATION = timedelta(minutes=5)
"""How long a new key is published before it signs: ten times the age that any verifier's copy of the keys reaches."""
PUBLISHED_AFTER = timedelta(minutes=20)
"""How long a key stays published after the next has begun to sign: its last token lives a quarter of an hour."""

log = structlog.get_logger()


async def signing_key(database: Database, secret: SecretStr) -> ECKey:
    """The newest key whose time to sign has come and that this installation's secret opens; one is made without any.

    It is committed before its first use, so that whoever asks for the JWKS finds every key that has ever signed.
    """
    async with database.transaction() as db:
        if found := await _find(db, secret):
            return found[1]
        await db.execute(LOCK)
        found = await _find(db, secret)
        return found[1] if found else _make(db, secret)[1]


async def public_keys(runtime: Runtime) -> dict[str, Any]:
    """The JWKS document: the public half of every key that signs, is about to, or has tokens that hold."""
    signing = await signing_key(runtime.database, runtime.settings.secret_key)
    async with runtime.database.transaction() as db:
        keys = await all_keys(db)
    published = [key for key in keys if key.kid == signing.kid or is_published(key, keys)]
    return {"keys": [key.public_jwk for key in published]}


async def prepare_signing_key(runtime: Runtime) -> None:
    """Have a key from the start, so that no other service reads an empty JWKS."""
    await signing_key(runtime.database, runtime.settings.secret_key)


async def all_keys(db: AsyncSession) -> Sequence[SigningKey]:
    """Every key there ever was, in the order of their beginning to sign."""
    return (await db.scalars(select(SigningKey).order_by(col(SigningKey.signs_from), col(SigningKey.kid)))).all()


def superseded_at(key: SigningKey, keys: Sequence[SigningKey]) -> datetime | None:
    """When a later key begins, or began, to sign in its place."""
    later = [one.signs_from for one in keys if one.signs_from > key.signs_from and one.withdrawn_at is None]
    return min(later, default=None)


def is_published(key: SigningKey, keys: Sequence[SigningKey], now: datetime | None = None) -> bool:
    """Whether a token of this key may hold, now or soon."""
    end = superseded_at(key, keys)
    return key.withdrawn_at is None and (end is None or end + PUBLISHED_AFTER > (now or datetime.now(UTC)))


async def rotate(db: AsyncSession, secret: SecretStr) -> SigningKey:
    """Make the key that signs from a little later on. Raises Conflict while another one waits for its time."""
    await db.execute(LOCK)
    now = datetime.now(UTC)
    if any(key.signs_from > now and key.withdrawn_at is None for key in await all_keys(db)):
        raise Conflict(
            "rotation_under_way",
            en="A new key is published already and begins to sign within minutes.",
            km="សោថ្មីត្រូវបានផ្សព្វផ្សាយរួចហើយ ហើយនឹងចាប់ផ្ដើមប្រើក្នុងរយៈពេលប៉ុន្មាននាទី។",
        )
    if await _find(db, secret) is None:
        return _make(db, secret)[0]
    return _make(db, secret, signs_from=now + ACTIVATION)[0]


async def withdraw(db: AsyncSession, secret: SecretStr, kid: str) -> SigningKey:
    """End a key that others may have got hold of: none of its tokens holds. Another one signs from now on.

    Raises NotFound, or Conflict when it was withdrawn before.
    """
    await db.execute(LOCK)
    key = await db.get(SigningKey, kid)
    if key is None:
        raise NotFound("signing_key_not_found", en="There is no such key.", km="រកមិនឃើញសោនេះទេ។")
    if key.withdrawn_at is not None:
        raise Conflict("signing_key_withdrawn", en="This key was withdrawn before.", km="សោនេះត្រូវបានដកហូតរួចហើយ។")
    key.withdrawn_at = datetime.now(UTC)
    await db.flush()
    if await _find(db, secret) is None:
        _make(db, secret)
        await db.flush()
    return key


async def _find(db: AsyncSession, secret: SecretStr) -> tuple[SigningKey, ECKey] | None:
    sealer = Sealer(secret, PURPOSE)
    statement = select(SigningKey).where(
        col(SigningKey.withdrawn_at).is_(None), col(SigningKey.signs_from) <= func.clock_timestamp()
    )
    for stored in await db.scalars(statement.order_by(col(SigningKey.signs_from).desc())):
        try:
            return stored, ECKey.import_key(json.loads(sealer.open(stored.sealed_private_jwk)))
        except ValueError:
            log.warning(
                "signing_key_not_opened", kid=stored.kid, reason="ISAF_SECRET_KEY is another than when it was made"
            )
    return None


def _make(db: AsyncSession, secret: SecretStr, *, signs_from: datetime | None = None) -> tuple[SigningKey, ECKey]:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    sealed = Sealer(secret, PURPOSE).seal(json.dumps(key.as_dict(private=True)).encode())
    assert key.kid is not None
    public = dict(key.as_dict(private=False))
    stored = SigningKey(kid=key.kid, public_jwk=public, sealed_private_jwk=sealed)
    stored.created_at = datetime.now(UTC)
    stored.signs_from = signs_from or stored.created_at
    db.add(stored)
    log.info("signing_key_made", kid=key.kid)
    return stored, key
