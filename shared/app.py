"""The one place where a service is put together."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from shared import error_handlers, health, idempotency, logs, metrics, openapi, operations
from shared.access_copy import keep_access
from shared.consumers import Consumers
from shared.metrics import RequestContext
from shared.packed import PackedBodies
from shared.routing import Router
from shared.runtime import Runtime, Worker
from shared.settings import Settings

VERSION = "0.1.0"

log = structlog.get_logger()


class Service(FastAPI):
    """A FastAPI application whose requests run inside our trace and metrics, unpacked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            app = PackedBodies(super().__call__)
            await RequestContext(app, self.state.runtime.metrics)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The service's OpenAPI document, made once."""
        if self.openapi_schema is None:
            openapi.complete(super().openapi(), self.routes)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(
    service: str,
    *,
    title: str,
    description: str,
    routers: Iterable[APIRouter],
    consumers: Consumers | None = None,
    workers: tuple[Worker, ...] = (),
    keys: Callable[[Runtime], Awaitable[dict[str, Any]]] | None = None,
) -> FastAPI:
    """A service: its routers under /api/<service>/v1, with health, metrics, operations, errors and background tasks.

    `workers` are the service's own background tasks; `keys` reads the token issuer's public keys where that is not done
    over HTTP, which is in the issuer itself; every other service is told whose tokens hold. Settings are read when the
    application starts, so that importing a service needs no environment; `app.state.settings`, when set before, goes
    before the environment.
    """
    handlers = Consumers(consumers)
    if keys is None:
        keep_access(handlers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings = getattr(app.state, "settings", None) or Settings()
        logs.configure(service, fmt=settings.log_format, level=settings.log_level)
        runtime = Runtime(service, settings, handlers)
        app.state.runtime = runtime
        if keys is not None:
            runtime.tokens.source = partial(keys, runtime)
        if settings.background_tasks:
            await runtime.start(workers)
        log.info("service_started", environment=settings.environment)
        try:
            yield
        finally:
            await runtime.stop()
            log.info("service_stopped")

    app = Service(
        title=title,
        description=description,
        version=VERSION,
        openapi_url=f"/api/{service}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    api = Router(prefix=f"/api/{service}/v1")
    for router in routers:
        api.include_router(router)
    api.include_router(operations.router)
    app.include_router(api)
    app.include_router(health.router)
    app.include_router(metrics.router)
    error_handlers.install(app)
    idempotency.install(app)
    return app
