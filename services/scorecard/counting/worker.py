"""The worker that counts: it empties the queue into the histograms of units and areas, one at a time per service."""

import asyncio
import time
from functools import cache

import asyncpg
import structlog
from prometheus_client import CollectorRegistry, Gauge

from services.scorecard.counting import statements
from services.scorecard.counting.batches import Session, count_batch, set_first_aside
from services.scorecard.counting.pace import pace_of
from services.scorecard.counting.rounds import refresh_rounds
from shared.runtime import Runtime

BATCH = 4_000
"""Rows at a time, at most 50 MB where all are sums: so many that a service busy with requests, where every step waits
for its turn, still counts what it takes in.
"""
PAUSE_SECONDS = 0.4
"""What arrives meanwhile about the same units and areas is added up at once: a rest costs a busy service less."""
PROGRESS_SECONDS = 1.0
"""Rounds whose scorecards change all the time are refreshed no more often."""
STANDBY_SECONDS = 2.0
"""How often a second process of the service asks whether it must take over."""

log = structlog.get_logger()


async def count(runtime: Runtime) -> None:
    """Count until cancelled; raises when the session is lost, to be started again."""
    session = await connect(runtime.settings.database_url)
    pace = pace_of(runtime.database)
    try:
        while not await session.fetchval(statements.LEAD):  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(STANDBY_SECONDS)
        counter = Counter(session)
        waiting, aside = queue_gauges(runtime.metrics.registry)
        while True:
            counted = await counter.count_some()
            pace.tell(behind=counted >= BATCH)
            if await counter.refresh_some():
                waiting.set(await session.fetchval(statements.WAITING))
                aside.set(await session.fetchval(statements.ASIDE))
            if counted < BATCH:
                await asyncio.sleep(PAUSE_SECONDS)
    finally:
        pace.tell(behind=False)
        session.terminate()


async def count_all(dsn: str) -> None:
    """Count all that is there, then return; for tests, and after an import by hand."""
    session = await connect(dsn)
    try:
        counter = Counter(session)
        while await counter.count_some() or await refresh_rounds(session):
            continue
    finally:
        await session.close()


async def connect(dsn: str) -> Session:
    """A session of the worker's own. It does not wait for the disk: a batch that a crash takes back is in the queue
    again, as it leaves the queue in the same transaction.
    """
    settings = {"application_name": "isaf-scorecard-counting", "synchronous_commit": "off", "jit": "off"}
    return await asyncpg.connect(dsn, timeout=5, server_settings=settings)


class Counter:
    """Counts batches; where the database refuses one, it halves it until it has found the row that is wrong."""

    def __init__(self, session: Session) -> None:
        self._session, self._most = session, BATCH
        self._refreshed_at = float("-inf")

    async def count_some(self) -> int:
        """Count a batch; how many rows left the queue."""
        try:
            counted, misfits = await count_batch(self._session, self._most)
        except asyncpg.DataError as error:
            if self._most > 1:
                self._most //= 2
                return self._most
            counted, misfits = 1, [(await set_first_aside(self._session, str(error)), str(error))]
        self._most = min(self._most * 2, BATCH)
        for row, reason in misfits:
            log.error("ballot_not_countable", seq=row.seq, unit=row.unit_code, reason=reason)
        return counted

    async def refresh_some(self) -> bool:
        """Refresh rounds whose scorecards changed; False when that was done just now."""
        if time.monotonic() - self._refreshed_at < PROGRESS_SECONDS:
            return False
        await refresh_rounds(self._session)
        self._refreshed_at = time.monotonic()
        return True


@cache
def queue_gauges(registry: CollectorRegistry) -> tuple[Gauge, Gauge]:
    """How many rows wait to be counted, and how many were set aside, for /metrics."""
    return (
        Gauge("isaf_uncounted", "Ballots and tallies' groups that are not counted yet.", registry=registry),
        Gauge("isaf_uncountable", "Ballots and tallies' groups set aside: they fit no scorecard.", registry=registry),
    )
