"""Rotating and withdrawing the keys that sign tokens."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from fastapi import Depends, Path, Request
from pydantic import BaseModel, Field

from services.registry.audit.queries import record
from services.registry.tokens import keys
from services.registry.tokens.models import SigningKey
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.paging import Page
from shared.routing import Router

Operator = Annotated[User, Depends(Requires(Permission.OPERATE))]

router = Router(prefix="/signing-keys", tags=["signing keys"])


class SigningKeyRead(BaseModel):
    """A key: published, then signing, then published until its last token has run out."""

    kid: str
    state: Literal["next", "signing", "published", "past", "withdrawn"]
    created_at: datetime
    signs_from: datetime
    superseded_at: datetime | None = Field(description="When the next key begins, or began, to sign")
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, key: SigningKey, every: Sequence[SigningKey]) -> Self:
        """Show a key among all."""
        now, end = datetime.now(UTC), keys.superseded_at(key, every)
        state: Literal["next", "signing", "published", "past", "withdrawn"]
        if key.withdrawn_at is not None:
            state = "withdrawn"
        elif key.signs_from > now:
            state = "next"
        elif end is None or end > now:
            state = "signing"
        else:
            state = "published" if keys.is_published(key, every, now) else "past"
        return cls(
            kid=key.kid,
            state=state,
            created_at=key.created_at,
            signs_from=key.signs_from,
            superseded_at=end,
            withdrawn_at=key.withdrawn_at,
        )


@router.get("")
async def list_signing_keys(user: Operator, db: Transaction) -> Page[SigningKeyRead]:
    """All keys that ever signed, oldest first; never their private halves."""
    user.must_cover("")
    every = await keys.all_keys(db)
    return Page(items=[SigningKeyRead.of(key, every) for key in every])


@router.post(":rotate", status_code=201)
async def rotate_signing_key(user: Operator, db: Transaction, request: Request) -> SigningKeyRead:
    """Make the next key. It is published at once and signs five minutes later, when every service has it.

    The key before stays published until its last token has run out: no valid token is refused.
    """
    user.must_cover("")
    key = await keys.rotate(db, request.app.state.runtime.settings.secret_key)
    await db.flush()
    record(db, "signing_key", key.kid, "made", by=user.id, signs_from=key.signs_from.isoformat())
    return SigningKeyRead.of(key, await keys.all_keys(db))


@router.post("/{kid}:withdraw")
async def withdraw_signing_key(
    kid: Annotated[str, Path(max_length=100)], user: Operator, db: Transaction, request: Request
) -> SigningKeyRead:
    """End a key that may have been stolen: within a minute no service takes a token of it, and another key signs.

    Everybody who holds a token of it fetches a new one with the refresh token. To replace a key that is safe, rotate.
    """
    user.must_cover("")
    key = await keys.withdraw(db, request.app.state.runtime.settings.secret_key, kid)
    record(db, "signing_key", key.kid, "withdrawn", by=user.id)
    return SigningKeyRead.of(key, await keys.all_keys(db))
