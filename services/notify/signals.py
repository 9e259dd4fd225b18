"""Wake-ups inside this process: what was just committed is sent on at once, and a slow poll finds what others wrote."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession


class Signal:
    """Wakes every task that listens."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    def give(self) -> None:
        """Wake all who listen."""
        for listener in self._listeners:
            listener.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set at each wake-up from now on; who waits clears it before looking for work."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


async def wait(listener: asyncio.Event, seconds: float) -> None:
    """Return at the wake-up, or after the time a lost one may cost."""
    try:
        async with asyncio.timeout(seconds):
            await listener.wait()
    except TimeoutError:
        return


def after_commit(db: AsyncSession, signal: Signal) -> None:
    """Give the signal when the caller's transaction has committed; once, however often it is asked for."""
    asked: set[Callable[[], None]] = db.info.setdefault("signals", set())
    if signal.give not in asked:
        asked.add(signal.give)
        event.listen(db.sync_session, "after_commit", lambda _: signal.give(), once=True)


deliveries_due = Signal()
messages_written = Signal()
