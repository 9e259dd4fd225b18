"""Events keep what they promised: the golden files hold every field that a consumer may rely on."""

import copy
import json
import re
from datetime import datetime

import pytest

from shared.events import EVENT_TYPES, Event, decode
from shared.events.catalogue import ALL_EVENT_TYPES, PRODUCERS
from tests.contracts.golden import DIRECTORY, Json, breaches, current, path_of, stored

HOW = "run 'python -m tests.contracts.regenerate' and commit what it writes"
every_event = pytest.mark.parametrize("event", ALL_EVENT_TYPES, ids=lambda event: event.TYPE)


@every_event
def test_the_event_keeps_its_promise(event: type[Event]) -> None:
    assert path_of(event).exists(), f"{event.TYPE} has no golden file: {HOW}"
    before, now = stored(event), current(event)
    assert breaches(before, now) == [], "this would break consumers: make a new version of the event instead"
    assert now == before, f"the event has changed in a way that breaks nobody: {HOW}"


@every_event
def test_what_was_published_can_be_read(event: type[Event]) -> None:
    golden = stored(event)
    envelope = decode(json.dumps(golden["example"]).encode())
    assert type(envelope.event) is event
    assert envelope.event.model_dump(mode="json") == golden["example"]["data"]
    assert envelope.event.subject == f"{event.TYPE}.{golden['example']['subject']}"


@every_event
def test_a_newer_producer_may_say_more_and_an_older_one_less(event: type[Event]) -> None:
    golden = stored(event)
    document = copy.deepcopy(golden["example"])
    document["data"]["told_from_next_year_on"] = 1
    optional = [name for name, field in golden["fields"].items() if not field["required"] and "." not in name]
    for name in optional:
        del document["data"][name]
    assert type(decode(json.dumps(document).encode()).event) is event


@every_event
def test_the_document_is_a_cloudevent(event: type[Event]) -> None:
    document = stored(event)["example"]
    assert document["specversion"] == "1.0"
    assert document["type"] == event.TYPE
    assert document["source"] == f"/services/{event.producer()}"
    assert all(document[name] for name in ("id", "subject", "time", "datacontenttype"))
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in document)
    assert datetime.fromisoformat(document["time"]).tzinfo is not None


@every_event
def test_the_name_says_what_happened_and_where(event: type[Event]) -> None:
    assert re.fullmatch(r"isaf\.[a-z]+\.[a-z_]+\.[a-z]+\.v[0-9]+", event.TYPE)
    assert event.producer() in PRODUCERS
    assert event.__doc__
    assert event.KEY in event.model_fields


def test_no_promise_is_forgotten() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.json")} <= set(EVENT_TYPES)


FIELD: Json = {"type": "integer", "required": True}
BEFORE: Json = {"type": "t", "subject": "t.<id>", "stream": "T", "state": False, "fields": {"a": FIELD, "b": FIELD}}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"a": FIELD, "b": FIELD}, []),
        ({"a": FIELD, "b": FIELD, "c": {"type": "string", "required": False}}, []),
        ({"a": FIELD, "b": FIELD, "c": {"type": "x", "required": False}, "c.d": {"type": "x", "required": True}}, []),
        ({"a": FIELD}, ["b has disappeared"]),
        ({"a": FIELD, "b": FIELD | {"type": "string"}}, ["b: required integer has become required string"]),
        ({"a": FIELD, "b": FIELD | {"required": False}}, ["b: required integer has become optional integer"]),
        ({"a": FIELD, "b": FIELD, "c": FIELD}, ["c is new and required"]),
    ],
)
def test_what_breaks_a_consumer(fields: Json, found: list[str]) -> None:
    assert breaches(BEFORE, BEFORE | {"fields": fields}) == found


def test_another_subject_or_stream_breaks_a_consumer() -> None:
    assert breaches(BEFORE, BEFORE | {"subject": "t.<code>", "state": True}) == [
        "subject: t.<id> has become t.<code>",
        "state: False has become True",
    ]
