"""Making access tokens."""

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from services.registry.accounts.models import Account
from shared.auth.tokens import AUDIENCE
from shared.auth.user import Grant

LIFETIME = timedelta(minutes=15)


def access_token(key: ECKey, issuer: str, account: Account) -> str:
    """A token that says who the account is and which grants it holds now."""
    return sign(key, issuer, account, [grant.as_grant() for grant in account.grants])


def sign(key: ECKey, issuer: str, account: Account, grants: Sequence[Grant]) -> str:
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
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)
