"""What signing in leaves behind: signing keys, sign-ins with their refresh tokens, failed tries."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=1)


class SigningKey(Table, table=True):
    """A key that signs access tokens; its private half is sealed under ISAF_SECRET_KEY."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True, sa_type=Text)
    public_jwk: dict[str, Any] = Field(sa_type=JSONB)
    sealed_private_jwk: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )


class SignIn(Table, table=True):
    """One sign-in of a person on a device; all refresh tokens that follow from it fall together."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account_id", "account_id"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    account_id: UUID = Field(foreign_key="account.id")
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RefreshToken(Table, table=True):
    """A refresh token, known by its hash. It is used once; its successor then takes its place."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("ix_refresh_token_sign_in_id", "sign_in_id"),)

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    sign_in_id: UUID = Field(foreign_key="sign_in.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SignInFailure(Table, table=True):
    """Failed password tries for one username, real or not; the name is hashed, as people type passwords there."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_last_at", "last_at"),)

    username_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    failures: int
    last_at: datetime = Field(sa_type=DateTime(timezone=True))

    def wait(self, now: datetime | None = None) -> timedelta:
        """How long the next try has to wait."""
        now = now or datetime.now(UTC)
        return max(self.last_at + wait_after(self.failures) - now, timedelta(0))


def wait_after(failures: int) -> timedelta:
    """Five tries are free; then the wait begins at half a minute and doubles up to a quarter of an hour."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
