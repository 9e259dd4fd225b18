"""How budget's allocations reach an action, in whatever order and however often they are heard."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import NotFound
from shared.events.jaap import ActionChanged
from tests.jaap.conftest import API, COMMUNE, Propose, Tell, Told, allocation, envelope, release
from tests.world import Client, World


@pytest.fixture
async def action(world: World, jaap: Client, propose: Propose) -> dict[str, Any]:
    """An agreed action that asks for 10 million riel."""
    agreed = await propose("agree", cost=10_000_000)
    answer = await jaap.http.post(
        f"{API}/actions/{agreed['id']}:request-funds",
        json={"amount": 10_000_000},
        headers=world.as_(f"jaapc@{COMMUNE}"),
    )
    asked: dict[str, Any] = answer.json()
    return asked


async def state(jaap: Client, action: dict[str, Any]) -> tuple[str, int]:
    """Where the action stands, and with how much."""
    body = (await jaap.http.get(f"{API}/actions/{action['id']}")).json()
    return body["status"], body["funded_amount"]


async def test_money_comes_and_goes(jaap: Client, action: dict[str, Any], tell: Tell, told: Told) -> None:
    first, second = allocation(action, 4_000_000), allocation(action, 6_000_000)
    await tell(first)
    assert await state(jaap, action) == ("agreed", 4_000_000)
    await tell(second)
    assert await state(jaap, action) == ("funded", 10_000_000)
    await tell(release(first))
    assert await state(jaap, action) == ("agreed", 6_000_000)
    changes = [(change.previous_status, change.status, change.funded_amount) for change in await told(ActionChanged)]
    assert changes[2:] == [("agreed", "funded", 10_000_000), ("funded", "agreed", 6_000_000)]


async def test_every_order_and_repetition_ends_the_same(
    world: World, jaap: Client, propose: Propose, tell: Tell
) -> None:
    for order in permutations(range(4)):
        action = await propose("agree")
        await jaap.http.post(
            f"{API}/actions/{action['id']}:request-funds",
            json={"amount": 7},
            headers=world.as_(f"jaapc@{COMMUNE}"),
        )
        kept, returned = allocation(action, 7), allocation(action, 90)
        events = [envelope(kept), envelope(returned), envelope(release(returned)), envelope(kept)]
        for index in order:
            await tell(events[index])
            await tell(events[index])
        assert await state(jaap, action) == ("funded", 7), order


async def test_all_in_one_batch(jaap: Client, action: dict[str, Any], tell: Tell) -> None:
    made = [allocation(action, 5_000_000) for _ in range(3)]
    await tell(release(made[0]), *made, release(made[2]), made[1])
    assert await state(jaap, action) == ("agreed", 5_000_000)


async def test_work_that_has_begun_goes_on(world: World, jaap: Client, action: dict[str, Any], tell: Tell) -> None:
    made = allocation(action, 10_000_000)
    await tell(made)
    await jaap.http.post(f"{API}/actions/{action['id']}:start", headers=world.as_(f"jaapc@{COMMUNE}"))
    await tell(release(made))
    assert await state(jaap, action) == ("in_progress", 0)


async def test_a_dropped_action_stays_dropped(
    world: World, jaap: Client, action: dict[str, Any], tell: Tell, told: Told
) -> None:
    await jaap.http.post(
        f"{API}/actions/{action['id']}:drop", json={"reason": "not needed"}, headers=world.as_(f"jaapc@{COMMUNE}")
    )
    late = allocation(action, 10_000_000)
    await tell(late)
    assert await state(jaap, action) == ("dropped", 10_000_000)
    await tell(release(late))
    assert await state(jaap, action) == ("dropped", 0)
    assert (await told(ActionChanged))[-1].status == "dropped"


async def test_dropping_while_money_arrives(world: World, jaap: Client, action: dict[str, Any], tell: Tell) -> None:
    money = [tell(allocation(action, 2_500_000)) for _ in range(4)]
    drop = jaap.http.post(
        f"{API}/actions/{action['id']}:drop", json={"reason": "not needed"}, headers=world.as_(f"jaapc@{COMMUNE}")
    )
    await asyncio.gather(*money[:2], drop, *money[2:])
    assert await state(jaap, action) == ("dropped", 10_000_000)


async def test_money_for_an_action_nobody_knows_is_laid_aside(tell: Tell) -> None:
    with pytest.raises(NotFound):
        await tell(allocation({"id": uuid4(), "year": 2026, "area_code": COMMUNE}, 1))
