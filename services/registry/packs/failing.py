"""What citizens read when a page cannot be made: a page all the same, in both languages, that needs no database."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from markupsafe import Markup
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.requests import ClientDisconnect

from services.registry.packs.rendering import POLICY, STYLE, pages
from shared.database_errors import is_outage
from shared.errors import Problem
from shared.routing import Route

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Content-Language": "km, en",
    "Retry-After": "60",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

log = structlog.get_logger()


class PageRoute(Route):
    """A route whose readers are people with a browser."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler, which holds its transaction itself; what is refused on purpose goes its way."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                if isinstance(error, Problem) and error.status < 500:
                    raise
                return _unavailable(error)

        return handler


def _unavailable(error: Exception) -> Response:
    away = is_outage(error) or isinstance(error, PoolTimeoutError)
    log.error("page_not_shown", error=type(error).__name__, exc_info=None if away else error)
    text = pages.get_template("unavailable.html").render(style=Markup(STYLE))  # noqa: S704 - our own text
    return Response(text, 503, HEADERS, "text/html; charset=utf-8")
