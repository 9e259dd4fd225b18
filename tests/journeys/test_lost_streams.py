"""The administrator who restores a server: the database is there, the event streams are gone."""

import re
import shutil
import time
from typing import Any

import httpx
import pytest

from deploy.local.cli import main
from deploy.local.installation import SERVICES
from deploy.local.stack import Stack
from simulate.battambang import play
from simulate.year import Options

SMALL = Options(seed=3, communes_per_district=1, districts=1)


async def test_lost_streams_are_rebuilt_and_nothing_is_done_twice(
    stack: Stack, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await play(stack.base_url, {"token": token}, SMALL)
    assert [check.name for check in first.checks if not check.ok] == []
    before = books(stack, first.year)
    stack.stop()
    shutil.rmtree(stack.data_dir / "nats")
    stack.start()
    assert main(["replay", "--data", str(stack.data_dir)]) == 0
    assert re.search(r"registry: \d{5} events will be published again", capsys.readouterr().out)
    wait_until_handled(stack, token)
    assert books(stack, first.year) == before
    second = await play(stack.base_url, {"token": token}, SMALL)
    assert [check.name for check in second.checks if not check.ok] == []


def books(stack: Stack, year: int) -> dict[str, Any]:
    """What would show an event that was handled twice."""
    addresses = {
        "money": f"/api/budget/v1/summary?year={year}",
        "allocations": "/api/budget/v1/allocations?limit=500",
        "plans": "/api/jaap/v1/plans?limit=500",
        "actions": "/api/jaap/v1/actions?limit=500",
    }
    return {name: httpx.get(stack.base_url + address).raise_for_status().json() for name, address in addresses.items()}


def wait_until_handled(stack: Stack, token: str) -> None:
    """Wait until every outbox is published again and every consumer has read its streams to the end."""
    headers = {"Authorization": f"Bearer {token}"}
    deadline = time.monotonic() + 300
    while not all(is_done(stack, service, headers) for service in SERVICES):
        assert time.monotonic() < deadline, "events still wait after five minutes"
        time.sleep(0.1)


def is_done(stack: Stack, service: str, headers: dict[str, str]) -> bool:
    """Whether nothing waits in or for a service; nothing may have been laid aside."""
    state = httpx.get(f"{stack.base_url}/api/{service}/v1/operations/events", headers=headers).raise_for_status().json()
    assert state["dead_letters"] == 0
    waiting = sum(consumer["pending"] + consumer["unacknowledged"] for consumer in state["consumers"])
    return bool(state["outbox_pending"] == 0 and waiting == 0)
