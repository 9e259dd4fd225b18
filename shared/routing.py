"""Routers whose answers can be stored beside the write (see idempotency)."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute


class Route(APIRoute):
    """A route that shows its finished answer to the transaction, which is still open then."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler; function-scoped dependencies end after it returns."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            response = await handle(request)
            request.state.response = response
            return response

        return handler


class Router(APIRouter):
    """What every feature's routes.py begins with: `router = Router(tags=["rounds"])`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, **options)
