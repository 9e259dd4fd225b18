"""Accounts of people and of systems, and their grants."""

import secrets
import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Literal
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlmodel import Field, Relationship

from services.registry.tables import Table
from shared.auth.permissions import Role
from shared.auth.user import Grant
from shared.errors import Conflict

AccountKind = Literal["person", "client"]
MAXIMUM_GRANTS = 50
"""A token carries all grants in a header, whose size is bounded."""


class AccountGrant(Table, table=True):
    """A role that an account holds over an area, or over one unit."""

    __tablename__ = "account_grant"
    __table_args__ = (
        UniqueConstraint("account_id", "role", "area_code", "unit_code", postgresql_nulls_not_distinct=True),
        Index("ix_account_grant_area_code", "area_code"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    account_id: UUID = Field(foreign_key="account.id")
    role: Role = Field(sa_type=Text)
    area_code: str = Field(sa_type=Text)
    unit_code: str | None = Field(default=None, sa_type=Text)

    def as_grant(self) -> Grant:
        """The form in which tokens and rules know it."""
        return Grant(Role(self.role), self.area_code, self.unit_code)


class Account(Table, table=True):
    """Somebody who can sign in: a person with a password or a phone, or a client (a system) with a secret or API keys.

    A client without a secret cannot sign in at all; the command line signs tokens in its name.
    """

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: AccountKind = Field(sa_type=Text)
    username: str | None = Field(default=None, sa_type=Text, unique=True)
    client_id: str | None = Field(default=None, sa_type=Text, unique=True)
    phone: str | None = Field(default=None, sa_type=Text, unique=True)
    """E.164, such as +85512345678."""
    password_hash: str | None = Field(default=None, sa_type=Text)
    password_temporary_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """Set by a manager: until it is replaced, tokens carry no grant, and after this it no longer signs in."""
    secret_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    display_name: str = Field(sa_type=Text)
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    disabled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    version: int = 1
    valid_from: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """Access tokens that were issued before hold no longer."""
    access_version: int = 0
    """Counts what was told of the account's access (accounts.telling)."""
    grants: list[AccountGrant] = Relationship(
        sa_relationship_kwargs={
            "lazy": "selectin",
            "order_by": "AccountGrant.id",
            "cascade": "all, delete-orphan",
            "passive_deletes": True,
        }
    )

    @property
    def disabled(self) -> bool:
        """Whether the account may no longer sign in."""
        return self.disabled_at is not None

    @property
    def must_replace_password(self) -> bool:
        """Whether a manager has set a password that the person has not replaced yet."""
        return self.password_temporary_until is not None

    def password_holds(self, now: datetime | None = None) -> bool:
        """Whether the right password signs in: the account is enabled, and a temporary one has not run out."""
        until = self.password_temporary_until
        return not self.disabled and (until is None or until > (now or datetime.now(UTC)))

    def effective_grants(self) -> list[Grant]:
        """What the account may do now: nothing while its password is temporary."""
        return [] if self.must_replace_password else [held.as_grant() for held in self.grants]

    def disable(self) -> None:
        """Shut the account; its past deeds keep their name."""
        self.must_be_enabled()
        self.disabled_at = datetime.now(UTC)
        self.version += 1

    def enable(self) -> None:
        """Open a disabled account again, with the grants it holds."""
        if not self.disabled:
            raise Conflict("account_enabled", en="This account is not disabled.", km="គណនីនេះមិនត្រូវបានបិទទេ។")
        self.disabled_at = None
        self.version += 1

    def must_allow_phone(self, phone: str | None) -> None:
        """Raise Conflict when a client is to get a phone, or a person is to lose the only way in."""
        if self.kind == "client" or (phone is None and self.username is None):
            raise Conflict(
                "phone_not_allowed",
                en="A person without a password keeps a phone, and a system has none.",
                km="បុគ្គលដែលគ្មានពាក្យសម្ងាត់ត្រូវតែមានលេខទូរសព្ទ ហើយប្រព័ន្ធមិនមានលេខទូរសព្ទទេ។",
            )

    def set_password(self, password_hash: str, *, temporary_until: datetime | None = None) -> None:
        """Use this password from now on."""
        self.password_hash, self.password_temporary_until = password_hash, temporary_until
        self.version += 1

    def give(self, grant: Grant) -> AccountGrant:
        """Add a grant."""
        self.must_be_enabled()
        if any(held.as_grant() == grant for held in self.grants):
            raise Conflict("grant_exists", en=f"The account holds {grant} already.", km=f"គណនីនេះមានសិទ្ធិ {grant} រួចហើយ។")
        if len(self.grants) >= MAXIMUM_GRANTS:
            raise Conflict(
                "too_many_grants",
                en=f"An account holds at most {MAXIMUM_GRANTS} grants; a wider area may say the same in one.",
                km=f"គណនីមួយអាចមានសិទ្ធិច្រើនបំផុត {MAXIMUM_GRANTS}។",
            )
        given = AccountGrant(account_id=self.id, role=grant.role, area_code=grant.area_code, unit_code=grant.unit_code)
        self.grants.append(given)
        self.version += 1
        return given

    def take(self, grant: AccountGrant) -> None:
        """Remove a grant."""
        self.grants.remove(grant)
        self.version += 1

    def new_secret(self) -> str:
        """Make the client's secret; it is shown once and stored hashed: 256 random bits need no slow hash."""
        secret = secrets.token_urlsafe(32)
        self.set_secret(secret)
        return secret

    def set_secret(self, secret: str) -> None:
        """Use this secret from now on."""
        self.secret_hash = digest(secret)

    def secret_matches(self, secret: str) -> bool:
        """Whether this is the client's secret; takes the same time either way."""
        return compare_digest(self.secret_hash or b"", digest(secret))

    def must_be_enabled(self) -> None:
        """Raise Conflict when the account is disabled."""
        if self.disabled:
            raise Conflict("account_disabled", en="This account is disabled.", km="គណនីនេះត្រូវបានបិទ។")


def digest(secret: str) -> bytes:
    """The stored form of a random secret."""
    return sha256(secret.encode()).digest()


def normal_username(username: str) -> str:
    """The one spelling of a username."""
    return username.strip().lower()


def normal_password(password: str) -> str:
    """The same password however the keyboard composed its characters."""
    return unicodedata.normalize("NFC", password)
