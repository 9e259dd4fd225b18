"""Each service's API document is valid, complete and strict."""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.routing import Route, query_names
from tests.world import SERVICES

VERBS = ("get", "put", "post", "patch", "delete")
every_service = pytest.mark.parametrize(
    "service", [service for service in SERVICES if find_spec(f"services.{service}.main")]
)


def document(service: str) -> dict[str, Any]:
    """The service's OpenAPI document."""
    api: dict[str, Any] = import_module(f"services.{service}.main").app.openapi()
    return api


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, verb and content of every operation."""
    for path, item in api["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield path, verb, item[verb]


@every_service
def test_the_document_is_valid(service: str) -> None:
    api = document(service)
    assert api["openapi"].startswith("3.1")
    assert api["info"]["description"]
    OpenAPIV31SpecValidator(api).validate()


@every_service
def test_every_operation_has_a_name_of_its_own_and_says_what_it_is_for(service: str) -> None:
    found = list(operations(document(service)))
    names = Counter(operation["operationId"] for _, _, operation in found)
    assert {name for name, count in names.items() if count > 1} == set()
    assert [(verb, path) for path, verb, operation in found if not operation.get("description")] == []
    assert [(verb, path) for path, verb, operation in found if len(operation.get("tags", ())) != 1] == []


@every_service
def test_no_name_of_a_schema_shows_where_its_class_is(service: str) -> None:
    """FastAPI calls two classes of one name by their modules, and clients made from the document would too."""
    assert [name for name in document(service)["components"]["schemas"] if "__" in name] == []


@every_service
def test_every_address_is_the_service_s_own(service: str) -> None:
    allowed = (f"/api/{service}/v1/", "/.well-known/") if service == "registry" else (f"/api/{service}/v1/",)
    assert [path for path, _, _ in operations(document(service)) if not path.startswith(allowed)] == []


@every_service
def test_no_request_body_takes_unknown_fields(service: str) -> None:
    api = document(service)
    loose = []
    for path, verb, operation in operations(api):
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        reference = schema.get("$ref", "").rpartition("/")[2]
        if content.get("application/json") and not _is_strict(api["components"]["schemas"].get(reference, schema)):
            loose.append((verb, path))
    assert loose == []


def _is_strict(schema: dict[str, Any]) -> bool:
    return schema.get("additionalProperties") is False


@every_service
def test_the_parameters_that_are_taken_are_those_of_the_document(service: str) -> None:
    """All others are refused: see shared/routing.py."""
    routes = import_module(f"services.{service}.main").app.routes
    taken = {
        (context.path_format, method.lower()): set(query_names(context.original_route.dependant))
        for context in iter_route_contexts(routes)
        if context.include_in_schema and isinstance(context.original_route, Route)
        for method in context.methods or ()
    }
    for path, verb, operation in operations(document(service)):
        parameters = operation.get("parameters", ())
        assert taken[path, verb] == {entry["name"] for entry in parameters if entry["in"] == "query"}, (verb, path)


@every_service
def test_every_list_is_paged(service: str) -> None:
    api = document(service)
    for path, verb, operation in operations(api):
        names = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
        if "cursor" in names:
            assert names["limit"]["schema"]["maximum"] == 500, (verb, path)


@every_service
def test_errors_are_described_as_they_are_sent(service: str) -> None:
    api = document(service)
    for path, verb, operation in operations(api):
        refused = operation["responses"]["default"]["content"]
        assert refused == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}, (
            verb,
            path,
        )
    assert "HTTPValidationError" not in api["components"]["schemas"]


@every_service
def test_why_something_was_withdrawn_is_called_by_one_name(service: str) -> None:
    """Clients show the reason of a tally, a result, a posting, a pack and a training by the same lines."""
    schemas = document(service)["components"]["schemas"].values()
    names = {name for schema in schemas for name in schema.get("properties", ()) if name.startswith("withdr")}
    assert {name for name in names if name.endswith("reason")} <= {"withdrawal_reason"}
