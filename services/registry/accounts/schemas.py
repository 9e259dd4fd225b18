"""What clients send and read of accounts."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from services.registry.accounts.models import Account, AccountGrant, AccountKind, normal_password, normal_username
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
    """A person who signs in with a password, or a client (a system) that gets an id and a secret."""

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
                    "kind": "client",
                    "display_name": "Partner NGO, data exchange",
                    "grants": [{"role": "partner", "area_code": "02"}],
                },
            ]
        },
    )

    kind: AccountKind
    username: Username | None = Field(default=None, description="For a person")
    password: SecretStr | None = Field(
        default=None,
        description="For a person",
        min_length=SHORTEST_PASSWORD,
        max_length=LONGEST_PASSWORD,
    )
    display_name: DisplayName
    grants: list[GrantInput] = Field(min_length=1, max_length=20)

    def must_be_whole(self) -> None:
        """Raise Invalid when a person lacks a name or password, or a client brings one."""
        for name, value in (("username", self.username), ("password", self.password)):
            if self.kind == "person" and value is None:
                raise Invalid.field(f"/{name}", "missing", en=f"A person needs a {name}.", km="គណនីបុគ្គលត្រូវតែបំពេញវាលនេះ")
            if self.kind == "client" and value is not None:
                raise Invalid.field(
                    f"/{name}",
                    "not_for_clients",
                    en="A client gets its id and its secret from here.",
                    km="ប្រព័ន្ធទទួលបានលេខសម្គាល់ និងលេខសម្ងាត់ពីទីនេះ។",
                )
        if self.username and self.password:
            must_not_name(self.username, self.password)


def must_not_name(username: str, password: SecretStr) -> None:
    """Raise Invalid when the password holds the username, which is the first thing that is tried."""
    if normal_username(username) in normal_password(password.get_secret_value()).lower():
        raise Invalid.field(
            "/password",
            "password_holds_username",
            en="The password must not hold the username.",
            km="ពាក្យសម្ងាត់មិនត្រូវមានឈ្មោះគណនីទេ។",
        )


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
    """An account; never its password or secret."""

    id: UUID
    kind: AccountKind
    username: str | None
    client_id: str | None
    display_name: str
    grants: list[GrantRead]
    disabled: bool
    version: int

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show an account."""
        return cls(
            id=account.id,
            kind=account.kind,
            username=account.username,
            client_id=account.client_id,
            display_name=account.display_name,
            grants=[GrantRead.of(grant) for grant in account.grants],
            disabled=account.disabled,
            version=account.version,
        )


class AccountCreated(AccountRead):
    """A new account; a client's secret is shown here, this once."""

    client_secret: str | None = None

    @classmethod
    def with_secret(cls, account: Account, secret: str | None) -> Self:
        """Show an account with its new secret."""
        return cls(**AccountRead.of(account).model_dump(), client_secret=secret)
