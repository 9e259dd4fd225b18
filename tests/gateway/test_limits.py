"""How much and how slowly one may send."""

import select
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.running import PATIENCE, RunningGateway, Upstream, gateway, is_problem, until

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


@pytest.mark.parametrize("name", ["ballots:batch", "records:sync"])
def test_a_batch_of_records_may_be_four_times_as_large(client: httpx.Client, name: str) -> None:
    batch = f"/api/scorecard/v1/{name}"
    assert client.post(batch, content=b"x" * (4 * MIB - 1024)).json()["bytes"] == 4 * MIB - 1024
    is_problem(client.post(batch, content=b"x" * (4 * MIB + 1)), 413, "body_too_large")
    is_problem(client.post("/api/scorecard/v1/ballots", content=b"x" * (2 * MIB)), 413, "body_too_large")


@pytest.mark.parametrize("name", ["gazetteer", "boundaries", "units", "participations"])
def test_a_whole_list_may_be_imported_at_once(client: httpx.Client, services: dict[str, Upstream], name: str) -> None:
    path = f"/api/registry/v1/{name}:import"
    assert client.post(f"{path}?dry_run=true", content=b"x" * (64 * MIB - 1024)).json()["bytes"] == 64 * MIB - 1024
    is_problem(client.post(path, content=b"x" * (64 * MIB + 1)), 413, "body_too_large")
    assert len(services["registry"].seen(path)) == 1


@pytest.mark.parametrize(
    "path", ["/api/registry/v1/units:imports", "/api/registry/v1/areas:import", "/api/registry/v1/units"]
)
def test_no_other_address_takes_as_much(client: httpx.Client, path: str) -> None:
    is_problem(client.post(path, content=b"x" * (2 * MIB)), 413, "body_too_large")


def test_headers_over_the_limit_are_refused(client: httpx.Client) -> None:
    is_problem(client.get("/", headers={"x-long": "x" * 40_000}), 431, "headers_too_large")
    is_problem(client.get("/", headers={f"x-{number}": "1" for number in range(120)}), 431, "headers_too_large")


@pytest.fixture(scope="module")
def impatient(services: dict[str, Upstream], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with short patience, so that tests of it are short too; others would be cut off on a slow machine."""
    ports = {name: service.port for name, service in services.items()}
    directory = tmp_path_factory.mktemp("impatient")
    with gateway(directory, ports, headers_timeout=1, exchange_timeout=1.5, import_timeout=2.5) as started:
        with started.client() as client:
            until(lambda: client.get("/health/registry").is_success, "registry is well")
        yield started


def test_headers_that_drip_are_cut_off(impatient: RunningGateway) -> None:
    """With a limit of one second: a byte now and then does not keep the connection."""
    seconds, answer = drip(impatient.port, b"GET / HTTP/1.1\r\nHost: isaf\r\nX-Slow: ")
    assert seconds >= 0.9
    assert b"408" in answer.split(b"\r\n", 1)[0]
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(("path", "limit"), [("/api/jaap/v1/slow", 1.5), ("/api/registry/v1/units:import", 2.5)])
def test_a_body_that_drips_is_cut_off_and_reaches_no_service(
    impatient: RunningGateway, services: dict[str, Upstream], path: str, limit: float
) -> None:
    """An import may take longer than the rest, not for ever."""
    service = services[path.split("/")[2]]
    before = len(service.seen(path))
    head = f"POST {path} HTTP/1.1\r\nHost: isaf\r\nContent-Length: 1000\r\n\r\n"
    seconds, answer = drip(impatient.port, head.encode())
    assert seconds >= limit - 0.1
    assert b"408" in answer.split(b"\r\n", 1)[0]
    assert b'"code":"timeout"' in answer
    assert len(service.seen(path)) == before


def drip(port: int, head: bytes) -> tuple[float, bytes]:
    """Send the beginning of a request, then a byte each tenth of a second, until the other side has had enough."""
    started, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        while time.monotonic() - started < PATIENCE:
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
