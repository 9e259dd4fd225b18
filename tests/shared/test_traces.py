"""One trace id from the request to the last event it caused, and in every line and refusal on the way."""

import json
import logging
from typing import Any

import pytest
import structlog

from shared import logs, traces
from tests.shared.conftest import API, Toy
from tests.shared.toy import mood

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER = "0af7651916cd43dd8448eb211c80319c"


def parent(trace: str) -> str:
    return f"00-{trace}-00f067aa0ba902b7-01"


async def test_from_the_request_over_the_event_to_the_handler(toy: Toy) -> None:
    answer = await toy.write("first", traceparent=parent(TRACE))
    await toy.write("second", traceparent=parent(OTHER))
    assert answer.headers["x-trace-id"] == TRACE
    await toy.world.drain()
    assert await toy.rows("SELECT text, trace_id FROM heard ORDER BY seq") == [("first", TRACE), ("second", OTHER)]


async def test_a_refusal_names_the_trace(toy: Toy) -> None:
    answer = await toy.http.get(f"{API}/notes/nothing", headers={"traceparent": parent(TRACE)})
    assert answer.json()["trace_id"] == answer.headers["x-trace-id"] == TRACE


async def test_requests_without_a_trace_begin_one_each(toy: Toy) -> None:
    ids = {(await toy.http.get(f"{API}/notes")).headers["x-trace-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "malformed",
    ["", None, "00", parent("0" * 32), parent("g" * 32), parent(TRACE.upper()), parent(TRACE) + "-more", "ក"],
)
def test_a_trace_that_is_none_begins_a_new_one(malformed: str | None) -> None:
    begun = traces.start(malformed)
    assert traces.TRACEPARENT.match(begun)
    assert TRACE not in begun


def test_a_trace_goes_on_with_a_span_of_our_own() -> None:
    current = traces.start(parent(TRACE))
    assert current[3:35] == TRACE == traces.trace_id()
    assert current[36:52] != "00f067aa0ba902b7"
    assert traces.traceparent() == current


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_log_lines_are_json_with_service_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("toy", fmt="json", level="info")
    traces.start(parent(TRACE))
    structlog.get_logger().info("plan_opened", area="ភូមិ")
    logging.getLogger("elsewhere").warning("careful %s", "now")
    logging.getLogger("httpx").info("too much")
    structlog.get_logger().debug("unseen")

    first, second = lines(capsys)

    assert (first["event"], first["level"], first["area"]) == ("plan_opened", "info", "ភូមិ")
    assert (second["event"], second["level"]) == ("careful now", "warning")
    for line in (first, second):
        assert (line["service"], line["trace_id"]) == ("toy", TRACE)
        assert line["timestamp"].endswith("Z")


async def test_an_error_is_logged_once_with_its_stack_and_without_secrets(
    toy: Toy, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("toy", fmt="json", level="info")
    headers = {"traceparent": parent(TRACE), **toy.world.as_("caf@020103")}
    await toy.http.post(f"{API}/notes", json={"text": "crash", "title": "confidential"}, headers=headers)
    out = capsys.readouterr().out
    [line] = [json.loads(line) for line in out.splitlines()]
    assert (line["event"], line["level"], line["trace_id"]) == ("unexpected_error", "error", TRACE)
    assert line["exception"][0]["exc_type"] == "RuntimeError"
    assert "confidential" not in out
    assert headers["Authorization"] not in out


async def test_a_failing_event_is_logged_in_its_own_trace(
    toy: Toy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.subscriber.MAXIMUM_DELAY_SECONDS", 0)
    logs.configure("toy", fmt="json", level="warning")
    mood.broken = {"stumbles": 2}
    await toy.write("fine", traceparent=parent(OTHER))
    await toy.write("stumbles", traceparent=parent(TRACE))
    await toy.world.drain()
    [line] = lines(capsys)
    assert (line["event"], line["tries"], line["trace_id"]) == ("event_failed", 1, TRACE)


def test_a_console_shows_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("toy", fmt="console", level="info")
    structlog.get_logger().info("plan_opened", area="0203")
    assert "plan_opened" in capsys.readouterr().out
