"""A partner's receiver: a real HTTP server on this machine that keeps what it is sent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

CHUNKS = 400
"""Of 64 KiB each in the huge answer."""


@dataclass
class Call:
    """One call as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, when the signature holds; raises WebhookVerificationError otherwise."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


@dataclass
class Receiver:
    """The receiver's address, what it got, and how it answers."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    status: int = 204
    chunks: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def forget(self) -> None:
        """Begin anew for the next test."""
        self.calls.clear()
        self.status, self.chunks = 204, 0
        self.arrived, self.released = asyncio.Event(), asyncio.Event()

    def at(self, path: str) -> list[Call]:
        """The calls to a path."""
        return [call for call in self.calls if call.path == path]

    def ids(self) -> list[str]:
        """The event ids that arrived, in their order."""
        return [call.headers["webhook-id"] for call in self.calls]

    async def until(self, path: str, number: int) -> None:
        """Return when so many calls have come to a path."""
        while len(self.at(path)) < number:
            self.arrived.clear()
            await self.arrived.wait()

    async def answer(self, request: Request) -> Response:
        """Keep the call and answer as the path says."""
        self.calls.append(Call(request.url.path, dict(request.headers), await request.body()))
        self.arrived.set()
        match request.path_params["manner"]:
            case "redirect":
                return RedirectResponse(f"{self.url}/elsewhere", 307)
            case "huge":
                return StreamingResponse(self._much())
            case "slow":
                await self.released.wait()
        return Response(status_code=self.status)

    async def _much(self) -> AsyncIterator[bytes]:
        for self.chunks in range(1, CHUNKS + 1):
            await asyncio.sleep(0)
            yield b"x" * 65536


@asynccontextmanager
async def receiving(**options: Any) -> AsyncIterator[Receiver]:
    """A receiver that runs for a while; its paths are /ok, /slow, /huge and /redirect."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/{manner}", receiver.answer, methods=["POST"])])
    async with serving(app, **options) as receiver.url:
        yield receiver
        receiver.released.set()


@asynccontextmanager
async def serving(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """An application behind a real port; gives its URL. Who connects before it has begun waits in the port's queue."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1, ws="none", **options)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task
