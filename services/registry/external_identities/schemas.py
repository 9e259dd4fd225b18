"""What clients send and read of external identities."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.external_identities.models import ExternalIdentity
from services.registry.external_identities.verifying import LONGEST_SUBJECT, LONGEST_TOKEN, TokenKind
from shared.schemas import Input
from shared.settings import OidcIssuer

ISSUER_EXAMPLE = "https://login.example.org/realms/officials"
SUBJECT_EXAMPLE = "8f14e45f-ceea-467f-a83c-2d9b6f5f2c11"


class IssuerRead(BaseModel):
    """An issuer at which people may sign in: what an app needs to begin, beside the issuer's own discovery document."""

    issuer: str = Field(examples=[ISSUER_EXAMPLE])
    client_id: str = Field(description="The audience its tokens must have", examples=["isaf"])
    name_km: str = Field(examples=["ក្រសួងមហាផ្ទៃ"])
    name_en: str = Field(examples=["Ministry of Interior"])

    @classmethod
    def of(cls, issuer: OidcIssuer) -> Self:
        """Show an issuer."""
        return cls(issuer=issuer.issuer, client_id=issuer.audience, name_km=issuer.name_km, name_en=issuer.name_en)


class IssuersRead(BaseModel):
    """The issuers that are configured here."""

    items: list[IssuerRead]


class IdentityInput(Input):
    """Whom an official lets in: the subject as the refusal of the first sign-in showed it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"issuer": ISSUER_EXAMPLE, "subject": SUBJECT_EXAMPLE}]})

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    subject: Annotated[str, Field(min_length=1, max_length=LONGEST_SUBJECT, pattern=r"^[\x20-\x7e]+$")]


class OwnIdentityInput(Input):
    """The proof that an identity is one's own: a fresh token of its issuer, used up by this."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subject_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOi….…"}]}
    )

    subject_token: Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN)]
    subject_token_type: TokenKind = "id_token"  # noqa: S105 - a kind, no secret
    nonce: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class IdentityRead(BaseModel):
    """An identity that an account may be signed in to with."""

    id: UUID
    issuer: str = Field(examples=[ISSUER_EXAMPLE])
    subject: str = Field(examples=[SUBJECT_EXAMPLE])
    linked_at: datetime
    linked_by: UUID

    @classmethod
    def of(cls, identity: ExternalIdentity) -> Self:
        """Show an identity."""
        return cls(
            id=identity.id,
            issuer=identity.issuer,
            subject=identity.subject,
            linked_at=identity.linked_at,
            linked_by=identity.linked_by,
        )


class IdentitiesRead(BaseModel):
    """An account's identities at other issuers, oldest first."""

    items: list[IdentityRead]
