"""What is kept of an API key."""

from datetime import UTC, date, datetime
from typing import Self
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Index, LargeBinary, Text, Uuid, func, text
from sqlmodel import Field

from services.registry.accounts.models import Account, AccountGrant
from services.registry.tables import Table
from shared.auth import api_keys
from shared.errors import Conflict

MAXIMUM_KEYS = 20
"""How many keys of an account may hold at once."""


class ApiKey(Table, table=True):
    """A key of a client; it may do what those of the client's grants allow that it was made with."""

    __tablename__ = "api_key"
    __table_args__ = (Index("ix_api_key_account_id", "account_id"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    account_id: UUID = Field(foreign_key="account.id")
    name: str = Field(sa_type=Text)
    key_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    prefix: str = Field(sa_type=Text)
    last_four: str = Field(sa_type=Text)
    grant_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    """The account's grants that it carries; one that is taken from the account is gone here too, and one that the
    account is given later is not in it: whoever made the key, and may know it, could perhaps not have given that."""
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_used_on: date | None = None

    @classmethod
    def made_of(cls, key: str, account: Account, name: str, grant_ids: list[UUID], expires_at: datetime | None) -> Self:
        """The stored form of a new key."""
        return cls(
            account_id=account.id,
            name=name,
            key_hash=api_keys.key_hash(key),
            prefix=key[: api_keys.SHOWN_PREFIX],
            last_four=key[-4:],
            grant_ids=grant_ids,
            expires_at=expires_at,
        )

    def grants_of(self, account: Account) -> list[AccountGrant]:
        """Those of the account's grants that the key carries."""
        return [held for held in account.grants if held.id in self.grant_ids]

    def withdraw(self) -> None:
        """End the key for good. Raises Conflict when it was ended before."""
        if self.withdrawn_at is not None:
            raise Conflict("key_withdrawn", en="This API key was withdrawn before.", km="សោ API នេះត្រូវបានដកហូតរួចហើយ។")
        self.withdrawn_at = datetime.now(UTC)
