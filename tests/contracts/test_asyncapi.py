"""The AsyncAPI document holds together, and describes the documents that really travel."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from shared.events import Event
from shared.events.asyncapi import document
from shared.events.catalogue import ALL_EVENT_TYPES
from tests.contracts.golden import Json, stored

DOCUMENT = document()
ROOT_FIELDS = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}
CHANNEL_FIELDS = {"address", "messages", "title", "summary", "description", "servers", "parameters", "tags"}
OPERATION_FIELDS = {"action", "channel", "title", "summary", "description", "security", "tags", "messages", "reply"}
MESSAGE_FIELDS = {"headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description"}
MESSAGE_FIELDS |= {"tags", "examples", "traits", "bindings", "externalDocs"}


def references(node: Any) -> Iterator[str]:
    """Every $ref in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def resolve(reference: str) -> Json:
    """What a reference points at. Raises KeyError when it points at nothing."""
    assert reference.startswith("#/")
    node: Any = DOCUMENT
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    assert isinstance(node, dict)
    return node


def test_the_document_has_the_parts_of_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT) <= ROOT_FIELDS
    assert {"title", "version"} <= set(DOCUMENT["info"])
    for channel in DOCUMENT["channels"].values():
        assert set(channel) <= CHANNEL_FIELDS
        assert channel["messages"]
        for name in channel["parameters"]:
            assert f"{{{name}}}" in channel["address"]
    for operation in DOCUMENT["operations"].values():
        assert set(operation) <= OPERATION_FIELDS
        assert operation["action"] in ("send", "receive")
    for message in DOCUMENT["components"]["messages"].values():
        assert set(message) <= MESSAGE_FIELDS


def test_every_reference_resolves() -> None:
    found = list(references(DOCUMENT))
    assert len(found) >= 3 * len(ALL_EVENT_TYPES)
    for reference in found:
        assert resolve(reference)


@pytest.mark.parametrize("event", ALL_EVENT_TYPES, ids=lambda event: event.TYPE)
def test_every_event_has_its_channel_and_operation(event: type[Event]) -> None:
    channels = {name: item for name, item in DOCUMENT["channels"].items() if item["title"] == event.TYPE}
    ((name, channel),) = channels.items()
    assert channel["address"] == f"{event.TYPE}.{{{event.KEY}}}"
    (message,) = (resolve(reference["$ref"]) for reference in channel["messages"].values())
    assert message["name"] == event.TYPE
    assert message["summary"]
    operations = [item for item in DOCUMENT["operations"].values() if resolve(item["channel"]["$ref"]) is channel]
    assert [operation["action"] for operation in operations] == ["send"]
    Draft202012Validator.check_schema(message["payload"])
    validator = Draft202012Validator({**DOCUMENT, "$ref": f"#/components/messages/{name}/payload"})
    example = stored(event)["example"]
    assert list(validator.iter_errors(example)) == []
    for broken in ({**example, "type": "isaf.other"}, {**example, "data": {}}, {"data": example["data"]}):
        assert not validator.is_valid(broken)
