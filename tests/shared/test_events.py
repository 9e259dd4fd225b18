"""Events as CloudEvents, and the streams that keep them."""

import json
from uuid import UUID, uuid4

import nats
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.events import EVENT_TYPES, decode, encode, new_identity
from shared.events.catalogue import ALL_EVENT_TYPES, PRODUCERS
from shared.events.streams import ensure_streams, stream_config, stream_name
from tests.shared.toy import NoteWritten, ShelfChanged
from tests.world import Parts

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@given(st.uuids(), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_event_reads_back_as_it_was_told(note_id: UUID, text: str) -> None:
    event = NoteWritten(note_id=note_id, text=text)
    event_id, time = new_identity()
    body = encode(event, event_id=event_id, time=time, traceparent=TRACE)
    envelope = decode(body)
    assert (envelope.event, envelope.id, envelope.time) == (event, event_id, time)
    assert (envelope.type, envelope.traceparent, envelope.body) == (NoteWritten.TYPE, TRACE, body)


@given(st.one_of(st.binary(max_size=200), st.recursive(st.none() | st.booleans() | st.text(max_size=5), st.lists).map(
    lambda value: json.dumps(value).encode()
)))  # fmt: skip
def test_what_is_no_event_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"event|JSON|valid"):
        decode(body)


@pytest.mark.parametrize("missing", ["type", "id", "time", "data"])
def test_an_event_without_its_parts(missing: str) -> None:
    event_id, time = new_identity()
    document = json.loads(encode(NoteWritten(note_id=uuid4(), text=""), event_id=event_id, time=time, traceparent=""))
    del document[missing]
    with pytest.raises(ValueError, match="not a known event"):
        decode(json.dumps(document).encode())


def test_types_subjects_and_producers() -> None:
    shelf = ShelfChanged(id=uuid4(), name="a", version=1)
    assert shelf.subject == f"isaf.toy.shelf.changed.v1.{shelf.id}"
    assert ShelfChanged.producer() == "toy"
    assert (ShelfChanged.IS_STATE, NoteWritten.IS_STATE) == (True, False)
    assert EVENT_TYPES["isaf.toy.shelf.changed.v1"] is ShelfChanged
    with pytest.raises(ValidationError):
        shelf.name = "b"  # type: ignore[misc]


def test_the_catalogue_names_every_event_of_the_services_and_no_other() -> None:
    assert ShelfChanged not in ALL_EVENT_TYPES
    assert {event.producer() for event in ALL_EVENT_TYPES} == set(PRODUCERS)
    for event in ALL_EVENT_TYPES:
        assert event.KEY in event.model_fields
        assert event.TYPE.startswith(f"isaf.{event.producer()}.")
        assert event.TYPE.endswith(".v1")
        assert event.__doc__


async def test_making_the_streams_again_changes_nothing(parts: Parts) -> None:
    for _ in range(2):
        await ensure_streams(parts.nats.url, "admin", parts.passwords["admin"])
    admin = await nats.connect(parts.nats.url, user="admin", password=parts.passwords["admin"])
    for service in PRODUCERS:
        config = (await admin.jetstream().stream_info(stream_name(service))).config
        wanted = stream_config(service)
        assert config.subjects == [f"isaf.{service}.>"]
        assert (config.max_msgs_per_subject, config.max_age) == (wanted.max_msgs_per_subject, wanted.max_age)
        assert config.duplicate_window == 120
    registry = (await admin.jetstream().stream_info("REGISTRY")).config
    assert (registry.max_msgs_per_subject, registry.max_age) == (1, 0)
    await admin.close()
