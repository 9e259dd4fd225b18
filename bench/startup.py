"""How long the whole stack takes to come up, and what it holds in memory when idle."""

import shutil
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from deploy.local.stack import Stack

MEGABYTE = 1_000_000


def run() -> list[Figure]:
    """Start with the demo from an empty directory, look at the memory, stop, and start again on the same data."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        stack = Stack(Path(directory), demo=True)
        first = _start(stack)
        memory = sum(stack.memory().values()) / MEGABYTE
        stack.stop()
        later = _start(stack)
        stack.stop()
        for place in stack.places():
            _remove(place)
    return [
        Figure("first start: empty directory to healthy, with gazetteer and demo", first, "s", "< 45 s"),
        Figure("later start: to healthy through the gateway", later, "s", "< 5 s"),
        Figure("memory of all parts together, after the demo (sum of PSS)", memory, "MB", "< 400 MB"),
    ]


def _start(stack: Stack) -> float:
    began = time.perf_counter()
    stack.start()
    return time.perf_counter() - began


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
