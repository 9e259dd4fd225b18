"""The AsyncAPI 3.0 document of all events, made from the event classes."""

from typing import Any

from shared.events import Event
from shared.events.catalogue import ALL_EVENT_TYPES
from shared.events.streams import stream_name

ENVELOPE = {
    "specversion": {"const": "1.0"},
    "id": {
        "type": "string",
        "format": "uuid",
        "description": "The same event always has the same id; drop repeats by it.",
    },
    "source": {"type": "string", "examples": ["/services/scorecard"]},
    "subject": {"type": "string", "description": "The key of the entity the event is about."},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
    "traceparent": {"type": "string", "description": "W3C trace context of the request that caused the event."},
}


def document() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel, a message and a schema per event type."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ISAF events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in structured mode. Inside the platform they travel over NATS JetStream; "
            "partners receive the same documents as signed webhooks.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {_name(event): _channel(event) for event in ALL_EVENT_TYPES},
        "operations": {
            f"publish{_name(event)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_name(event)}"},
                "summary": _summary(event),
            }
            for event in ALL_EVENT_TYPES
        },
        "components": {
            "messages": {_name(event): _message(event) for event in ALL_EVENT_TYPES},
            "schemas": {_name(event): _schema(event) for event in ALL_EVENT_TYPES},
        },
    }


def _name(event: type[Event]) -> str:
    return event.__name__


def _summary(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": f"{event.TYPE}.{{{event.KEY}}}",
        "title": event.TYPE,
        "description": f"In stream {stream_name(event.producer())}"
        + (", which keeps the last message per key." if event.IS_STATE else ".")
        + (" Internal: between the services alone, never sent to partners." if event.IS_INTERNAL else ""),
        "parameters": {event.KEY: {"description": "The event's key."}},
        "messages": {_name(event): {"$ref": f"#/components/messages/{_name(event)}"}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.TYPE,
        "title": _name(event),
        "summary": _summary(event),
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "time", "data"],
            "properties": {
                **ENVELOPE,
                "type": {"const": event.TYPE},
                "data": {"$ref": f"#/components/schemas/{_name(event)}"},
            },
        },
    }


def _schema(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(ref_template=f"#/components/schemas/{_name(event)}/$defs/{{model}}")
    return {"x-producer": event.producer(), "x-state": event.IS_STATE, "x-internal": event.IS_INTERNAL, **schema}
