"""Giving money to requests, and taking it back."""

import asyncio
from uuid import uuid4

from tests.budget.conftest import API, Budget, funding_requested


async def test_money_moves_from_the_envelope_to_the_request(budget: Budget) -> None:
    request = await budget.ask(30_000_000)
    envelope = await budget.envelope(100_000_000)

    answer = await budget.allocate(request, envelope, 12_000_000, by="district_officer@0203")

    assert answer.status_code == 201, answer.text
    allocation = answer.json()
    assert allocation["amount"] == 12_000_000
    assert allocation["action_id"] == str(request.action_id)
    assert allocation["area_code"] == "020301"
    assert allocation["released_at"] is None
    held = await budget.read(f"/envelopes/{envelope['id']}")
    assert (held["allocated"], held["available"], held["version"]) == (12_000_000, 88_000_000, 2)
    asked = await budget.read(f"/requests/{request.request_id}", "jaapc@020301")
    assert (asked["allocated"], asked["status"]) == (12_000_000, "partly_allocated")
    assert await budget.read(f"/allocations/{allocation['id']}") == allocation
    [event] = await budget.events("allocation.made")
    assert event == {
        "allocation_id": allocation["id"],
        "request_id": str(request.request_id),
        "action_id": str(request.action_id),
        "envelope_id": envelope["id"],
        "fund_source": "district_fund",
        "year": 2027,
        "area_code": "020301",
        "amount": 12_000_000,
    }


async def test_twenty_five_officers_cannot_give_more_than_the_envelope_holds(budget: Budget) -> None:
    envelope = await budget.envelope(100)
    requests = [funding_requested(30) for _ in range(25)]
    await budget.hear(*requests)

    answers = await asyncio.gather(*(budget.allocate(request, envelope, 30) for request in requests))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [409] * 22
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"envelope_exhausted"}
    held = await budget.read(f"/envelopes/{envelope['id']}")
    assert (held["allocated"], held["available"]) == (90, 10)
    assert len(await budget.events("allocation.made")) == 3


async def test_the_same_id_at_the_same_time_is_given_once(budget: Budget) -> None:
    request = await budget.ask(100)
    envelope = await budget.envelope(1000)
    allocation_id = str(uuid4())

    answers = await asyncio.gather(*(budget.allocate(request, envelope, 60, id=allocation_id) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert {answer.json()["id"] for answer in answers} == {allocation_id}
    assert (await budget.read(f"/envelopes/{envelope['id']}"))["allocated"] == 60
    other = await budget.allocate(request, envelope, 40, id=allocation_id)
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    listed = await budget.http.get(f"{API}/allocations", params={"envelope_id": envelope["id"]})
    assert len(listed.json()["items"]) == 1
