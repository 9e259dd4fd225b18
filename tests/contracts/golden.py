"""What the golden files hold: each event's fields as a consumer sees them, and a document as it travels.

A golden file is written by `python -m tests.contracts.regenerate` and read in review. Between two states of a file only
new optional fields are harmless: all that consumers were promised stays.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.events import Event, encode
from shared.events.streams import stream_name

DIRECTORY = Path(__file__).parent / "events"
EVENT_ID = UUID("0199f3a2-7c10-7d2b-8b1f-52c7e9a40c11")
TIME = datetime(2026, 3, 14, 2, 30, tzinfo=UTC)
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EXAMPLES: dict[str, Any] = {
    "year": 2026,
    "amount": 12_000_000,
    "cost": 12_000_000,
    "area_code": "020103",
    "code": "020103",
    "parent_code": "0201",
    "level": "commune",
    "kind": "health_centre",
    "unit_kind": "health_centre",
    "unit_code": "HC-020103-1",
    "unit_name_km": "មណ្ឌលសុខភាពអូរតាគី",
    "unit_name_en": "Ou Ta Ki health centre",
    "title_km": "ជួសជុលអណ្ដូងទឹក",
    "title_en": "Repair the well",
    "name_km": "អូរតាគី",
    "name_en": "Ou Ta Ki",
    "label_km": "ពេលវេលារង់ចាំ",
    "label_en": "Waiting time",
    "fund_source": "commune_fund",
    "reason": "the action was dropped",
    "drop_reason": None,
    "previous_status": "proposed",
    "status": None,
    "indicators[].code": "waiting_time",
    "old_code": "020103",
    "new_code": "020109",
    "catchment[]": "020104",
    "aliases[]": "HC-020103-2",
    "merged_into": None,
    "keys[].sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "keys[].grants[]": "partner@02",
    "weakest[]": "waiting_time",
    "area_codes[]": "0201",
}
"""Values that make a document readable; null means the first the schema allows."""

Json = dict[str, Any]


def path_of(event: type[Event]) -> Path:
    """Where an event's golden file lies."""
    return DIRECTORY / f"{event.TYPE}.json"


def stored(event: type[Event]) -> Json:
    """The golden file of an event."""
    document: Json = json.loads(path_of(event).read_text(encoding="utf-8"))
    return document


def current(event: type[Event]) -> Json:
    """What the golden file would say of the event's class as it is now."""
    schema = event.model_json_schema()
    example = event.model_validate(_example(schema, schema, ""))
    body = encode(example, event_id=EVENT_ID, time=TIME, traceparent=TRACEPARENT)
    return {
        "type": event.TYPE,
        "subject": f"{event.TYPE}.<{event.KEY}>",
        "stream": stream_name(event.producer()),
        "state": event.IS_STATE,
        "fields": dict(_fields(schema, schema, "")),
        "example": json.loads(body),
    }


def breaches(before: Json, now: Json) -> list[str]:
    """What a consumer of `before` would stumble over in `now`; nothing when there are only new optional fields."""
    found = [
        f"{part}: {before[part]} has become {now[part]}"
        for part in ("type", "subject", "stream", "state")
        if before[part] != now[part]
    ]
    for name, field in before["fields"].items():
        if name not in now["fields"]:
            found.append(f"{name} has disappeared")
        elif field != now["fields"][name]:
            found.append(f"{name}: {_words(field)} has become {_words(now['fields'][name])}")
    found += [
        f"{name} is new and required"
        for name, field in now["fields"].items()
        if name not in before["fields"] and field["required"] and _parent_known(name, before)
    ]
    return found


def _words(field: Mapping[str, Any]) -> str:
    return f"{'required' if field['required'] else 'optional'} {field['type']}"


def _parent_known(name: str, before: Json) -> bool:
    """Whether consumers already read what the field is part of; the parts of a new optional field break nobody."""
    parent = name.rpartition(".")[0].removesuffix("[]")
    return not parent or parent in before["fields"]


def _fields(schema: Json, root: Json, prefix: str) -> Iterator[tuple[str, Json]]:
    required = schema.get("required", ())
    for name, kind in schema.get("properties", {}).items():
        yield f"{prefix}{name}", {"type": _type(kind, root), "required": name in required}
        for part, inside in _objects_in(kind, root):
            yield from _fields(inside, root, f"{prefix}{name}{part}.")


def _resolved(kind: Json, root: Json) -> Json:
    reference = kind.get("$ref")
    return root["$defs"][reference.rpartition("/")[2]] if reference else kind


def _objects_in(kind: Json, root: Json) -> Iterator[tuple[str, Json]]:
    kind = _resolved(kind, root)
    if kind.get("type") == "object":
        yield "", kind
    if kind.get("type") == "array":
        yield from ((f"[]{part}", inside) for part, inside in _objects_in(kind["items"], root))
    for option in kind.get("anyOf", ()):
        yield from _objects_in(option, root)


def _type(kind: Json, root: Json) -> str:
    kind = _resolved(kind, root)
    if "anyOf" in kind:
        return " or ".join(_type(option, root) for option in kind["anyOf"])
    if "enum" in kind:
        return "one of " + ", ".join(map(str, kind["enum"]))
    if "const" in kind:
        return f"one of {kind['const']}"
    if kind.get("type") == "array":
        return f"list of {_type(kind['items'], root)}"
    return " ".join(part for part in (kind.get("format"), kind.get("type", "anything")) if part)


def _example(kind: Json, root: Json, path: str) -> Any:
    kind = _resolved(kind, root)
    if kind.get("type") == "object":
        return {
            name: _example(part, root, f"{path}.{name}".lstrip("."))
            for name, part in kind.get("properties", {}).items()
        }
    if kind.get("type") == "array":
        return [_example(kind["items"], root, f"{path}[]")]
    known = EXAMPLES.get(path, EXAMPLES.get(path.rpartition(".")[2]))
    if known is not None and known in kind.get("enum", [known]):
        return known
    if "anyOf" in kind:
        nullable = path.rpartition(".")[2] in EXAMPLES and {"type": "null"} in kind["anyOf"]
        return None if nullable else _example(kind["anyOf"][0], root, path)
    if "enum" in kind or "const" in kind:
        return kind.get("const", kind.get("enum", [None])[0])
    if kind.get("format") == "date-time":
        return TIME.isoformat()
    if kind.get("format") == "date":
        return TIME.date().isoformat()
    if kind.get("format") == "uuid":
        return str(UUID(int=EVENT_ID.int + sum(path.encode())))
    return {"integer": 3, "number": 2.5, "boolean": False}.get(kind.get("type", ""), "text")
