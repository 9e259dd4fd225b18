"""The pages and documents that the gateway answers by itself: written next to envoy.yaml, one set of routes each."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from deploy.gateway import events

WWW = Path(__file__).parent / "www"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
PAGES = {
    "/": ("start.html", HTML),
    "/start.js": ("start.js", SCRIPT),
    "/style.css": ("style.css", STYLE),
    "/favicon.svg": ("favicon.svg", "image/svg+xml"),
    "/docs": ("docs.html", HTML),
    "/docs.js": ("docs.js", SCRIPT),
    "/docs.css": ("docs.css", STYLE),
    "/ballot": ("ballot.html", HTML),
    "/ballot.js": ("ballot.js", SCRIPT),
    "/ballot.css": ("ballot.css", STYLE),
}
POLICIES = {
    "/ballot": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
"""A citizen's ballot is given to nobody but us; the questions read aloud may be kept elsewhere."""
SWAGGER_UI = {"/swagger-ui.js": ("swagger-ui-bundle.js", SCRIPT), "/swagger-ui.css": ("swagger-ui.css", STYLE)}
"""Swagger UI (Apache-2.0) as the package fastapi-offline carries it: nothing comes from elsewhere."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something to be read at one address."""

    path: str
    content_type: str
    content: bytes


def collect(openapi: Mapping[str, object], asyncapi: Mapping[str, object]) -> list[Document]:
    """All that the gateway serves by itself."""
    swagger_ui = resources.files("fastapi_offline") / "static"
    return [
        *(Document(path, kind, (WWW / name).read_bytes()) for path, (name, kind) in PAGES.items()),
        *(Document(path, kind, (swagger_ui / name).read_bytes()) for path, (name, kind) in SWAGGER_UI.items()),
        Document("/openapi.json", JSON, _json(openapi)),
        Document("/asyncapi.json", JSON, _json(asyncapi)),
        Document("/events", HTML, events.page(asyncapi).encode()),
    ]


def write(documents: list[Document], directory: Path) -> list[dict[str, object]]:
    """Store the documents and return Envoy's routes to them.

    Each has three: 304 for who has this version, the packed body for who takes gzip, the plain body. Packed
    beforehand because Envoy keeps an answer with an ETag uncompressed, and because it costs nothing per request.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return [route for document in documents for route in _routes(document, directory)]


def _routes(document: Document, directory: Path) -> list[dict[str, object]]:
    etag = f'W/"{hashlib.sha256(document.content).hexdigest()[:16]}"'
    name = document.path.strip("/") or "start"
    plain, packed = directory / name, directory / f"{name}.gz"
    plain.write_bytes(document.content)
    packed.write_bytes(gzip.compress(document.content, compresslevel=6, mtime=0))
    headers = {
        "content-type": document.content_type,
        "etag": etag,
        "cache-control": "no-cache",
        "vary": "Accept-Encoding",
    }
    if document.path in POLICIES:
        headers["content-security-policy"] = POLICIES[document.path]
    known = _header("if-none-match", {"contains": etag.removeprefix("W/")})
    takes_gzip = _header("accept-encoding", {"contains": "gzip"})
    return [
        _route(document.path, [known], headers, 304, None),
        _route(document.path, [takes_gzip], headers | {"content-encoding": "gzip"}, 200, packed),
        _route(document.path, [], headers, 200, plain),
    ]


def _route(
    path: str, matches: list[object], headers: dict[str, str], status: int, body: Path | None
) -> dict[str, object]:
    reads = _header(":method", {"safe_regex": {"regex": "GET|HEAD"}})
    response: dict[str, object] = {"status": status}
    if body is not None:
        response["body"] = {"filename": str(body.resolve())}
    return {
        "match": {"path": path, "headers": [reads, *matches]},
        "direct_response": response,
        "response_headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in headers.items()
        ],
    }


def _header(name: str, string_match: dict[str, object]) -> dict[str, object]:
    return {"name": name, "string_match": string_match}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
