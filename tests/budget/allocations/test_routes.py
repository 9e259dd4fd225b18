"""Giving money to requests, and taking it back."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.events.jaap import FundingRequested
from tests.budget.conftest import API, YEAR, Budget, funding_requested


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


async def test_twenty_bodies_cannot_give_a_request_more_than_it_asked(budget: Budget) -> None:
    request = await budget.ask(100)
    envelopes = [await budget.envelope(1000) for _ in range(20)]

    answers = await asyncio.gather(*(budget.allocate(request, envelope, 30) for envelope in envelopes))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"request_exceeded"}
    asked = await budget.read(f"/requests/{request.request_id}", "ncdds@")
    assert (asked["allocated"], asked["status"]) == (90, "partly_allocated")
    listed = await budget.read(f"/envelopes?area=0203&year={YEAR}")
    assert sum(envelope["allocated"] for envelope in listed["items"]) == 90


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


async def test_who_may_allocate_from_which_envelope(budget: Budget) -> None:
    request = await budget.ask(1000)
    envelope = await budget.envelope(1000, "0203")
    body = {"request_id": str(request.request_id), "envelope_id": envelope["id"], "amount": 10}
    assert (await budget.http.post(f"{API}/allocations", json=body)).status_code == 401
    for grant, code in {
        "jaapc@020301": "permission_missing",
        "partner@": "permission_missing",
        "district_officer@0204": "area_not_covered",
        "district_officer@020301": "area_not_covered",
    }.items():
        refused = await budget.allocate(request, envelope, 10, by=grant)
        assert (refused.status_code, refused.json()["code"]) == (403, code), grant
    for grant in ("district_officer@0203", "province_officer@02", "ncdds@"):
        assert (await budget.allocate(request, envelope, 10, by=grant)).status_code == 201, grant


async def test_who_asked_does_not_allocate(budget: Budget) -> None:
    asker = uuid4()
    request = await budget.ask(100, requested_by=asker)
    envelope = await budget.envelope(100)
    body = {"request_id": str(request.request_id), "envelope_id": envelope["id"], "amount": 10}
    headers = budget.world.as_("jaapc@020301", "district_officer@0203", user_id=asker)
    refused = await budget.http.post(f"{API}/allocations", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "separation_of_duties")
    assert (await budget.read(f"/envelopes/{envelope['id']}"))["allocated"] == 0


async def test_an_envelope_pays_for_its_own_area_and_below(budget: Budget) -> None:
    request = await budget.ask(1000, "020301")
    for area, status in {"": 201, "02": 201, "0203": 201, "020301": 201, "020302": 409, "0204": 409, "03": 409}.items():
        answer = await budget.allocate(request, await budget.envelope(10, area), 10)
        assert answer.status_code == status, area
        assert status == 201 or answer.json()["code"] == "area_mismatch"


async def test_not_more_than_was_asked_nor_than_is_there_nor_from_another_year(budget: Budget) -> None:
    request, late = await budget.ask(100), await budget.ask(100, year=2028)
    small, large = await budget.envelope(60), await budget.envelope(1000)

    async def refusal(answer_to: FundingRequested, envelope: dict[str, Any], amount: int) -> str:
        answer = await budget.allocate(answer_to, envelope, amount)
        assert answer.status_code == 409
        code: str = answer.json()["code"]
        return code

    assert await refusal(request, small, 61) == "envelope_exhausted"
    assert await refusal(request, large, 101) == "request_exceeded"
    assert await refusal(late, large, 1) == "year_mismatch"
    assert (await budget.allocate(request, small, 60)).status_code == 201
    assert await refusal(request, small, 1) == "envelope_exhausted"
    assert await refusal(request, large, 41) == "request_exceeded"
    assert (await budget.allocate(request, large, 40)).status_code == 201
    assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["status"] == "allocated"


async def test_released_money_goes_back_to_both_sides(budget: Budget) -> None:
    request = await budget.ask(100)
    envelope = await budget.envelope(100)
    allocation = (await budget.allocate(request, envelope, 100)).json()
    url, reason = f"{API}/allocations/{allocation['id']}:release", {"reason": "The supplier went out of business."}
    as_ = budget.world.as_
    assert (await budget.http.post(url, json=reason)).status_code == 401
    assert (await budget.http.post(url, json=reason, headers=as_("jaapc@020301"))).status_code == 403
    assert (await budget.http.post(url, json=reason, headers=as_("district_officer@0204"))).status_code == 403
    assert (await budget.http.post(url, json={}, headers=as_("ncdds@"))).json()["errors"][0]["pointer"] == "/reason"

    answers = await asyncio.gather(
        *(budget.http.post(url, json=reason, headers=as_("district_officer@0203")) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_released"}
    shown = await budget.read(f"/allocations/{allocation['id']}")
    assert shown["release_reason"] == reason["reason"]
    assert shown["released_at"] is not None
    assert (await budget.read(f"/envelopes/{envelope['id']}"))["available"] == 100
    asked = await budget.read(f"/requests/{request.request_id}", "ncdds@")
    assert (asked["status"], asked["allocated"]) == ("open", 0)
    [event] = await budget.events("allocation.released")
    assert (event["allocation_id"], event["amount"], event["reason"]) == (allocation["id"], 100, reason["reason"])
    missing = await budget.http.post(f"{API}/allocations/{uuid4()}:release", json=reason, headers=as_("ncdds@"))
    assert (missing.status_code, missing.json()["code"]) == (404, "allocation_not_found")


async def test_an_idempotency_key_gives_the_same_answer_again(budget: Budget) -> None:
    request, envelope = await budget.ask(100), await budget.envelope(1000)
    body = {"request_id": str(request.request_id), "envelope_id": envelope["id"], "amount": 30}
    headers = budget.world.as_("district_officer@0203") | {"Idempotency-Key": "phone-7"}
    first, again = [await budget.http.post(f"{API}/allocations", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await budget.read(f"/envelopes/{envelope['id']}"))["allocated"] == 30


async def test_lists_by_area_year_request_and_envelope(budget: Budget) -> None:
    envelope, other = await budget.envelope(1000, ""), await budget.envelope(1000, "")
    requests = {area: await budget.ask(100, area) for area in ("020301", "020302", "030101")}
    for request in requests.values():
        await budget.allocate(request, envelope, 10)
    await budget.allocate(requests["030101"], other, 10)

    async def areas(**params: Any) -> list[str]:
        answer = await budget.http.get(f"{API}/allocations", params=params)
        return sorted(item["area_code"] for item in answer.json()["items"])

    assert await areas() == ["020301", "020302", "030101", "030101"]
    assert await areas(area="0203") == ["020301", "020302"]
    assert await areas(area="02", year=2026) == []
    assert await areas(envelope_id=other["id"]) == ["030101"]
    assert await areas(request_id=str(requests["020302"].request_id)) == ["020302"]
    assert (await budget.http.get(f"{API}/allocations/{uuid4()}")).status_code == 404


async def test_bad_input_names_the_field(budget: Budget) -> None:
    request, envelope = await budget.ask(100), await budget.envelope(100)
    for field, value, code in [
        ("amount", 0, "greater_than"),
        ("amount", 1.5, "int_type"),
        ("amount", 10**16, "less_than_equal"),
        ("amount", True, "int_type"),
        ("request_id", "x", "uuid_parsing"),
        ("request_id", str(uuid4()), "request_unknown"),
        ("envelope_id", str(uuid4()), "envelope_unknown"),
        ("currency", "KHR", "extra_forbidden"),
    ]:
        body = {"request_id": str(request.request_id), "envelope_id": envelope["id"], "amount": 1, field: value}
        answer = await budget.http.post(f"{API}/allocations", json=body, headers=budget.world.as_("ncdds@"))
        assert answer.status_code == 422, answer.text
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"/{field}", code)]
