"""The page that shows people which events there are, made from the AsyncAPI document."""

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

PAGE = Template((Path(__file__).parent / "www" / "events.html").read_text())
SAMPLES = {
    "uuid": "0199f3a2-6b1e-7c44-9d0e-3f5a8c21b7d4",
    "date-time": "2026-03-14T02:30:00Z",
    "date": "2026-03-14",
    "uri": "https://example.org/",
}
NAMED_SAMPLES = {
    "year": 2026,
    "area_code": "020103",
    "code": "020103",
    "parent_code": "0201",
    "level": "commune",
    "unit_code": "HC-020103-1",
    "unit_kind": "health_centre",
    "kind": "health_centre",
    "amount": 12000000,
    "title_km": "ជួសជុលអណ្តូងទឹក",
    "title_en": "Repair the well",
    "name_km": "មណ្ឌលសុខភាព",
    "name_en": "Health centre",
    "label_km": "ពេលវេលារង់ចាំ",
    "label_en": "Waiting time",
}
"""Values that make an example readable; everything else gets a plain value of its type."""

KEPT = "The last one per key is kept: read them all to have the present state."

Json = Mapping[str, Any]


def page(asyncapi: Json) -> str:
    """The event list as HTML: per event who emits it, what it says, its fields and an example."""
    messages = asyncapi.get("components", {}).get("messages", {})
    schemas = asyncapi.get("components", {}).get("schemas", {})
    entries = [_Entry(message, schemas[name]) for name, message in messages.items()]
    index = "".join(
        f'<li><a href="#{entry.type}">{entry.type}</a><span>{_prose(entry.summary)}</span></li>' for entry in entries
    )
    return PAGE.substitute(count=len(entries), index=index, events="".join(entry.html() for entry in entries))


def _prose(text: str) -> str:
    """A docstring's text as HTML: `names` in code type."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


class _Entry:
    def __init__(self, message: Json, schema: Json) -> None:
        self.schema = schema
        self.type = escape(message["name"])
        self.summary = message.get("summary", "")
        self.producer = schema.get("x-producer") or self.type.split(".")[1]
        self.is_state = bool(schema.get("x-state"))

    def html(self) -> str:
        required = set(self.schema.get("required", ()))
        rows = "".join(
            f"<tr><th scope=row><code>{escape(field)}</code></th><td>{escape(self._kind(kind))}"
            f"{'' if field in required else ' <i>optional</i>'}"
            f"<div class=note>{_prose(kind.get('description', ''))}</div></td></tr>"
            for field, kind in self.schema.get("properties", {}).items()
        )
        example = json.dumps(self._example(), ensure_ascii=False, indent=2)
        text = f"{self.summary} {KEPT if self.is_state else ''}"
        return (
            f'<article id="{self.type}"><h2><a href="#{self.type}">{self.type}</a></h2>'
            f'<p class="who">from <b>{escape(self.producer)}</b></p><p>{_prose(text)}</p>'
            "<div class=scroll><table><thead><tr><th>Field</th><th>Type</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
            f"<details><summary>Example</summary><pre>{escape(example)}</pre></details></article>"
        )

    def _resolve(self, kind: Json) -> Json:
        while "$ref" in kind:
            kind = self.schema.get("$defs", {}).get(kind["$ref"].rpartition("/")[2], {})
        return kind

    def _kind(self, kind: Json) -> str:
        kind = self._resolve(kind)
        if "anyOf" in kind:
            return " or ".join(self._kind(option) for option in kind["anyOf"])
        if "enum" in kind:
            return ", ".join(str(value) for value in kind["enum"])
        if "const" in kind:
            return str(kind["const"])
        if kind.get("type") == "array":
            return f"list of {self._kind(kind.get('items', {}))}"
        if kind.get("type") == "object" and kind.get("properties"):
            return f"object ({', '.join(kind['properties'])})"
        return str(kind.get("format") or kind.get("type", "any"))

    def _example(self) -> Json:
        data = {field: self._sample(field, kind) for field, kind in self.schema.get("properties", {}).items()}
        return {
            "specversion": "1.0",
            "id": "0199f3a2-7c10-7d2b-8b1f-52c7e9a40c11",
            "source": f"/services/{self.producer}",
            "type": self.type,
            "time": SAMPLES["date-time"],
            "datacontenttype": "application/json",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "data": data,
        }

    def _sample(self, field: str, kind: Json) -> object:
        kind = self._resolve(kind)
        options = [option for option in kind.get("anyOf", ()) if option.get("type") != "null"]
        if options:
            return self._sample(field, options[0])
        if kind.get("examples"):
            return kind["examples"][0]
        if "enum" in kind or "const" in kind:
            return kind["const"] if "const" in kind else kind["enum"][0]
        if kind.get("type") == "array":
            return [self._sample(field.removesuffix("s"), kind.get("items", {}))]
        if kind.get("type") == "object":
            return {name: self._sample(name, part) for name, part in kind.get("properties", {}).items()}
        if field in NAMED_SAMPLES:
            return NAMED_SAMPLES[field]
        plain: dict[str, object] = {"integer": 1, "number": 3.5, "boolean": True, "null": None}
        return SAMPLES.get(kind.get("format", "")) or plain.get(kind.get("type", ""), "…")
