"""A real Envoy with small real services behind it, for the tests of the gateway."""

import asyncio
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from deploy.gateway.openapi import SERVICES
from deploy.gateway.render import Tls, render
from deploy.local.gateway import envoy_command
from tests.conftest import free_port

DOCUMENTS: dict[str, Any] = {
    "openapi_document": {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}},
    "asyncapi_document": {"asyncapi": "3.0.0", "info": {"title": "T", "version": "1"}, "channels": {}},
}
LONG = [{"name_en": "commune", "number": number} for number in range(300)]


PATIENCE = 60.0
"""Seconds until a wait is given up; no test measures anything by it."""


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, or fail saying what did not come about."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        pause.wait(0.02)


@dataclass
class Upstream:
    """One small service; it remembers what reached it."""

    name: str
    port: int = field(default_factory=free_port)
    requests: list[Request] = field(default_factory=list)
    tick: threading.Event = field(default_factory=threading.Event)
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, in a thread of its own."""
        config = uvicorn.Config(self._app(), port=self.port, log_level="critical", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server is not None and self._server.started, f"{self.name} listens")

    def stop(self) -> None:
        """Close the port and every connection."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(PATIENCE)

    def seen(self, path: str) -> list[Request]:
        """The requests that came to an address."""
        return [request for request in self.requests if request.url.path == path]

    def _app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        base = f"/api/{self.name}/v1"

        @app.get("/livez")
        async def livez() -> dict[str, str]:
            return {"status": "alive"}

        @app.get("/readyz")
        async def readyz() -> dict[str, str]:
            return {"service": self.name, "status": "ready"}

        @app.get("/metrics")
        async def metrics() -> str:
            return "secret figures"

        @app.get(f"{base}/long")
        async def long() -> list[dict[str, object]]:
            return LONG

        @app.get(f"{base}/tagged")
        async def tagged() -> Response:
            return JSONResponse(LONG, headers={"ETag": '"7"'})

        @app.get(f"{base}/stream")
        async def stream() -> StreamingResponse:
            return StreamingResponse(self._ticks(), media_type="text/event-stream")

        @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
        async def echo(path: str, request: Request) -> dict[str, object]:
            self.requests.append(request)
            size = sum([len(chunk) async for chunk in request.stream()])
            return {"service": self.name, "path": f"/{path}", "headers": dict(request.headers), "bytes": size}

        return app

    async def _ticks(self) -> Any:
        yield b"event: message\ndata: first\n\n"
        await asyncio.to_thread(self.tick.wait, PATIENCE)
        yield b"event: message\ndata: second\n\n"


@dataclass
class RunningGateway:
    """An Envoy that serves, and its log."""

    port: int
    log: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def client(self, source: str = "127.0.0.1", **options: Any) -> httpx.Client:
        """A client that comes from an address of its own."""
        transport = httpx.HTTPTransport(local_address=source, **options)
        return httpx.Client(base_url=self.url, transport=transport, timeout=PATIENCE)

    def logged(self, request_id: str) -> dict[str, Any]:
        """The access log's line of a request."""
        until(lambda: request_id in self.log.read_text(), f"the log line of {request_id}")
        line = next(line for line in self.log.read_text().splitlines() if request_id in line)
        entry: dict[str, Any] = json.loads(line)
        return entry


@contextmanager
def gateway(
    directory: Path, upstreams: Mapping[str, int], *, tls: Tls | None = None, refill: str = "1s", **settings: Any
) -> Iterator[RunningGateway]:
    """Render, start, wait until it answers, and stop it again; `refill` is how often the rate limit's buckets fill."""
    port = free_port()
    given: dict[str, Any] = {"environment": "test", "admin_port": None, **DOCUMENTS, **settings}
    config = render(
        directory, port=port, upstreams={name: ("127.0.0.1", at) for name, at in upstreams.items()}, tls=tls, **given
    )
    config.write_text(config.read_text().replace("fill_interval: 1s", f"fill_interval: {refill}"))
    running = RunningGateway(port, directory / "gateway.log", "https" if tls else "http")
    with running.log.open("wb") as log:
        process = subprocess.Popen(envoy_command(config), stdout=log, stderr=log)
    try:
        until(lambda: answers(port) or process.poll() is not None, "the gateway listens")
        assert process.poll() is None, running.log.read_text()
        yield running
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is problem+json as all of ours are; return its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["code"] == code
    assert body["title"]
    assert len(body["detail"]) > 20
    return body


def all_services() -> Iterator[dict[str, Upstream]]:
    """The five, started and stopped."""
    upstreams = {name: Upstream(name) for name in SERVICES}
    for upstream in upstreams.values():
        upstream.start()
    yield upstreams
    for upstream in upstreams.values():
        upstream.tick.set()
        upstream.stop()
