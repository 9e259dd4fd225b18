"""What people read of their sign-ins, and send to end one."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.registry.tokens.models import SignIn
from shared.schemas import Input


class SignOutInput(Input):
    """A refresh token of the sign-in that is to end, used or not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "…"}]})

    refresh_token: SecretStr = Field(min_length=1, max_length=200)


class SessionRead(BaseModel):
    """A sign-in that goes on."""

    id: UUID
    device: str | None = Field(examples=["Samsung A04"])
    created_at: datetime
    last_used_at: datetime
    current: bool = Field(description="This request's own")

    @classmethod
    def of(cls, sign_in: SignIn, current: UUID | None) -> Self:
        """Show a sign-in."""
        return cls(
            id=sign_in.id,
            device=sign_in.device,
            created_at=sign_in.created_at,
            last_used_at=sign_in.last_used_at,
            current=sign_in.id == current,
        )
