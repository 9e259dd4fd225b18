"""A load generator over keep-alive connections: the same for every target, so that rates can be compared."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.figures import percentile

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Load:
    """What one run of load measured."""

    rate: float
    p50_ms: float
    p99_ms: float
    errors: int


def run(port: int, path: str, *, connections: int = 32, seconds: float = 5.0) -> Load:
    """Ask for a path again and again from a process of its own; answers other than 200 count as errors."""
    command = [sys.executable, "-m", "bench.load", str(port), path, str(connections), str(seconds)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Load(**json.loads(output))


async def _connection(port: int, request: bytes, until: float, from_: float, times: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    errors = 0
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        if began >= from_:
            times.append(time.perf_counter() - began)
            errors += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    return errors


async def _load(port: int, path: str, connections: int, seconds: float) -> dict[str, Any]:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n".encode()
    times: list[float] = []
    from_ = time.perf_counter() + WARM_UP_SECONDS
    until = from_ + seconds
    errors = await asyncio.gather(*(_connection(port, request, until, from_, times) for _ in range(connections)))
    return {
        "rate": len(times) / seconds,
        "p50_ms": percentile(times, 50) * 1000,
        "p99_ms": percentile(times, 99) * 1000,
        "errors": sum(errors),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
