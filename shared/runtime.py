"""A running service: its settings, connections and background tasks, wired in one place."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo

from shared import idempotency, outbox, revisions
from shared.auth.access import Access
from shared.auth.tokens import TokenVerifier
from shared.consumers import FORGET_HANDLED, KEPT_DAYS, Consumers
from shared.db import Database
from shared.metrics import Metrics
from shared.relay import Relay
from shared.settings import Settings
from shared.subscriber import Subscriber
from shared.trust import authorities

FIRST_BACKOFF_SECONDS = 0.2
MAXIMUM_BACKOFF_SECONDS = 5.0
CANCEL_AGAIN_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 3600.0

Worker = Callable[["Runtime"], Awaitable[None]]

log = structlog.get_logger()


class Runtime:
    """Everything a service holds while it runs; endpoints reach it as `request.app.state.runtime`."""

    def __init__(self, service: str, settings: Settings, consumers: Consumers) -> None:
        self.service, self.settings, self.consumers = service, settings, consumers
        self.metrics = Metrics(service)
        self.database = Database(settings.database_url, service=service)
        self.http = httpx.AsyncClient(verify=authorities())
        self.tokens = TokenVerifier(settings.public_url, settings.jwks_url, self.http, Access(self.database, service))
        self.nats = Client()
        self.relay = Relay(service, settings.database_url, self.nats)
        self.database.on_emitted = self.relay.wake
        self.subscribers = [
            Subscriber(service, producer, consumers, self.database, self.nats) for producer in consumers.by_producer()
        ]
        self.expected_version = revisions.head(service)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, workers: tuple[Worker, ...]) -> None:
        """Begin the background tasks; none of Postgres and NATS needs to be there yet."""
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            "housekeeping": self._housekeeping,
            "events": self._run_events,
        }
        for worker in workers:
            jobs[worker.__name__] = lambda worker=worker: worker(self)  # type: ignore[misc]
        self._begin(jobs)

    async def stop(self) -> None:
        """End the tasks, then the connections.

        A task is cancelled until it has ended: Python 3.11's `wait_for`, which nats-py uses, loses a cancellation that
        meets the result it waits for.
        """
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
        if self.nats.is_connected:
            await self.nats.close()
        await self.http.aclose()
        await self.database.close()

    async def _run_events(self) -> None:
        """Connect, then let the relay and the subscribers run beside."""
        await self.connect_nats()
        jobs = {"relay": self.relay.run} | {f"from-{item.stream}": item.run for item in self.subscribers}
        self._begin(jobs)

    def _begin(self, jobs: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._tasks += [asyncio.create_task(self._keep_running(name, job), name=name) for name, job in jobs.items()]

    async def connect_nats(self) -> None:
        """Connect once; the client reconnects by itself for ever after."""
        if not self.nats.is_connected:
            await self.nats.connect(
                self.settings.nats_url,
                user=self.settings.nats_user,
                password=self.settings.nats_password.get_secret_value(),
                name=f"isaf-{self.service}",
                inbox_prefix=f"_INBOX_{self.service}".encode(),
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                connect_timeout=5,
                error_cb=self._on_nats_error,
                disconnected_cb=self._on_nats_disconnected,
            )
            log.info("nats_connected", url=self.settings.nats_url)

    async def consumer_infos(self) -> dict[str, ConsumerInfo]:
        """JetStream's view of our consumers; empty while NATS is away."""
        if not self.nats.is_connected:
            return {}
        infos: dict[str, ConsumerInfo] = {}
        for subscriber in self.subscribers:
            try:
                info = await subscriber.info()
                infos[str(info.stream_name)] = info
            except (NatsError, TimeoutError):
                continue
        return infos

    async def _keep_running(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Run a task again when it fails, ever more patiently; a task that returns is done."""
        backoff = FIRST_BACKOFF_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await job()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                backoff = (
                    FIRST_BACKOFF_SECONDS if loop.time() - began > 30 else min(backoff * 2, MAXIMUM_BACKOFF_SECONDS)
                )
                self.metrics.task_restarts.labels(self.service, name).inc()
                log.warning("task_failed", task=name, error=f"{type(error).__name__}: {error}"[:300], again_in=backoff)
                await asyncio.sleep(backoff)
            else:
                return

    async def _housekeeping(self) -> None:
        while True:
            async with self.database.transaction() as db:
                await db.execute(outbox.PRUNE, {"days": self.settings.outbox_retention_days})
                await db.execute(idempotency.FORGET)
                await db.execute(FORGET_HANDLED, {"days": KEPT_DAYS})
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def _on_nats_error(self, error: Exception) -> None:
        log.warning("nats_error", error=repr(error)[:200])

    async def _on_nats_disconnected(self, *_: Any) -> None:
        log.warning("nats_disconnected")
