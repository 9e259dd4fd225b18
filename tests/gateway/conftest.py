"""One gateway before five small services for most tests; a test that stops or strains one starts its own."""

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.running import RunningGateway, Upstream, all_services, gateway, until


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, Upstream]]:
    """Five small services."""
    yield from all_services()


@pytest.fixture(scope="session")
def running(services: dict[str, Upstream], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """The gateway before them."""
    ports = {name: service.port for name, service in services.items()}
    with gateway(tmp_path_factory.mktemp("gateway"), ports, cors_origins=["https://dashboard.example"]) as started:
        with started.client() as client:
            for name in services:
                until(lambda name=name: client.get(f"/health/{name}").is_success, f"{name} is well")  # type: ignore[misc]
        yield started


@pytest.fixture
def client(running: RunningGateway) -> Iterator[httpx.Client]:
    """Somebody who asks."""
    with running.client() as asking:
        yield asking
