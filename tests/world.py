"""What a test holds in its hands: its own databases, streams and started services."""

import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres
from shared import runtime as running
from shared.auth.tokens import AUDIENCE
from shared.db import Database
from shared.runtime import Runtime
from shared.settings import Settings
from tests.pools import Pools

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")
ISSUER = "http://gateway.test"
KEY = ECKey.generate_key("P-256", {"kid": "tests", "use": "sig", "alg": "ES256"})


@dataclass
class Parts:
    """The servers that all tests share."""

    postgres: Postgres
    nats: Nats
    passwords: dict[str, str]
    settings: dict[str, Settings] = field(default_factory=dict)
    """Of each service, as reading them takes longer than starting it."""


@dataclass
class Client:
    """A started service as a test sees it: its HTTP face and its inner parts."""

    app: FastAPI
    runtime: Runtime
    http: AsyncClient


@dataclass
class World:
    """One test's own databases, streams and services."""

    parts: Parts
    database: str
    stack: AsyncExitStack
    pools: Pools | None = None
    """Sessions of earlier tests, for services whose tests do not end them."""
    clients: dict[str, Client] = field(default_factory=dict)

    def database_url(self, role: str) -> str:
        """The connection URL of a role in this test's database."""
        return self.parts.postgres.url(role, self.database)

    def settings(self, service: str, **changes: Any) -> Settings:
        """A service's settings here."""
        key = f"{self.database}/{service}"
        if key not in self.parts.settings:
            self.parts.settings[key] = self._settings(service)
        return self._settings(service, **changes) if changes else self.parts.settings[key].model_copy()

    def _settings(self, service: str, **changes: Any) -> Settings:
        values: dict[str, Any] = {
            "environment": "test",
            "database_url": self.database_url(service),
            "nats_url": self.parts.nats.url,
            "nats_user": service,
            "nats_password": SecretStr(self.parts.passwords[service]),
            "public_url": ISSUER,
            "jwks_url": f"{ISSUER}/.well-known/jwks.json",
            "secret_key": SecretStr(secrets.token_urlsafe(48)),
            "log_level": "warning",
            "background_tasks": False,
        }
        return Settings(**(values | changes))

    async def start(self, service: str, app: FastAPI | None = None, **changes: Any) -> Client:
        """Start a service (once a test) without its background tasks."""
        if service not in self.clients:
            app = app or import_module(f"services.{service}.main").app
            app.state.settings = self.settings(service, **changes)
            with patch.object(running, "Database", self.pools.open if self.pools else Database):
                await self.stack.enter_async_context(app.router.lifespan_context(app))
            runtime: Runtime = app.state.runtime
            runtime.tokens.trust({"keys": [KEY.as_dict(private=False)]})
            await runtime.connect_nats()
            transport = ASGITransport(app, raise_app_exceptions=False)
            client = AsyncClient(transport=transport, base_url="http://test", trust_env=False)
            http = await self.stack.enter_async_context(client)
            self.clients[service] = Client(app, runtime, http)
        return self.clients[service]

    async def drain(self) -> None:
        """Publish and handle events until nothing waits anywhere among the started services."""
        handled = 1
        while handled:
            for client in self.clients.values():
                await client.runtime.relay.drain()
            handled = 0
            for client in self.clients.values():
                for subscriber in client.runtime.subscribers:
                    handled += await subscriber.drain()

    @staticmethod
    def token(*grants: str, user_id: UUID | None = None, **claims: Any) -> str:
        """An access token as the registry would issue it: `world.token("caf@020103")`."""
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id or uuid4()),
            "iat": now,
            "exp": now + 900,
            "jti": str(uuid4()),
            "name": "Test",
            "grants": list(grants),
        }
        return jwt.encode({"alg": "ES256", "kid": "tests"}, body | claims, KEY)

    def as_(self, *grants: str, user_id: UUID | None = None) -> dict[str, str]:
        """Request headers of a caller: `headers=world.as_("jaapc@020103")`."""
        return {"Authorization": f"Bearer {self.token(*grants, user_id=user_id)}"}
