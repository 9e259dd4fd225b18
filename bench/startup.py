"""How long the whole stack takes to come up, and what it holds in memory when idle."""

import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from deploy.local.stack import Stack
from shared.db import IDLE_SECONDS

MEGABYTE = 1_000_000


def run() -> list[Figure]:
    """Start with the demo from an empty directory, look at the idle memory, stop, and start again on the same data."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        stack = Stack(Path(directory), demo=True)
        try:
            first = _start(stack)
            time.sleep(IDLE_SECONDS + 5)
            memory = sum(stack.memory().values()) / MEGABYTE
            stack.stop()
            later = _start(stack)
        finally:
            stack.stop()
            stack.remove()
    return [
        Figure("first start: empty directory to healthy, with gazetteer and demo", first, "s", "< 45 s"),
        Figure("later start: to healthy through the gateway", later, "s", "< 5 s"),
        Figure("memory of all parts, idle a minute after the demo (sum of PSS)", memory, "MB", "< 400 MB"),
    ]


def _start(stack: Stack) -> float:
    began = time.perf_counter()
    stack.start()
    return time.perf_counter() - began
