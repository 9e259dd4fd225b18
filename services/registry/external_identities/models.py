"""Whose identity at another issuer belongs to which account, and which of that issuer's tokens were used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlmodel import Field

from services.registry.tables import Table

MOST_IDENTITIES = 10
"""Of one account; a person has one at each issuer, seldom two."""


class ExternalIdentity(Table, table=True):
    """A person as another issuer knows them: by its address and a subject that is unique there and never changes."""

    __tablename__ = "external_identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        Index("ix_external_identity_account_id", "account_id"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    account_id: UUID = Field(foreign_key="account.id")
    linked_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    linked_by: UUID
    """The account's own id when its holder proved the identity; else the official who linked it."""


class UsedSubjectToken(Table, table=True):
    """A token of another issuer that was exchanged here; kept until it expires, so that it is exchanged once."""

    __tablename__ = "used_subject_token"
    __table_args__ = (Index("ix_used_subject_token_expires_at", "expires_at"),)

    fingerprint: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
