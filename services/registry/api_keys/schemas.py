"""What managers send and read of API keys."""

from datetime import UTC, date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.registry.accounts.models import Account
from services.registry.accounts.schemas import GrantInput, GrantRead
from services.registry.api_keys.models import ApiKey
from shared.errors import Invalid
from shared.schemas import Input, ShortText


class ApiKeyInput(Input):
    """A key for a system, with what it may do and until when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Nightly export",
                    "expires_at": "2027-12-31T17:00:00Z",
                    "grants": [{"role": "partner", "area_code": "02"}],
                }
            ]
        }
    )

    name: ShortText
    expires_at: AwareDatetime | None = None
    grants: Annotated[list[GrantInput], Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="Some of the account's grants; left out, all that it holds now"
    )

    def chosen_of(self, account: Account) -> list[UUID]:
        """The ids of the account's grants that the key is to carry. Raises Invalid naming one that is not held."""
        if self.grants is None:
            return [held.id for held in account.grants]
        held = {grant.as_grant(): grant.id for grant in account.grants}
        for position, wanted in enumerate(self.grants):
            if wanted.as_grant() not in held:
                raise Invalid.field(
                    f"/grants/{position}",
                    "grant_not_held",
                    en=f"The account does not hold {wanted.as_grant()}; a key carries no more than its account.",
                    km=f"គណនីនេះគ្មានសិទ្ធិ {wanted.as_grant()} ទេ។ សោ API មិនអាចមានសិទ្ធិលើសគណនីបានទេ។",
                )
        return list(dict.fromkeys(held[wanted.as_grant()] for wanted in self.grants))

    def must_lie_ahead(self) -> None:
        """Raise Invalid when the key would have expired already."""
        if self.expires_at is not None and self.expires_at <= datetime.now(UTC):
            raise Invalid.field(
                "/expires_at",
                "already_expired",
                en="expires_at lies in the past.",
                km="កាលបរិច្ឆេទផុតកំណត់ស្ថិតនៅអតីតកាល។",
            )


class ApiKeyRead(BaseModel):
    """A key as it may be shown; never the key itself."""

    id: UUID
    name: str
    prefix: str = Field(examples=["isaf_4fT9"])
    last_four: str = Field(examples=["b7Qz"])
    grants: list[GrantRead]
    created_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    last_used_on: date | None = Field(description="The last day of use, in whichever service")

    @classmethod
    def of(cls, key: ApiKey, account: Account) -> Self:
        """Show a key."""
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            last_four=key.last_four,
            grants=[GrantRead.of(grant) for grant in key.grants_of(account)],
            created_at=key.created_at,
            expires_at=key.expires_at,
            withdrawn_at=key.withdrawn_at,
            last_used_on=key.last_used_on,
        )


class ApiKeyCreated(ApiKeyRead):
    """A new key, shown this once."""

    key: str | None = Field(examples=["isaf_4fT9…_0aB1cD"])

    @classmethod
    def with_key(cls, stored: ApiKey, account: Account, key: str | None) -> Self:
        """Show a key with its text."""
        return cls(**ApiKeyRead.of(stored, account).model_dump(), key=key)
