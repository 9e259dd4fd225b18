"""The partner's webhook receiver: verifies every signature, drops repeats, keeps what arrived."""

import asyncio
import json
import secrets
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass
class Mailbox:
    """What arrived for one subscription: each event once, by its id."""

    secret: str = ""
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0
    forged: int = 0

    def take(self, body: bytes, headers: dict[str, str]) -> bool:
        """Keep a genuine event; returns whether it was genuine. Repeats are counted and dropped."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.forged += 1
            return False
        event_id = headers["webhook-id"]
        if event_id != event["id"]:
            self.forged += 1
            return False
        if event_id in self.events:
            self.repeats += 1
        self.events.setdefault(event_id, event)
        return True

    def types(self) -> Counter[str]:
        """How many events of each type arrived."""
        return Counter(event["type"] for event in self.events.values())


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave Ctrl-C to the story."""
        yield


class Receiver:
    """A small web server on this machine with one path, and one secret, per subscription."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, Mailbox] = {}
        self._paths: dict[str, Mailbox] = {}
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(self._serve, interface="asgi3", lifespan="off", log_config=None, access_log=False)
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Receiver":
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="webhook-receiver")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        if self._task:
            await self._task
        self._socket.close()

    def open(self, name: str) -> str:
        """A new mailbox; returns the address to subscribe with, which no earlier year's subscription can know."""
        path = f"/hooks/{name}-{secrets.token_hex(8)}"
        self.mailboxes[name] = self._paths[path] = Mailbox()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{path}"

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status = self._answer(scope, body)
        content = json.dumps({"received": status == 200}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Message, body: bytes) -> int:
        mailbox = self._paths.get(scope["path"])
        if mailbox is None or scope["method"] != "POST":
            return 404
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        return 200 if mailbox.take(body, headers) else 401
