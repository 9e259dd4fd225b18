"""How much and how slowly one may send."""

import select
import socket
import time

import httpx

from tests.gateway.running import RunningGateway, Upstream, is_problem

MIB = 1024 * 1024


def test_a_body_over_the_limit_is_refused_and_reaches_no_service(
    client: httpx.Client, services: dict[str, Upstream]
) -> None:
    path = "/api/jaap/v1/large"
    assert client.post(path, content=b"x" * (MIB - 1024)).json()["bytes"] == MIB - 1024
    assert len(services["jaap"].seen(path)) == 1
    is_problem(client.post(path, content=b"x" * (MIB + 1)), 413, "body_too_large")
    is_problem(client.post(path, content=iter([b"x" * MIB, b"x" * MIB])), 413, "body_too_large")
    assert len(services["jaap"].seen(path)) == 1


def test_a_batch_of_ballots_may_be_four_times_as_large(client: httpx.Client) -> None:
    batch = "/api/scorecard/v1/ballots:batch"
    assert client.post(batch, content=b"x" * (4 * MIB - 1024)).json()["bytes"] == 4 * MIB - 1024
    is_problem(client.post(batch, content=b"x" * (4 * MIB + 1)), 413, "body_too_large")
    is_problem(client.post("/api/scorecard/v1/ballots", content=b"x" * (2 * MIB)), 413, "body_too_large")


def test_headers_over_the_limit_are_refused(client: httpx.Client) -> None:
    is_problem(client.get("/", headers={"x-long": "x" * 40_000}), 431, "headers_too_large")
    is_problem(client.get("/", headers={f"x-{number}": "1" for number in range(120)}), 431, "headers_too_large")


def test_headers_that_drip_are_cut_off(running: RunningGateway) -> None:
    """With a limit of one second: a byte now and then does not keep the connection."""
    seconds, answer = drip(running.port, b"GET / HTTP/1.1\r\nHost: isaf\r\nX-Slow: ")
    assert 0.9 <= seconds < 4
    assert b"408" in answer.split(b"\r\n", 1)[0]
    assert b"application/problem+json" in answer


def test_a_body_that_drips_is_cut_off_and_reaches_no_service(
    running: RunningGateway, services: dict[str, Upstream]
) -> None:
    """With a limit of one and a half seconds for the whole request."""
    head = b"POST /api/jaap/v1/slow HTTP/1.1\r\nHost: isaf\r\nContent-Length: 1000\r\n\r\n"
    seconds, answer = drip(running.port, head)
    assert 1.4 <= seconds < 5
    assert b"408" in answer.split(b"\r\n", 1)[0]
    assert b'"code":"timeout"' in answer
    assert services["jaap"].seen("/api/jaap/v1/slow") == []


def drip(port: int, head: bytes) -> tuple[float, bytes]:
    """Send the beginning of a request, then a byte each tenth of a second, until the other side has had enough."""
    started, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        while time.monotonic() - started < 10:
            readable, _, _ = select.select([connection], [], [], 0.1)
            if not readable:
                connection.sendall(b"x")
                continue
            try:
                received = connection.recv(65536)
            except ConnectionResetError:
                break
            if not received:
                break
            answer += received
    return time.monotonic() - started, answer


def test_underscores_in_header_names_are_refused(client: httpx.Client) -> None:
    """A service may read X_Forwarded_For as X-Forwarded-For; such a request goes no further."""
    is_problem(client.get("/api/jaap/v1/plans", headers={"x_forwarded_for": "10.0.0.1"}), 400, "bad_request")
