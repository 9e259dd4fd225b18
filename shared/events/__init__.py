"""The events that services tell each other, as CloudEvents 1.0 over NATS.

Each class is one type of event; its subject is `isaf.<service>.<entity>.<past-tense verb>.v<n>`, followed by the
event's key. A field is never removed or changed in type: a new version gets a new class (golden files in
tests/contracts).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, TypeAdapter

EVENT_TYPES: dict[str, type["Event"]] = {}
"""Every event class that has been imported, by its type."""


class Event(BaseModel):
    """The base of all events: `class RoundOpened(Event, type="isaf.scorecard.round.opened.v1", key="round_id")`.

    `key` names the field that ends the subject. A `state` event carries its entity's whole current state, and only the
    last one per key is kept by the stream; other events are kept for a time. An `internal` event is for the services
    alone: nobody can subscribe to it, and it reaches no inbox and no webhook.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    KEY: ClassVar[str]
    IS_STATE: ClassVar[bool]
    IS_INTERNAL: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        type: str = "",  # noqa: A002 - the field's word
        key: str = "",
        state: bool = False,
        internal: bool = False,
    ) -> None:
        """Register the class under its type; one without is a base of others."""
        super().__init_subclass__()
        if not type:
            return
        cls.TYPE, cls.KEY, cls.IS_STATE, cls.IS_INTERNAL = type, key, state, internal
        EVENT_TYPES[type] = cls

    @property
    def subject(self) -> str:
        """Where the event is published."""
        return f"{self.TYPE}.{getattr(self, self.KEY)}"

    @classmethod
    def producer(cls) -> str:
        """The service that publishes it."""
        return cls.TYPE.split(".")[1]


class KeyUsed(Event):
    """What each service tells alike of a system's API key: the registry shows its last day of use."""

    key_id: UUID
    used_on: date


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as it travelled: its identity, time and trace beside its content."""

    id: UUID
    type: str
    time: datetime
    traceparent: str | None
    event: Event
    body: bytes
    """The CloudEvent as it was published, byte for byte."""


_documents: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def encode(event: Event, *, event_id: UUID, time: datetime, traceparent: str) -> bytes:
    """The event as a structured-mode CloudEvent."""
    return _documents.dump_json(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/services/{event.producer()}",
            "type": event.TYPE,
            "subject": str(getattr(event, event.KEY)),
            "time": time,
            "datacontenttype": "application/json",
            "traceparent": traceparent,
            "data": event.model_dump(mode="json"),
        }
    )


def decode(body: bytes, types: Mapping[str, type[Event]] = EVENT_TYPES) -> Envelope:
    """Read a CloudEvent. Raises ValueError (pydantic's or KeyError's) when it is not one of ours."""
    document = _documents.validate_json(body)
    try:
        event_class = types[document["type"]]
        return Envelope(
            id=UUID(document["id"]),
            type=document["type"],
            time=datetime.fromisoformat(document["time"]),
            traceparent=document.get("traceparent"),
            event=event_class.model_validate(document["data"]),
            body=body,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a known event: {error!r}") from error


def new_identity() -> tuple[UUID, datetime]:
    """An id and time for an event that happens now."""
    return uuid4(), datetime.now(UTC)
