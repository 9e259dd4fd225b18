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


def access_token(key: ECKey, issuer: str, account: Account, sign_in_id: UUID | None = None) -> str:
    """A token that says who the account is, which grants it holds now and which sign-in it belongs to."""
    return sign(key, issuer, account, account.effective_grants(), sign_in_id)


def sign(key: ECKey, issuer: str, account: Account, grants: Sequence[Grant], sign_in_id: UUID | None = None) -> str:
    """A token for an account with these grants, good for a quarter of an hour.

    `iat` is exact to the millisecond, and never before the account's last revocation, which another server may have
    stamped by a clock that runs ahead: what is issued after a revocation holds.
    """
    revoked = account.valid_from.timestamp() if account.valid_from else 0
    now = math.ceil(max(time.time(), revoked) * 1000) / 1000
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
