"""Sends what is due: at once when it was just written, again later when it failed, by any number of processes."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Row

from services.notify.deliveries import queries
from services.notify.deliveries.models import wait_after
from services.notify.deliveries.sending import Outcome, Sender
from services.notify.deliveries.signing import signed_headers
from services.notify.signals import deliveries_due, wait
from services.notify.subscriptions.secrets import webhook_sealer
from shared.runtime import Runtime

PER_SUBSCRIPTION = 4
"""Calls to one receiver at a time: a slow one holds up nobody else."""
AT_ONCE = 256
RECORDERS = 4
"""Database connections that write outcomes; the others stay free for requests."""
LEASE_SECONDS = 20.0
"""Longer than a call can take; then another process may try."""
POLL_SECONDS = 1.0
MEASURE_SECONDS = 5.0

log = structlog.get_logger()


async def deliver_webhooks(runtime: Runtime) -> None:
    """Send due deliveries until cancelled."""
    worker = Deliverer(runtime)
    try:
        await worker.run()
    finally:
        await worker.close()


async def deliver_due(runtime: Runtime) -> int:
    """Try everything that is due now once, then return how many tries it was."""
    worker = Deliverer(runtime)
    try:
        return await worker.drain()
    finally:
        await worker.close()


class Deliverer:
    """Claims due deliveries as it has room, and calls their receivers side by side."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._database = runtime, runtime.database
        self._sealer = webhook_sealer(runtime.settings)
        self._sender = Sender(strict=runtime.settings.environment == "production")
        self._recorders = asyncio.Semaphore(RECORDERS)
        self._under_way: set[asyncio.Task[None]] = set()
        self._measured_at = float("-inf")

    async def close(self) -> None:
        """Drop what is under way: its lease runs out, and it is tried again."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._sender.close()

    async def run(self) -> None:
        """Claim and send until cancelled; woken by new deliveries and by calls that have ended."""
        with deliveries_due.listening() as woken:
            while True:
                woken.clear()
                await self._begin(on_end=woken.set)
                await self._measure()
                await wait(woken, POLL_SECONDS)

    async def drain(self) -> int:
        """Send until nothing is due; what fails is due later."""
        tries = 0
        while begun := await self._begin():
            tries += begun
            await asyncio.gather(*self._under_way)
        return tries

    async def _begin(self, on_end: Callable[[], None] = lambda: None) -> int:
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return 0
        async with self._database.transaction() as db:
            claimed = await db.execute(
                queries.CLAIM, {"per_subscription": PER_SUBSCRIPTION, "most": room, "lease_seconds": LEASE_SECONDS}
            )
        rows = claimed.all()
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
            task.add_done_callback(lambda _: on_end())
        return len(rows)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("webhook_outcome_lost", error=repr(error)[:300])

    async def _measure(self) -> None:
        now = time.monotonic()
        if now - self._measured_at < MEASURE_SECONDS:
            return
        self._measured_at = now
        async with self._database.transaction() as db:
            backlog_gauge(self._runtime.metrics.registry).set(await db.scalar(queries.BACKLOG) or 0)

    async def _deliver(self, row: Row[Any]) -> None:
        at = datetime.now(UTC)
        outcome = await self._call(row, at)
        async with self._recorders:
            await self._record(row, at, outcome)

    async def _call(self, row: Row[Any], at: datetime) -> Outcome:
        sealed = [secret for secret in (row.secret, row.previous_secret) if secret is not None]
        try:
            whsecs = [self._sealer.open(secret).decode() for secret in sealed]
        except ValueError:
            return Outcome(None, "the secret cannot be read any more: rotate it", 0)
        return await self._sender.send(row.url, row.body, signed_headers(row.event_id, row.body, whsecs, at))

    async def _record(self, row: Row[Any], at: datetime, outcome: Outcome) -> None:
        pause = None if outcome.gone else wait_after(row.attempts)
        status = "delivered" if outcome.delivered else "failed" if pause is None else "pending"
        log.info(
            "webhook_tried",
            delivery=str(row.id),
            attempt=row.attempts,
            outcome=status,
            status=outcome.status,
            error=outcome.error,
            duration_ms=outcome.duration_ms,
        )
        async with self._database.transaction() as db:
            await db.execute(
                queries.RECORD,
                {
                    "id": row.id,
                    "number": row.attempts,
                    "outcome": status,
                    "wait": pause or 0.0,
                    "at": at,
                    "status": outcome.status,
                    "error": outcome.error,
                    "duration_ms": outcome.duration_ms,
                },
            )
            if outcome.gone:
                await db.execute(queries.DEACTIVATE, {"subscription_id": row.subscription_id})


@cache
def backlog_gauge(registry: CollectorRegistry) -> Gauge:
    """The number of deliveries still to be made, for /metrics."""
    return Gauge("isaf_webhooks_pending", "Webhook deliveries not yet made.", registry=registry)
