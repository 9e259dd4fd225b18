"""Structured log lines, each with the service and the trace id."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from shared import traces

without_locals = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
"""Tracebacks as data; local variables stay out, as they hold tokens, request bodies and scores."""


def configure(service: str, *, fmt: str = "json", level: str = "info") -> None:
    """Send structlog's and the standard library's records to stdout as JSON lines (or readable ones for a console)."""

    def add_context(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        event["trace_id"] = traces.trace_id()
        return event

    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_context,
    ]
    ending: list[structlog.typing.Processor] = (
        [without_locals, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if fmt == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "nats", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
