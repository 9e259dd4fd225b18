"""Who may call what, read from the endpoints' own signatures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from shared.auth.permissions import Permission
from shared.auth.user import Requires, signed_in

Access = Permission | Literal["public", "signed_in"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAMPLES: dict[object, str] = {UUID: str(UUID(int=0)), int: "1"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one address, and who is let in."""

    method: str
    path: str
    url: str
    """The path with a value in each place, none of which exists."""
    access: Access


def endpoints(app: FastAPI) -> list[Endpoint]:
    """Every documented endpoint of a service, those that all services have among them."""
    return list(_walk(app))


def _walk(app: FastAPI) -> Iterator[Endpoint]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema or context.path is None:
            continue
        samples = {field.name: SAMPLES.get(field.field_info.annotation, "x") for field in route.dependant.path_params}
        url = re.sub(r"\{(\w+)(?::\w+)?\}", lambda match, known=samples: known.get(match[1], "x"), context.path)  # type: ignore[misc]
        for method in sorted(context.methods or ()):
            yield Endpoint(method, context.path, url, _access(route.dependant))


def _access(dependant: Dependant) -> Access:
    calls = [inner.call for inner in _flatten(dependant)]
    required = {call.permission for call in calls if isinstance(call, Requires)}
    if len(required) > 1:
        raise AssertionError(f"{dependant.call} asks for several permissions: {required}")
    return required.pop() if required else "signed_in" if signed_in in calls else "public"


def _flatten(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        yield inner
        yield from _flatten(inner)
