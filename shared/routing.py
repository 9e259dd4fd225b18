"""Routers whose answers can be stored beside the write (see idempotency), and that refuse unknown parameters."""

from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.errors import FieldError, Invalid

MOST_NAMED = 10
"""A refusal names no more unknown parameters than that, and no more characters of each than the next number."""
LONGEST_NAMED = 60


class Route(APIRoute):
    """A route that shows its finished answer to the transaction, which is still open then."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler; function-scoped dependencies end after it returns.

        A mistyped filter that is passed over answers with everything, so that a parameter of no use is refused. Health
        and metrics, which are in no document, take whatever a prober adds.
        """
        handle = super().get_route_handler()
        known = frozenset(query_names(self.dependant)) if self.include_in_schema else None

        async def handler(request: Request) -> Response:
            if known is not None and request.scope["query_string"] and not known.issuperset(request.query_params):
                raise unknown_parameters(request.query_params, known)
            response = await handle(request)
            request.state.response = response
            return response

        return handler


class Router(APIRouter):
    """What every feature's routes.py begins with: `router = Router(tags=["rounds"])`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, **options)


def query_names(dependant: Dependant) -> Iterator[str]:
    """The parameters after the question mark that an endpoint or anything it depends on reads."""
    yield from (parameter.alias for parameter in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from query_names(dependency)


def unknown_parameters(given: Iterable[str], known: Collection[str]) -> Invalid:
    """The refusal of parameters that the address does not have, each with the one that was probably meant."""
    unknown = sorted(set(given) - set(known))[:MOST_NAMED]
    errors = [_unknown(name, sorted(known)) for name in unknown]
    return Invalid("unknown_parameter", en=errors[0].en, km=errors[0].km, errors=errors)


def _unknown(name: str, known: list[str]) -> FieldError:
    shown = name[:LONGEST_NAMED]
    near = get_close_matches(shown, known, 1)
    if near:
        en, km = f" Did you mean {near[0]}?", f" តើអ្នកចង់សរសេរ {near[0]} ឬ?"
    elif known:
        en, km = f" It takes: {', '.join(known)}.", f" ប៉ារ៉ាម៉ែត្រដែលទទួលគឺ៖ {', '.join(known)}។"
    else:
        en, km = " It takes none.", " អាសយដ្ឋាននេះមិនទទួលប៉ារ៉ាម៉ែត្រណាមួយទេ។"
    return FieldError(
        f"query/{shown}",
        "unknown_parameter",
        f"This address has no parameter {shown}.{en}",
        f"អាសយដ្ឋាននេះគ្មានប៉ារ៉ាម៉ែត្រ {shown} ទេ។{km}",
    )
