"""What Prometheus reads at /metrics."""

import time

import structlog
from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import traces
from shared.routing import Router

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BACKLOG = text(
    """
    SELECT count(*) AS pending,
           coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS oldest,
           (SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL) AS dead_letters
    FROM outbox WHERE published_at IS NULL
    """
)

log = structlog.get_logger()


class Metrics:
    """One service's metrics, in a registry of its own so that several services can live in one process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "isaf_request_seconds",
            "Time to answer a request.",
            ("service", "method", "route", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        labels = ("service",)
        self.outbox_pending = Gauge("isaf_outbox_pending", "Events not yet published.", labels, registry=self.registry)
        self.outbox_oldest = Gauge(
            "isaf_outbox_oldest_seconds", "Age of the oldest unpublished event.", labels, registry=self.registry
        )
        self.dead_letters = Gauge("isaf_dead_letters", "Events laid aside.", labels, registry=self.registry)
        self.consumer_pending = Gauge(
            "isaf_consumer_pending", "Events waiting for this service.", ("service", "stream"), registry=self.registry
        )
        self.task_restarts = Counter(
            "isaf_task_restarts",
            "Background tasks that failed and began again.",
            ("service", "task"),
            registry=self.registry,
        )
        self.service = service


class RequestContext:
    """ASGI middleware: begins the trace, measures the request, and names the trace in the answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traces.start(headers.get(b"traceparent", b"").decode("latin-1"))
        trace_id = traces.trace_id().encode()
        started, status = time.perf_counter(), 500

        async def send_with_trace(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", trace_id)]
            await send(message)

        try:
            await self.app(scope, receive, send_with_trace)
        finally:
            self.metrics.requests.labels(
                self.metrics.service, scope["method"], self._route(scope), str(status)
            ).observe(time.perf_counter() - started)

    def _route(self, scope: Scope) -> str:
        """The endpoint's whole path with its parameters' names; a route knows it without what it was included under."""
        route: str = getattr(scope.get("route"), "path", "unknown")
        prefix = f"/api/{self.metrics.service}/v1"
        return prefix + route if scope["path"].startswith(f"{prefix}/") and route != "unknown" else route


router = Router(include_in_schema=False)


@router.get("/metrics")
async def read_metrics(request: Request) -> Response:
    """The service's metrics; backlogs are counted when asked, and stay as last seen while the database is away."""
    runtime = request.app.state.runtime
    metrics: Metrics = runtime.metrics
    try:
        async with runtime.database.transaction() as db:
            backlog = (await db.execute(BACKLOG)).one()
    except (OSError, SQLAlchemyError) as error:
        log.warning("backlog_not_counted", error=type(error).__name__)
    else:
        metrics.outbox_pending.labels(metrics.service).set(backlog.pending)
        metrics.outbox_oldest.labels(metrics.service).set(backlog.oldest)
        metrics.dead_letters.labels(metrics.service).set(backlog.dead_letters)
    for stream, info in (await runtime.consumer_infos()).items():
        metrics.consumer_pending.labels(metrics.service, stream).set(info.num_pending or 0)
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
