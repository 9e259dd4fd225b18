"""Making access tokens."""

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from services.registry.accounts.models import Account
from shared.auth.tokens import AUDIENCE
from shared.auth.user import Grant

LIFETIME = timedelta(minutes=15)


def access_token(key: ECKey, issuer: str, account: Account, *, read_at: float, sign_in_id: UUID | None = None) -> str:
    """A token that says who the account is, which grants it held when it was read and which sign-in it belongs to."""
    return sign(key, issuer, account, account.effective_grants(), read_at=read_at, sign_in_id=sign_in_id)


def sign(
    key: ECKey,
    issuer: str,
    account: Account,
    grants: Sequence[Grant],
    *,
    read_at: float | None = None,
    sign_in_id: UUID | None = None,
) -> str:
    """A token for an account with these grants, good for a quarter of an hour from `read_at` (seconds since 1970) on.

    `iat` is exact to the millisecond, and never before the account's last revocation, which another server may have
    stamped by a clock that runs ahead: what is issued after a revocation holds.
    """
    revoked = account.valid_from.timestamp() if account.valid_from else 0
    now = max(math.floor((read_at or time.time()) * 1000), math.ceil(revoked * 1000)) / 1000
    claims = {
        "iss": issuer,
        "sub": str(account.id),
        "aud": AUDIENCE,
        "iat": now,
        "exp": int(now) + int(LIFETIME.total_seconds()),
        "jti": str(uuid4()),
        "name": account.display_name,
        "grants": [str(grant) for grant in grants],
    }
    if sign_in_id is not None:
        claims["sid"] = str(sign_in_id)
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)
