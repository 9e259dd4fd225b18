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
    signs_from: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    """It is published before, so that every verifier has it when its first token comes."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


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
    last_used_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    device: str | None = Field(default=None, sa_type=Text)
    """What the device calls itself, so that its owner recognises it."""
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RefreshToken(Table, table=True):
    """A refresh token, known by its hash. It is used once; its successor then takes its place."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("ix_refresh_token_sign_in_id", "sign_in_id"),)

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    sign_in_id: UUID = Field(foreign_key="sign_in.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SignInCode(Table, table=True):
    """The code that was last sent to a phone; phone and code are known by their HMAC."""

    __tablename__ = "sign_in_code"
    __table_args__ = (Index("ix_sign_in_code_expires_at", "expires_at"),)

    phone_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    code_hash: bytes = Field(sa_type=LargeBinary)
    tries: int
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class Cap(Table, table=True):
    """How often something was done in a window of time: for a phone, an address or altogether, known by its HMAC."""

    __table_args__ = (Index("ix_cap_ends_at", "ends_at"),)

    key_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    used: int
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))


class SignInFailure(Table, table=True):
    """Failed password tries for one username, real or not; known by its HMAC, as people type passwords there."""

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
