"""What clients send and read of accounts."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from services.registry.accounts.models import Account, AccountGrant, AccountKind, normal_password, normal_username
from services.registry.phones import Phone, masked_phone
from shared.areas import AreaScope, UnitCode
from shared.auth.permissions import Role
from shared.auth.user import Grant
from shared.errors import Invalid
from shared.schemas import Input, without_control_characters

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128

Username = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{2,63}$")
]
DisplayName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(without_control_characters),
]
"""A ShortText that strips itself: the model must not strip, as blanks belong to a password."""


class GrantInput(Input):
    """A role over an area ("" for the nation); a provider's also names the unit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "caf", "area_code": "020201"}]})

    role: Role
    area_code: AreaScope
    unit_code: UnitCode | None = None

    def as_grant(self) -> Grant:
        """The form in which rules know it."""
        return Grant(self.role, self.area_code, self.unit_code)


class AccountInput(Input):
    """A person who signs in with a password, a phone or either, or a client (a system) that gets an id and a secret."""

    model_config = ConfigDict(
        str_strip_whitespace=False,
        json_schema_extra={
            "examples": [
                {
                    "kind": "person",
                    "username": "sok.dara",
                    "password": "a long sentence is best",
                    "display_name": "Sok Dara",
                    "grants": [{"role": "caf", "area_code": "020201"}],
                },
                {
                    "kind": "person",
                    "phone": "012 345 678",
                    "display_name": "Chan Sophea",
                    "grants": [{"role": "caf", "area_code": "020201"}],
                },
                {
                    "kind": "client",
                    "display_name": "Partner NGO, data exchange",
                    "grants": [{"role": "partner", "area_code": "02"}],
                },
            ]
        },
    )

    kind: AccountKind
    username: Username | None = Field(default=None, description="For a person, with a password")
    phone: Phone | None = Field(default=None, description="For a person, who then signs in with a code sent there")
    password: SecretStr | None = Field(
        default=None,
        description="For a person, with a username",
        min_length=SHORTEST_PASSWORD,
        max_length=LONGEST_PASSWORD,
    )
    display_name: DisplayName
    grants: list[GrantInput] = Field(min_length=1, max_length=20)

    def must_be_whole(self) -> None:
        """Raise Invalid when a person lacks all ways to sign in or has half of one, or a client brings one."""
        by_phone = self.phone is not None and self.username is None and self.password is None
        for name, value in (("username", self.username), ("password", self.password)):
            if self.kind == "person" and value is None and not by_phone:
                raise Invalid.field(
                    f"/{name}",
                    "missing",
                    en=f"A person needs a {name}; one who signs in by phone needs neither username nor password.",
                    km="គណនីបុគ្គលត្រូវតែបំពេញវាលនេះ លើកលែងតែអ្នកចូលប្រើតាមទូរសព្ទ។",
                )
        for name, value in (("username", self.username), ("password", self.password), ("phone", self.phone)):
            if self.kind == "client" and value is not None:
                raise Invalid.field(
                    f"/{name}",
                    "not_for_clients",
                    en="A client gets its id and its secret from here.",
                    km="ប្រព័ន្ធទទួលបានលេខសម្គាល់ និងលេខសម្ងាត់ពីទីនេះ។",
                )
        if self.username and self.password:
            must_not_name(self.username, self.password)


def must_not_name(username: str, password: SecretStr, *, pointer: str = "/password") -> None:
    """Raise Invalid when the password holds the username, which is the first thing that is tried."""
    if normal_username(username) in normal_password(password.get_secret_value()).lower():
        raise Invalid.field(
            pointer,
            "password_holds_username",
            en="The password must not hold the username.",
            km="ពាក្យសម្ងាត់មិនត្រូវមានឈ្មោះគណនីទេ។",
        )


class AccountChange(Input):
    """What is to be changed of an account; what is left out stays."""

    model_config = ConfigDict(
        str_strip_whitespace=False,
        json_schema_extra={"examples": [{"display_name": "Sok Dara", "phone": "+85512345678"}]},
    )

    display_name: DisplayName | None = None
    phone: Phone | None = Field(default=None, description="null takes the phone away")

    def must_change_something(self) -> None:
        """Raise Invalid when nothing is to be changed, or the name is to be taken away."""
        if not self.model_fields_set:
            raise Invalid.field("", "nothing_to_change", en="Nothing is to be changed.", km="គ្មានអ្វីត្រូវកែប្រែទេ។")
        if "display_name" in self.model_fields_set and self.display_name is None:
            raise Invalid.field("/display_name", "missing", en="An account needs a name.", km="គណនីត្រូវតែមានឈ្មោះ។")


class OwnPassword(Input):
    """One's own password, old and new."""

    model_config = ConfigDict(
        str_strip_whitespace=False,
        json_schema_extra={
            "examples": [{"old_password": "a long sentence is best", "new_password": "an even longer one is better"}]
        },
    )

    old_password: SecretStr = Field(max_length=LONGEST_PASSWORD)
    new_password: SecretStr = Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)


class GrantRead(BaseModel):
    """A grant that an account holds."""

    id: UUID
    role: Role
    area_code: str
    unit_code: str | None

    @classmethod
    def of(cls, grant: AccountGrant) -> Self:
        """Show a grant."""
        return cls(id=grant.id, role=Role(grant.role), area_code=grant.area_code, unit_code=grant.unit_code)


class AccountRead(BaseModel):
    """An account; never its password or secret, and its phone in full to its owner alone."""

    id: UUID
    kind: AccountKind
    username: str | None
    phone: str | None = Field(examples=["+85512•••678"])
    client_id: str | None
    display_name: str
    grants: list[GrantRead]
    disabled: bool
    must_replace_password: bool = Field(
        description="Its password is temporary: it may do nothing until it has a new one"
    )
    version: int

    @classmethod
    def of(cls, account: Account, *, own: bool = False) -> Self:
        """Show an account, to its owner or to others."""
        phone = account.phone if own or account.phone is None else masked_phone(account.phone)
        return cls(
            id=account.id,
            kind=account.kind,
            username=account.username,
            phone=phone,
            client_id=account.client_id,
            display_name=account.display_name,
            grants=[GrantRead.of(grant) for grant in account.grants],
            disabled=account.disabled,
            must_replace_password=account.must_replace_password,
            version=account.version,
        )


class AccountCreated(AccountRead):
    """A new account; a client's secret is shown here, this once."""

    client_secret: str | None = None

    @classmethod
    def with_secret(cls, account: Account, secret: str | None) -> Self:
        """Show an account with its new secret."""
        return cls(**AccountRead.of(account).model_dump(), client_secret=secret)


class PasswordReset(AccountRead):
    """An account whose password is a temporary one, shown here, this once."""

    temporary_password: str | None = Field(examples=["k3vd-9pwm-x2hr-t7cn"])
    holds_until: datetime

    @classmethod
    def with_password(cls, account: Account, password: str | None, holds_until: datetime) -> Self:
        """Show an account with its temporary password."""
        shown = AccountRead.of(account).model_dump()
        return cls(**shown, temporary_password=password, holds_until=holds_until)
