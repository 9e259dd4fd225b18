"""The keys that sign access tokens: made on first need, sealed at rest, published as JWKS."""

import json
from typing import Any

import structlog
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.tokens.models import SigningKey
from shared.crypto import Sealer
from shared.db import Database
from shared.runtime import Runtime

PURPOSE = "registry.signing-keys"
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('registry.signing-key'))")

log = structlog.get_logger()


async def signing_key(database: Database, secret: SecretStr) -> ECKey:
    """The newest key that this installation's secret opens; one is made when there is none.

    It is committed before its first use, so that whoever asks for the JWKS finds every key that has ever signed.
    """
    async with database.transaction() as db:
        if key := await _find(db, secret):
            return key
        await db.execute(LOCK)
        return await _find(db, secret) or _make(db, secret)


async def public_keys(runtime: Runtime) -> dict[str, Any]:
    """The JWKS document: the public half of every key."""
    await signing_key(runtime.database, runtime.settings.secret_key)
    async with runtime.database.transaction() as db:
        keys = (await db.scalars(select(SigningKey).order_by(col(SigningKey.created_at)))).all()
        return {"keys": [key.public_jwk for key in keys]}


async def prepare_signing_key(runtime: Runtime) -> None:
    """Have a key from the start, so that no other service reads an empty JWKS."""
    await signing_key(runtime.database, runtime.settings.secret_key)


async def _find(db: AsyncSession, secret: SecretStr) -> ECKey | None:
    sealer = Sealer(secret, PURPOSE)
    for stored in await db.scalars(select(SigningKey).order_by(col(SigningKey.created_at).desc())):
        try:
            return ECKey.import_key(json.loads(sealer.open(stored.sealed_private_jwk)))
        except ValueError:
            log.warning(
                "signing_key_not_opened", kid=stored.kid, reason="ISAF_SECRET_KEY is another than when it was made"
            )
    return None


def _make(db: AsyncSession, secret: SecretStr) -> ECKey:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    sealed = Sealer(secret, PURPOSE).seal(json.dumps(key.as_dict(private=True)).encode())
    assert key.kid is not None
    db.add(SigningKey(kid=key.kid, public_jwk=dict(key.as_dict(private=False)), sealed_private_jwk=sealed))
    log.info("signing_key_made", kid=key.kid)
    return key
