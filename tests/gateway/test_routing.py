"""Each address goes to its service, and what is not meant for the world stays inside."""

import httpx
import pytest

from deploy.gateway.openapi import SERVICES
from tests.gateway.running import RunningGateway, Upstream, is_problem


@pytest.mark.parametrize("service", SERVICES)
def test_each_api_goes_to_its_service_unchanged(client: httpx.Client, service: str) -> None:
    answer = client.get(f"/api/{service}/v1/areas/020103?limit=5").json()
    assert answer["service"] == service
    assert answer["path"] == f"/api/{service}/v1/areas/020103"


@pytest.mark.parametrize("service", SERVICES)
def test_health_of_each_service_is_public(running: RunningGateway, client: httpx.Client, service: str) -> None:
    answer = client.get(f"/health/{service}")
    assert answer.json() == {"service": service, "status": "ready"}
    assert running.logged(answer.headers["x-request-id"])["path"] == f"/health/{service}"


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/.well-known/openid-configuration"])
def test_keys_and_issuer_come_from_registry(client: httpx.Client, path: str) -> None:
    assert client.get(path).json()["service"] == "registry"


@pytest.mark.parametrize("path", ["/i4c", "/i4c/HC-020201-1"])
def test_information_for_citizens_comes_from_registry(client: httpx.Client, path: str) -> None:
    answer = client.get(path).json()
    assert (answer["service"], answer["path"]) == ("registry", path)


@pytest.mark.parametrize(
    "path",
    [
        "/i4cx",
        "/metrics",
        "/livez",
        "/readyz",
        "/health/registry/../../metrics",
        "/api/registry/../../metrics",
        "/api/registry//../../metrics",
        "/api/unknown/v1/areas",
        "/api/registryx/v1",
        "/server-status",
        "/health/unknown",
    ],
)
def test_nothing_else_is_reachable(running: RunningGateway, client: httpx.Client, path: str) -> None:
    request = httpx.Request("GET", running.url)
    request.extensions["target"] = path.encode()
    is_problem(client.send(request), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/registry%2f..%2fmetrics", "/api/registry/%5c../metrics"])
def test_escaped_slashes_are_refused(client: httpx.Client, path: str) -> None:
    request = client.build_request("GET", "/")
    request.extensions["target"] = path.encode()
    is_problem(client.send(request), 400, "bad_request")


def test_a_trace_is_begun_where_none_came_and_continued_where_one_did(client: httpx.Client) -> None:
    begun = client.get("/api/jaap/v1/plans").json()["headers"]["traceparent"]
    version, trace, span, _ = begun.split("-")
    assert (version, len(trace), len(span)) == ("00", 32, 16)
    known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    continued = client.get("/api/jaap/v1/plans", headers={"traceparent": known}).json()["headers"]["traceparent"]
    assert continued.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


def test_every_answer_names_its_request_and_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/api/budget/v1/envelopes", "/nowhere", "/health/jaap"):
        headers = client.get(path).headers
        assert len(headers["x-request-id"]) == 36
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["server"] == "isaf"
        assert "strict-transport-security" not in headers
        assert not [name for name in headers if name.startswith("x-envoy")]


def test_a_ballot_reaches_the_service_without_its_senders_address(
    running: RunningGateway, client: httpx.Client, services: dict[str, Upstream]
) -> None:
    names = ("ballots", "ballots:batch", "ballot-forms/tok", "records:sync", "comments")
    for path in (f"/api/scorecard/v1/{name}" for name in names):
        answer = client.post(path, json={"scores": [5]})
        assert not {"x-forwarded-for", "x-envoy-external-address", "user-agent"} & answer.json()["headers"].keys()
        assert "client" not in {k for k, v in running.logged(answer.headers["x-request-id"]).items() if v}
    elsewhere = client.get("/api/scorecard/v1/rounds")
    assert "x-forwarded-for" in elsewhere.json()["headers"]
    assert running.logged(elsewhere.headers["x-request-id"])["client"] == "127.0.0.1"


def test_of_a_phones_ballot_alone_the_service_counts_the_network_as_the_gateway_tells_it(client: httpx.Client) -> None:
    claimed = {"x-isaf-network": "198.51.100.7", "x-forwarded-for": "198.51.100.7"}
    seen = client.post("/api/scorecard/v1/ballots", json={}, headers=claimed).json()["headers"]
    assert seen["x-isaf-network"] == "127.0.0.1"


def test_a_service_learns_the_clients_address_from_the_gateway_and_not_from_the_client(client: httpx.Client) -> None:
    """Sign-in codes are capped by it."""
    claimed = {"x-envoy-external-address": "198.51.100.7", "x-forwarded-for": "198.51.100.7", "x-api-key": "isaf_x"}
    seen = client.post("/api/registry/v1/sign-in-codes", json={}, headers=claimed).json()["headers"]
    assert seen["x-envoy-external-address"] == "127.0.0.1"
    assert seen["x-api-key"] == "isaf_x"
