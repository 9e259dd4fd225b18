"""A client process that posts prepared requests over keep-alive connections: the same for every target."""

import asyncio
import json
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.figures import percentile

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ACCEPTED = re.compile(rb'"accepted":(\d+)')


@dataclass(frozen=True)
class Posted:
    """What one run measured; `accepted` adds up what batches said."""

    rate: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    accepted: int
    seconds: float


def request(port: int, path: str, body: object, token: str | None = None) -> bytes:
    """One request as it goes over the line."""
    content = json.dumps(body, separators=(",", ":")).encode()
    head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    head += [f"Content-Length: {len(content)}", *([f"Authorization: Bearer {token}"] if token else [])]
    return "\r\n".join([*head, "", ""]).encode() + content


def post(
    port: int, requests: Sequence[bytes], *, connections: int = 32, seconds: float = 5.0, warm_up: float = 1.0
) -> Posted:
    """Post until the time is up or all are sent, in a process of its own; what is sent to warm up is not timed."""
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(list(requests), file)
        file.flush()
        command = [
            sys.executable,
            "-m",
            "bench.posts",
            str(port),
            file.name,
            *map(str, (connections, seconds, warm_up)),
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Posted(**json.loads(output))


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one was answered."""

    def __init__(self, requests: Iterator[bytes], until: float, answers: list[tuple[float, float, bytes, int]]) -> None:
        self._requests, self._until, self._answers = requests, until, answers
        self._received = b""
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Wait for a whole answer."""
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        found = LENGTH.search(self._received, 0, head) if head > 0 else None
        if found is None or len(self._received) < head + 4 + int(found[1]):
            return
        accepted = ACCEPTED.search(self._received, head)
        number = int(accepted[1]) if accepted else 0
        self._answers.append((self._began, time.perf_counter(), self._received[9:12], number))
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that breaks is an error of its own."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("closed by the server"))

    def _next(self) -> None:
        self._began = time.perf_counter()
        request = next(self._requests, None) if self._began < self._until else None
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()


async def _post(port: int, requests: list[bytes], connections: int, seconds: float, warm_up: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    from_ = time.perf_counter() + warm_up
    waiting = iter(requests)
    answers: list[tuple[float, float, bytes, int]] = []
    opened = [
        await loop.create_connection(lambda: Connection(waiting, from_ + seconds, answers), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    timed = [(began, ended) for began, ended, *_ in answers if began >= from_]
    times = [ended - began for began, ended in timed]
    took = max(ended for _, ended in timed) - min(began for began, _ in timed)
    return {
        "rate": len(times) / took,
        "p50_ms": percentile(times, 50) * 1000,
        "p99_ms": percentile(times, 99) * 1000,
        "statuses": Counter(status.decode() for _, _, status, _ in answers),
        "accepted": sum(number for *_, number in answers),
        "seconds": took,
    }


if __name__ == "__main__":
    _prepared = pickle.loads(Path(sys.argv[2]).read_bytes())  # noqa: S301 - our own
    _connections, _seconds, _warm_up = int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as _runner:
        print(json.dumps(_runner.run(_post(int(sys.argv[1]), _prepared, _connections, _seconds, _warm_up))))
