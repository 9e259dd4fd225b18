"""What FastAPI's own document cannot know of us: who may call, how we refuse, which headers every POST takes."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from shared.auth.permissions import PERMISSIONS, Permission
from shared.auth.user import Requires, maybe_user, signed_in
from shared.db import transaction

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457: what was wrong and what to do, in Khmer or English by Accept-Language.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "examples": ["Please check the fields"]},
        "status": {"type": "integer", "examples": [422]},
        "code": {"type": "string", "description": "Stable; decide by it.", "examples": ["invalid_request"]},
        "detail": {"type": "string", "examples": ["Some fields are not right; each is named in errors."]},
        "trace_id": {"type": "string", "description": "Give it to the administrator when you ask for help."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body, or query/…, path/…, header/…",
                        "examples": ["/scores/3"],
                    },
                    "code": {"type": "string", "examples": ["less_than_equal"]},
                    "detail": {"type": "string", "examples": ["Input should be less than or equal to 5"]},
                },
            },
        },
    },
}
REFUSAL = {
    "description": "A refusal, as problem+json",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Made by the client, e.g. a UUID. The same request with the same key is carried out once "
    "and answered alike for seven days.",
    "schema": {"type": "string", "maxLength": 128},
}


def complete(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Add to a service's document, in place, what is true of all our endpoints."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = PROBLEM
    for context in iter_route_contexts(routes):
        for method in context.methods or ():
            operation = document["paths"].get(context.path_format, {}).get(method.lower())
            if operation is not None:
                _complete_operation(operation, method, context)


def _complete_operation(operation: dict[str, Any], method: str, context: RouteContext) -> None:
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = REFUSAL
    for response in operation["responses"].values():
        stream = response.get("content", {}).get("text/event-stream", {})
        if stream.pop("itemSchema", None):  # a word of OpenAPI 3.2; this is a document of 3.1
            stream["schema"] = {"type": "string", "description": "Server-sent events"}
    calls = set(_calls(context.dependant))
    if method == "POST" and transaction in calls:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    permissions = permissions_of(context.dependant)
    if permissions:
        roles = sorted({role for permission in permissions for role in PERMISSIONS[permission]})
        named = ", ".join(f"`{permission}`" for permission in permissions)
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds {named}: {', '.join(roles)}.".strip()
    elif signed_in not in calls:
        asks_who = any(dependency.call is maybe_user for dependency in context.dependant.dependencies)
        operation["security"] = [{}, {"HTTPBearer": []}, {"ApiKey": []}] if asks_who else []


def permissions_of(dependant: Dependant) -> list[Permission]:
    """The permissions an endpoint's signature asks for; none where it is public or for anyone signed in."""
    return sorted({call.permission for call in _calls(dependant) if isinstance(call, Requires)})


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
