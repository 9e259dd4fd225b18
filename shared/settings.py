"""What a service is told by its environment."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MINIMUM_SECRET_LENGTH = 32
SMS_TEMPLATE = '{"to": "{phone}", "text": "{text}"}'
PLACEHOLDERS = ("changeme", "change-me", "secret", "example", "password", "placeholder", "default")
SigningAlgorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]
"""Signatures with a key pair: a shared secret (HS256) or none at all would let others sign in an issuer's name."""


def web_address(value: str) -> str:
    """Refuse what is not a plain http or https address. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or parts.username:
        raise ValueError("is not an address like https://login.example.org/realm")
    return value


WebAddress = Annotated[str, AfterValidator(web_address)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class OidcIssuer(BaseModel):
    """An issuer of another organisation whose people may sign in here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: Annotated[WebAddress, Field(pattern=r"^[^?]+$")]
    """Exactly as it stands in the issuer's tokens (`iss`)."""
    audience: Text
    """The client id under which this installation is known there (`aud`)."""
    name_km: Text
    name_en: Text
    jwks_uri: WebAddress | None = None
    """Where its public keys are; left out, its discovery document tells."""
    algorithms: Annotated[tuple[SigningAlgorithm, ...], Field(min_length=1)] = ("RS256", "ES256", "EdDSA")


class Settings(BaseSettings):
    """One service's settings, read from ISAF_* variables when the service starts, never at import.

    A secret has no default: a service that was given none, or a placeholder, refuses to start.
    """

    model_config = SettingsConfigDict(env_prefix="ISAF_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["demo", "local", "test", "production"]
    database_url: str
    """postgresql://role:password@host/isaf, or postgresql://role@/isaf?host=/socket/directory"""
    nats_url: str
    nats_user: str
    nats_password: SecretStr
    public_url: str
    """Where clients reach the gateway; also the issuer of tokens."""
    jwks_url: str
    """Where the registry's public keys are read."""
    secret_key: SecretStr
    """At least 32 characters; protects signing keys, ballot links and webhook secrets."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    background_tasks: bool = True
    """Whether the relay, the consumers and the service's workers run; tests drain the queues themselves."""
    outbox_retention_days: int = 30
    """How long published events stay replayable."""
    sms_provider: Literal["", "console", "http"] = ""
    """How the registry sends sign-in codes; left out, into its log, and in production not at all."""
    sms_url: str = ""
    """Where the provider takes messages: a POST with JSON."""
    sms_secret: SecretStr = SecretStr("")
    """Sent to the provider as a bearer token."""
    sms_template: str = ""
    """The JSON that the provider takes, with {phone} and {text} inside its texts; left out, SMS_TEMPLATE."""
    sms_prefixes: str = "+855"
    """Comma-separated: the beginnings of numbers that codes are sent to, as messages abroad are dear."""
    sms_per_address_per_hour: int = 60
    sms_per_day: int = 10_000
    """How many codes leave in all; what a day may cost at most."""
    open_data_licence: str = "CC-BY-4.0"
    """What scorecard's open data packages say others may do with them: the short name of a licence."""
    oidc_issuers: Annotated[tuple[OidcIssuer, ...], NoDecode] = ()
    """A JSON list of other issuers whose people may sign in; read by the registry alone."""

    @field_validator("oidc_issuers", mode="before")
    @classmethod
    def read_list(cls, value: Any) -> Any:
        """Read the JSON text; empty means none."""
        if not isinstance(value, str):
            return value
        try:
            read = json.loads(value or "[]")
        except ValueError as error:
            raise ValueError(f"is not JSON: {error}") from None
        if not isinstance(read, list):
            raise ValueError("is a JSON list of issuers, also when there is one: [{...}]")  # noqa: TRY004 - told as ValueError
        return read

    @model_validator(mode="after")
    def refuse_unsafe_issuers(self) -> Self:
        """Refuse an issuer named twice or like ourselves, and in production one that is reached without TLS."""
        names = [issuer.issuer for issuer in self.oidc_issuers]
        if len(set(names)) < len(names) or self.public_url in names:
            raise ValueError("ISAF_OIDC_ISSUERS names an issuer twice, or this installation itself")
        if self.environment == "production":
            _must_be_https([*names, *(one.jwks_uri for one in self.oidc_issuers if one.jwks_uri)])
        return self

    @model_validator(mode="after")
    def refuse_half_an_sms_provider(self) -> Self:
        """Refuse codes in a production log, and an HTTP provider that is not described in full."""
        if self.sms_provider == "console" and self.environment == "production":
            raise ValueError("ISAF_SMS_PROVIDER=console writes sign-in codes into the log: not in production")
        if self.sms_provider == "http":
            if not self.sms_url or not self.sms_secret.get_secret_value():
                raise ValueError("ISAF_SMS_PROVIDER=http needs ISAF_SMS_URL and ISAF_SMS_SECRET")
            if self.environment == "production" and not self.sms_url.startswith("https://"):
                raise ValueError("ISAF_SMS_URL must begin with https:// in production")
            self.sms_template = self.sms_template or SMS_TEMPLATE
            _must_be_template(self.sms_template)
        return self

    @model_validator(mode="after")
    def refuse_weak_secrets(self) -> Self:
        """Refuse a secret that is short, one repeated character or a well-known placeholder."""
        secret = self.secret_key.get_secret_value()
        if len(secret) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"ISAF_SECRET_KEY must have at least {MINIMUM_SECRET_LENGTH} characters")
        if len(set(secret)) < 8 or any(word in secret.lower() for word in PLACEHOLDERS):
            raise ValueError("ISAF_SECRET_KEY is a placeholder: make one with 'openssl rand -base64 48'")
        return self


def _must_be_https(addresses: Sequence[str]) -> None:
    for address in addresses:
        if not address.startswith("https://"):
            raise ValueError(f"ISAF_OIDC_ISSUERS: in production {address} must begin with https://")


def _must_be_template(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise ValueError("ISAF_SMS_TEMPLATE is not JSON") from None
    if "{phone}" not in text or "{text}" not in text:
        raise ValueError("ISAF_SMS_TEMPLATE has no {phone} or no {text}")
