"""Hands new messages to the streams that are open in this process, reading each message once for all of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.notify.inbox.audience import labels_of_reader
from services.notify.inbox.models import Message
from services.notify.inbox.schemas import MessageRead
from services.notify.signals import messages_written, wait
from shared.auth.user import User
from shared.db import Database
from shared.errors import TooManyRequests
from shared.runtime import Runtime

PER_ACCOUNT = 5
ALTOGETHER = 2_000
WAITING = 256
"""Messages that wait for a slow reader; one who falls further behind is cut off, and resumes where it was."""
POLL_SECONDS = 2.0
"""How late a message is that another process has written."""
BATCH = 500


class Stream:
    """One open stream: whose it is, how far it has come, and what waits to be sent."""

    def __init__(self, user: User, since: int) -> None:
        self.account_id, self.since = user.id, since
        self.position: int | None = None
        """The last message it was offered; None while it still reads what it missed, or was cut off."""
        self.waiting: asyncio.Queue[MessageRead | None] = asyncio.Queue()
        """Ends with None when the reader was too slow."""
        self._labels = frozenset(labels_of_reader(user.grants))

    def offer(self, messages: Sequence[Message]) -> None:
        """Take what is new and concerns the reader."""
        for message in messages:
            if self.position is None or message.id is None or message.id <= self.position:
                continue
            self.position = message.id
            if self._labels.isdisjoint(message.audience):
                continue
            if self.waiting.qsize() < WAITING:
                self.waiting.put_nowait(MessageRead.of(message, None))
            else:
                self.position = None
                self.waiting.put_nowait(None)


class Broadcaster:
    """The streams that are open in this process."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._accounts: Counter[UUID] = Counter()

    @contextmanager
    def open(self, user: User, *, since: int) -> Iterator[Stream]:
        """A stream for the reader. Raises TooManyRequests when they have as many open as they may."""
        if self._accounts[user.id] >= PER_ACCOUNT or len(self.streams) >= ALTOGETHER:
            raise TooManyRequests(
                "too_many_streams",
                en=f"At most {PER_ACCOUNT} streams of an account may be open. Close one, or read the inbox.",
                km=f"គណនីមួយអាចបើកការផ្សាយផ្ទាល់យ៉ាងច្រើន {PER_ACCOUNT}។ សូមបិទមួយ ឬអានប្រអប់សារ។",
                headers={"Retry-After": "30"},
            )
        stream = Stream(user, since)
        self.streams.add(stream)
        self._accounts[user.id] += 1
        try:
            yield stream
        finally:
            self.streams.discard(stream)
            self._accounts[user.id] -= 1
            if not self._accounts[user.id]:
                del self._accounts[user.id]

    async def hand_out(self, database: Database) -> None:
        """Offer every stream what was written since it was last offered something; idle when none is open."""
        while positions := [stream.position for stream in self.streams if stream.position is not None]:
            newer = select(Message).where(col(Message.id) > min(positions)).order_by(col(Message.id)).limit(BATCH)
            async with database.transaction() as db:
                messages = (await db.scalars(newer)).all()
            for stream in self.streams:
                stream.offer(messages)
            if len(messages) < BATCH:
                return


broadcaster = Broadcaster()


async def broadcast_messages(runtime: Runtime) -> None:
    """Hand out messages the moment they are committed, until cancelled."""
    with messages_written.listening() as woken:
        while True:
            woken.clear()
            await broadcaster.hand_out(runtime.database)
            await wait(woken, POLL_SECONDS)
