"""Every client address has its own bucket, and there is room for thousands of them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.running import RunningGateway, Upstream, gateway, is_problem, until

CLIENTS = 60


NEVER = "3600s"
"""The buckets do not fill while a test lasts, however slow the machine."""


@pytest.fixture
def ports(services: dict[str, Upstream]) -> dict[str, int]:
    """Where the services are."""
    return {name: service.port for name, service in services.items()}


@pytest.fixture
def strict(ports: dict[str, int], tmp_path: Path) -> Iterator[RunningGateway]:
    """A gateway that gives each client two requests."""
    with gateway(tmp_path, ports, rate_limit_per_second=1, refill=NEVER) as running:
        yield running


def test_each_of_many_clients_is_limited_by_itself(strict: RunningGateway) -> None:
    """Asked in turn, so that a table of twenty buckets would forget each client before it comes again."""
    clients = [strict.client(f"127.0.0.{number}") for number in range(2, 2 + CLIENTS)]
    for expected in (404, 404, 429, 429):
        for client in clients:
            answer = client.get("/health")
            assert answer.status_code == expected
            if expected == 429:
                is_problem(answer, 429, "rate_limited")
    with strict.client("127.0.1.1") as newcomer:
        assert newcomer.get("/nowhere").status_code == 404
    for client in clients:
        client.close()


def test_who_is_refused_learns_when_to_come_again(ports: dict[str, int], tmp_path: Path) -> None:
    with gateway(tmp_path, ports, rate_limit_per_second=1) as running, running.client() as client:
        assert client.get("/").headers["x-ratelimit-limit"].split(",")[0] == "2"
        refused = next(answer for answer in (client.get("/") for _ in range(10_000)) if answer.status_code == 429)
        is_problem(refused, 429, "rate_limited")
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        until(lambda: client.get("/").is_success, "the bucket fills again")


def test_a_client_cannot_name_its_own_address(strict: RunningGateway) -> None:
    with strict.client("127.0.3.1") as client:
        answers = [client.get("/", headers={"x-forwarded-for": f"203.0.113.{number}"}) for number in range(6)]
    assert answers[-1].status_code == 429


def test_behind_a_trusted_proxy_the_clients_address_counts(ports: dict[str, int], tmp_path: Path) -> None:
    with (
        gateway(tmp_path, ports, rate_limit_per_second=1, trusted_hops=1, refill=NEVER) as running,
        running.client() as proxy,
    ):
        answers = [proxy.get("/", headers={"x-forwarded-for": f"203.0.113.{number}"}) for number in range(6)]
        assert {answer.status_code for answer in answers} == {200}
        answers = [proxy.get("/", headers={"x-forwarded-for": "203.0.113.200"}) for _ in range(6)]
        assert answers[-1].status_code == 429


def test_signing_in_has_a_smaller_bucket(ports: dict[str, int], tmp_path: Path) -> None:
    with gateway(tmp_path, ports, rate_limit_per_second=500, refill=NEVER) as running, running.client() as client:
        until(lambda: client.get("/health/registry").is_success, "registry is found")
        tries: list[httpx.Response] = [client.post("/api/registry/v1/token", data={"a": "b"}) for _ in range(251)]
        assert {answer.status_code for answer in tries[:250]} == {200}
        is_problem(tries[250], 429, "rate_limited")
        for path in ("sign-in-codes", "accounts/me:change-password", "token?a=b"):
            is_problem(client.post(f"/api/registry/v1/{path}", json={}), 429, "rate_limited")
        assert client.get("/api/registry/v1/areas").status_code == 200
        assert client.get("/api/registry/v1/accounts/me").status_code == 200


def test_posters_have_a_bucket_of_their_own(ports: dict[str, int], tmp_path: Path) -> None:
    with gateway(tmp_path, ports, rate_limit_per_second=300, refill=NEVER) as running, running.client() as client:
        until(lambda: client.get("/health/registry").is_success, "registry is found")
        path = "/api/registry/v1/units/HC-020201-1"
        answers = [client.get(f"{path}/poster.pdf?version={number}") for number in range(31)]
        assert {answer.status_code for answer in answers[:30]} == {200}
        is_problem(answers[30], 429, "rate_limited")
        assert client.get(f"{path}/pack").status_code == 200
