"""How answers travel: packed, in pieces, to other origins; and what of them is written down."""

import json

import httpx
import pytest

from tests.gateway.running import LONG, RunningGateway, Upstream


@pytest.mark.parametrize(
    ("accepted", "used"), [("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br", "br"), ("identity", None)]
)
def test_lists_are_packed_for_who_takes_it(client: httpx.Client, accepted: str, used: str | None) -> None:
    with client.stream("GET", "/api/registry/v1/long", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == used
    assert len(raw) < 2000 if used else len(raw) > 10_000
    if used != "br":
        unpacked = client.get("/api/registry/v1/long", headers={"accept-encoding": accepted})
        assert unpacked.json() == LONG


def test_an_etag_is_never_changed_by_packing(client: httpx.Client) -> None:
    """If-Match needs the very tag that the service gave."""
    answer = client.get("/api/registry/v1/tagged", headers={"accept-encoding": "gzip, br"})
    assert answer.headers["etag"] == '"7"'
    assert answer.json() == LONG


def test_a_live_stream_passes_as_it_comes(running: RunningGateway, services: dict[str, Upstream]) -> None:
    """The first message is read while the service still holds the second one back."""
    tick = services["notify"].tick
    tick.clear()
    with (
        running.client() as client,
        client.stream("GET", "/api/notify/v1/stream", headers={"accept-encoding": "gzip, br"}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        pieces = answer.iter_raw()
        assert next(pieces) == b"event: message\ndata: first\n\n"
        tick.set()
        assert next(pieces) == b"event: message\ndata: second\n\n"


@pytest.mark.parametrize("origin", ["https://dashboard.example", "http://localhost:5173"])
def test_known_pages_may_call_from_elsewhere(client: httpx.Client, origin: str) -> None:
    asked = {"origin": origin, "access-control-request-method": "PATCH", "access-control-request-headers": "if-match"}
    answer = client.options("/api/registry/v1/units/HC-1", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "if-match" in answer.headers["access-control-allow-headers"]
    fine = client.get("/api/registry/v1/units/HC-1", headers={"origin": origin})
    refused = client.post("/api/registry/v1/units", content=b"x" * 1024 * 1025, headers={"origin": origin})
    assert (fine.status_code, refused.status_code) == (200, 413)
    for answer in (fine, refused):
        assert answer.headers["access-control-allow-origin"] == origin
        assert "etag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://dashboard.example.evil.example", "http://dashboard.example", "null"])
def test_unknown_pages_may_not(client: httpx.Client, origin: str) -> None:
    answer = client.get("/api/registry/v1/units", headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_one_json_line_per_request_without_its_secrets(running: RunningGateway, client: httpx.Client) -> None:
    answer = client.post(
        "/api/jaap/v1/plans?token=query-secret",
        json={"password": "body-secret"},
        headers={
            "authorization": "Bearer header-secret",
            "cookie": "cookie-secret",
            "accept-encoding": "identity",
            "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        },
    )
    line = running.logged(answer.headers["x-request-id"])
    assert line["method"] == "POST"
    assert line["path"] == "/api/jaap/v1/plans"
    assert line["status"] == 200
    assert line["service"] == "jaap"
    assert line["upstream"].startswith("127.0.0.1:")
    assert line["trace_id"] == "a" * 32
    assert line["bytes_in"] == len(answer.request.content)
    assert line["bytes_out"] == len(answer.content)
    assert line["duration_ms"] >= line["upstream_ms"] >= 0
    assert "secret" not in running.log.read_text()


def test_everything_in_the_log_is_json(running: RunningGateway, client: httpx.Client) -> None:
    running.logged(client.get('/nowhere?"x"=1\\').headers["x-request-id"])
    for line in running.log.read_text().splitlines():
        assert json.loads(line)["event"]
