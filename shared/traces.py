"""W3C trace context: one trace id from the phone's request to the last event it caused."""

import re
import secrets
from contextvars import ContextVar

TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

_current: ContextVar[str] = ContextVar("traceparent", default="")


def start(traceparent: str | None) -> str:
    """Continue the caller's trace with a span of our own, or begin one; returns the new traceparent."""
    match = TRACEPARENT.match(traceparent or "")
    known = match is not None and match[1] != "0" * 32 and match[2] != "0" * 16
    trace = match[1] if match and known else secrets.token_hex(16)
    flags = match[3] if match and known else "01"
    current = f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    _current.set(current)
    return current


def traceparent() -> str:
    """The traceparent to hand on; begins a trace where none runs."""
    return _current.get() or start(None)


def trace_id() -> str:
    """The 32 hex digits that a log line, a problem and an event share."""
    return traceparent()[3:35]
