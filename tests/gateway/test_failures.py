"""A service that is away, slow or broken: the gateway says so itself, and never sends a change twice."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.gateway.openapi import SERVICES
from tests.conftest import free_port
from tests.gateway.running import RunningGateway, Upstream, gateway, is_problem, until


class Counting(socketserver.BaseRequestHandler):
    """Reads a request, counts it, and closes without a word; well as far as /livez goes."""

    arrived: list[bytes]

    def handle(self) -> None:
        """Take one request."""
        while data := self.request.recv(65536):
            if data.startswith(b"GET /livez"):
                self.request.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                continue
            self.arrived.append(data.split(b"\r\n", 1)[0])
            return


@pytest.fixture
def breaking(tmp_path: Path) -> Iterator[tuple[RunningGateway, list[bytes]]]:
    """A gateway whose budget service breaks off every answer; the other four are not there at all."""
    arrived: list[bytes] = []
    handler = type("Handler", (Counting,), {"arrived": arrived})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        ports = {name: free_port() for name in SERVICES} | {"budget": server.server_address[1]}
        with gateway(tmp_path, ports) as running:
            yield running, arrived
        server.shutdown()


def test_a_request_that_a_service_took_is_never_sent_again(breaking: tuple[RunningGateway, list[bytes]]) -> None:
    running, arrived = breaking
    path = "/api/budget/v1/allocations"
    with running.client() as client:
        answer = client.post(path, json={})
        until(lambda: bool(client.post(path, json={}) and arrived), "the first health check has passed")
        arrived.clear()
        answer = client.post(
            path, json={"amount": 12}, headers={"x-envoy-retry-on": "5xx,reset", "x-envoy-max-retries": "3"}
        )
        is_problem(answer, 503, "service_unavailable")
        assert arrived == [b"POST /api/budget/v1/allocations HTTP/1.1"]
        arrived.clear()
        is_problem(client.get(path), 503, "service_unavailable")
        assert len(arrived) == 1


def test_a_stopped_service_is_said_to_be_away_and_is_back_when_it_is_back(tmp_path: Path) -> None:
    jaap = Upstream("jaap")
    jaap.start()
    with (
        gateway(tmp_path, {name: free_port() for name in SERVICES} | {"jaap": jaap.port}) as running,
        running.client() as client,
    ):
        until(lambda: client.get("/api/jaap/v1/plans").is_success, "jaap is found")
        jaap.stop()
        for _ in range(3):
            answer = client.get("/api/jaap/v1/plans")
            is_problem(answer, 503, "service_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        is_problem(client.get("/health/jaap"), 503, "service_unavailable")
        page = client.get("/i4c/HC-020201-1?lang=en")
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert (page.headers["retry-after"], "សូមរង់ចាំ" in page.text, "Wait a minute" in page.text) == ("60", True, True)
        is_problem(client.get("/api/registry/v1/areas?q=/i4c/"), 503, "service_unavailable")
        again = Upstream("jaap", port=jaap.port)
        again.start()
        until(lambda: client.get("/api/jaap/v1/plans").is_success, "jaap is back")
        again.stop()


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("km", "km"),
        ("km-KH,km;q=0.9,en;q=0.8", "km"),
        ("fr,km;q=0.5", "km"),
        ("en,km;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_errors_are_in_the_readers_language(client: httpx.Client, accept_language: str, language: str) -> None:
    answer = client.get("/nowhere", headers={"accept-language": accept_language})
    body = is_problem(answer, 404, "not_found")
    assert answer.headers["content-language"] == language
    assert body["title"] == {"km": "រកមិនឃើញ", "en": "Not found"}[language]


def test_an_error_of_a_service_is_left_as_the_service_said_it(
    client: httpx.Client, services: dict[str, Upstream]
) -> None:
    answer = client.patch("/api/registry/v1/units/HC-1")
    assert answer.status_code == 405
    assert answer.json() == {"detail": "Method Not Allowed"}
