"""What a service is told by its environment."""

from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_SECRET_LENGTH = 32
PLACEHOLDERS = ("changeme", "change-me", "secret", "example", "password", "placeholder", "default")


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

    @model_validator(mode="after")
    def refuse_weak_secrets(self) -> Self:
        """Refuse a secret that is short, one repeated character or a well-known placeholder."""
        secret = self.secret_key.get_secret_value()
        if len(secret) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"ISAF_SECRET_KEY must have at least {MINIMUM_SECRET_LENGTH} characters")
        if len(set(secret)) < 8 or any(word in secret.lower() for word in PLACEHOLDERS):
            raise ValueError("ISAF_SECRET_KEY is a placeholder: make one with 'openssl rand -base64 48'")
        return self
