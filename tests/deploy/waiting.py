"""Waiting for a condition, with a deadline instead of a hope."""

import select
import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str, patience: float = 60) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        select.select([], [], [], 0.01)
