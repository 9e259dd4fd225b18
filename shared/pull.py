"""A pull consumer's flow: messages are handed over the moment they arrive, in the batches that have piled up."""

import asyncio
import json

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

BATCH = 256
EXPIRES_SECONDS = 30
HEARTBEAT_SECONDS = 2
SILENCE_SECONDS = 2.5 * HEARTBEAT_SECONDS
"""The server beats every two seconds; a longer silence means that it has lost our request."""
NANOSECONDS = 1_000_000_000


class Pull:
    """One outstanding pull request at a time, renewed when it is used up or has ended.

    nats-py's own `fetch` waits for a full batch or its timeout once the first message of a lingering request is there.
    """

    def __init__(self, nats: Client, stream: str, durable: str) -> None:
        self._nats = nats
        self._address = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = nats.new_inbox()
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()
        self._outstanding = 0
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Listen for messages."""
        self._subscription = await self._nats.subscribe(self._inbox, cb=self._queue.put)

    async def stop(self) -> None:
        """Stop listening, and give back what has arrived and was not handed over: it need not wait to come again."""
        if self._subscription is None or self._nats.is_closed:
            return
        await self._subscription.unsubscribe()
        while not self._queue.empty():
            message = self._queue.get_nowait()
            if "Status" not in (message.headers or {}):
                await message.nak()

    async def batch(self) -> list[Msg]:
        """The next messages, at least one. Raises TimeoutError when the server has fallen silent."""
        messages: list[Msg] = []
        while not messages:
            if self._outstanding <= 0:
                await self._request()
            async with asyncio.timeout(SILENCE_SECONDS):
                first = await self._queue.get()
            arrived = [first]
            while not self._queue.empty() and len(arrived) < BATCH:
                arrived.append(self._queue.get_nowait())
            messages = [message for message in arrived if self._is_event(message)]
        return messages

    async def _request(self) -> None:
        self._outstanding = BATCH
        request = {
            "batch": BATCH,
            "expires": EXPIRES_SECONDS * NANOSECONDS,
            "idle_heartbeat": HEARTBEAT_SECONDS * NANOSECONDS,
        }
        await self._nats.publish(self._address, json.dumps(request).encode(), reply=self._inbox)

    def _is_event(self, message: Msg) -> bool:
        status = (message.headers or {}).get("Status")
        if status is None:
            self._outstanding -= 1
            return True
        if status == "100":
            return False
        self._outstanding = 0
        if status in ("404", "408"):
            return False
        description = (message.headers or {}).get("Description", "")
        if status == "409" and "Consumer Deleted" not in description:
            return False
        raise NatsError(f"pull ended: {status} {description}")
