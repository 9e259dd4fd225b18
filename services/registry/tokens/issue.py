"""Making access tokens."""

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


def access_token(key: ECKey, issuer: str, account: Account) -> str:
    """A token that says who the account is and which grants it holds now."""
    return sign(key, issuer, account.id, account.display_name, [grant.as_grant() for grant in account.grants])


def sign(key: ECKey, issuer: str, subject: UUID, name: str, grants: Sequence[Grant]) -> str:
    """A signed token of these claims, good for a quarter of an hour."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": str(subject),
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + int(LIFETIME.total_seconds()),
        "jti": str(uuid4()),
        "name": name,
        "grants": [str(grant) for grant in grants],
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)
