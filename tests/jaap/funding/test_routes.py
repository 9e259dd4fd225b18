"""Asking for money over the API."""

import asyncio

from shared.events.jaap import FundingRequested
from tests.jaap.conftest import API, COMMUNE, Propose, Tell, Told, allocation
from tests.world import Client, World


async def test_a_request_bears_its_asker(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose("agree")
    token = world.as_(f"commune_clerk@{COMMUNE}")
    asker = (await jaap.runtime.tokens.verify(token["Authorization"].removeprefix("Bearer "))).id
    answer = await jaap.http.post(f"{API}/actions/{action['id']}:request-funds", json={"amount": 5}, headers=token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["requested_amount"], body["funded_amount"]) == ("agreed", 5, 0)
    assert answer.headers["etag"] == f'"{body["version"]}"'
    (event,) = await told(FundingRequested)
    assert (event.requested_by, event.amount, str(event.action_id)) == (asker, 5, action["id"])
    assert (event.title_km, event.title_en) == (action["title_km"], action["title_en"])
    assert [(str(event.request_id), 5)] == [(request["id"], request["amount"]) for request in body["requests"]]


async def test_bad_amounts(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose("agree", cost=1_000)
    for amount in (0, -1, 1_001, 1.5, "1", None, True):
        answer = await jaap.http.post(
            f"{API}/actions/{action['id']}:request-funds",
            json={"amount": amount},
            headers=world.as_(f"jaapc@{COMMUNE}"),
        )
        assert answer.status_code == 422, amount
        assert answer.json()["errors"][0]["pointer"] == "/amount"
    assert await told(FundingRequested) == []


async def test_only_one_request_is_open(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose("agree")
    answers = await asyncio.gather(
        *(
            jaap.http.post(
                f"{API}/actions/{action['id']}:request-funds",
                json={"amount": 1_000_000},
                headers=world.as_(f"jaapc@{COMMUNE}"),
            )
            for _ in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"request_open"}
    assert len(await told(FundingRequested)) == 1


async def test_funded_then_started(world: World, jaap: Client, propose: Propose, tell: Tell) -> None:
    action = await propose("agree")
    url, member = f"{API}/actions/{action['id']}", world.as_(f"jaapc@{COMMUNE}")
    await jaap.http.post(f"{url}:request-funds", json={"amount": action["cost"]}, headers=member)
    await tell(allocation(action, action["cost"] - 1))
    assert (await jaap.http.post(f"{url}:start", headers=member)).status_code == 409
    await tell(allocation(action, 1))
    assert (await jaap.http.get(url)).json()["status"] == "funded"
    assert (await jaap.http.post(f"{url}:start", headers=member)).json()["status"] == "in_progress"
