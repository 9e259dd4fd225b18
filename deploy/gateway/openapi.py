"""One OpenAPI document of all five services, so that a client reads and generates from a single place."""

import copy
import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")
DESCRIPTION = """\
The backend of Cambodia's Implementation of the Social Accountability Framework: community scorecards, joint
accountability action plans and the money behind them.

* **Sign in** at `POST /api/registry/v1/token` and send the `access_token` as `Authorization: Bearer …`. A system may
  send its API key instead, there or as `X-API-Key`, never in an address.
  Published results, plans, budgets, areas and ballot forms need no token.
* **Errors** are `application/problem+json` with a stable `code`, in Khmer or English by `Accept-Language`.
* **Lists** give `next_cursor`; hand it back as `cursor` until it is null. `limit` is at most 500.
* **Changes** carry `If-Match` with the `ETag` last read; a `POST` repeated with the same
  `Idempotency-Key` or `id` counts once.
* **Events** are described at [/events](/events) and [/asyncapi.json](/asyncapi.json).
"""

Json = dict[str, Any]


def document() -> Json:
    """The merged document of the services that are installed here."""
    installed = [name for name in SERVICES if all(map(importlib.util.find_spec, _modules(name)))]
    return merge({name: importlib.import_module(f"services.{name}.main").app.openapi() for name in installed})


def _modules(service: str) -> tuple[str, str]:
    return f"services.{service}", f"services.{service}.main"


def asyncapi_document() -> Json:
    """The document of the events between the services."""
    events: Json = importlib.import_module("shared.events.asyncapi").document()
    return events


def merge(services: Mapping[str, Json]) -> Json:
    """Join the services' documents: tags and operation ids by service, components without clashes."""
    renamed = _rename({name: copy.deepcopy(service) for name, service in services.items()})
    merged: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "ISAF",
            "version": max((service["info"]["version"] for service in services.values()), default="0"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    for name, service in renamed.items():
        paths = {
            path: item for path, item in service["paths"].items() if path.startswith((f"/api/{name}/", "/.well-known/"))
        }
        twice = merged["paths"].keys() & paths.keys()
        if twice:
            raise ValueError(f"{name} repeats a path of another service: {', '.join(sorted(twice))}")
        merged["paths"] |= paths
        merged["tags"] += _label(name, service, paths)
        for kind, components in service.get("components", {}).items():
            merged["components"].setdefault(kind, {}).update(components)
    return merged


def _label(name: str, service: Json, paths: Json) -> list[Json]:
    """Put every operation under the tag of its service and feature; return the tags in order of appearance."""
    descriptions = {tag["name"]: tag.get("description") for tag in service.get("tags", [])}
    tags: dict[str, Json] = {}
    for item in paths.values():
        for operation in (value for value in item.values() if isinstance(value, dict)):
            _say_in_31(operation)
            features = operation.get("tags") or [""]
            operation["tags"] = [f"{name}: {feature}" if feature else name for feature in features]
            if "operationId" in operation:
                operation["operationId"] = f"{name}_{operation['operationId']}"
            for feature, tag in zip(features, operation["tags"], strict=True):
                description = descriptions.get(feature) if feature else service["info"].get("description")
                tags.setdefault(tag, {"name": tag} | ({"description": description} if description else {}))
    return list(tags.values())


def _say_in_31(operation: Json) -> None:
    """FastAPI describes the pieces of a live stream as OpenAPI 3.2 does, in a document that says it is 3.1."""
    for response in operation.get("responses", {}).values():
        for media in response.get("content", {}).values():
            if "itemSchema" in media:
                media["x-item-schema"] = media.pop("itemSchema")
                media.setdefault("schema", {"type": "string"})


def _rename(services: dict[str, Json]) -> dict[str, Json]:
    """Give names of their own to components that share a name but not their meaning."""
    clashing: set[str] = set()
    while True:
        found = {ref for ref in _shared_names(services) - clashing if _differs(ref, services, clashing)}
        if not found:
            break
        clashing |= found
    taken = {ref for service in services.values() for ref in _components(service)}
    for name, service in services.items():
        new_names = {ref: _free_name(ref, name, taken) for ref in clashing if ref in _components(service)}
        services[name] = _apply(service, new_names)
        for ref, new in new_names.items():
            _, _, kind, old = ref.split("/")
            services[name]["components"][kind][new.rpartition("/")[2]] = services[name]["components"][kind].pop(old)
    return services


def _shared_names(services: dict[str, Json]) -> set[str]:
    counted: dict[str, int] = {}
    for service in services.values():
        for ref in _components(service):
            counted[ref] = counted.get(ref, 0) + 1
    return {ref for ref, count in counted.items() if count > 1}


def _differs(ref: str, services: dict[str, Json], clashing: set[str]) -> bool:
    """Whether services mean different things by a name: in its own text, or in a clashing name it refers to."""
    versions = [components[ref] for service in services.values() if ref in (components := _components(service))]
    return any(version != versions[0] for version in versions) or bool(_references(versions[0]) & clashing)


def _components(service: Json) -> Json:
    return {
        f"#/components/{kind}/{name}": component
        for kind, components in service.get("components", {}).items()
        for name, component in components.items()
    }


def _references(node: object) -> set[str]:
    if isinstance(node, dict):
        return {value for value in node.values() if isinstance(value, str) and value.startswith("#/components/")}.union(
            *(_references(value) for value in node.values())
        )
    if isinstance(node, list):
        return set().union(*(_references(value) for value in node))
    return set()


def _free_name(ref: str, service: str, taken: set[str]) -> str:
    prefix, _, name = ref.rpartition("/")
    candidate = f"{prefix}/{service.capitalize()}{name}"
    while candidate in taken:
        candidate += "_"
    taken.add(candidate)
    return candidate


def _apply(node: Any, new_names: dict[str, str]) -> Any:
    """The same document with every reference to a renamed component following it, discriminator mappings included."""
    if isinstance(node, dict):
        return {key: _apply(value, new_names) for key, value in node.items()}
    if isinstance(node, list):
        return [_apply(value, new_names) for value in node]
    return new_names.get(node, node) if isinstance(node, str) else node
