"""What budget does when jaap tells something."""

import asyncio
from uuid import uuid4

import nats

from shared.events import Event, encode, new_identity
from tests.budget.conftest import API, Budget, action_changed, funding_requested
from tests.world import World


async def test_a_dropped_action_gives_everything_back(budget: Budget) -> None:
    first = await budget.ask(100)
    second = await budget.ask(50, action_id=first.action_id)
    other = await budget.ask(70)
    district, nation = await budget.envelope(500), await budget.envelope(500, "")
    for request, envelope, amount in ((first, district, 60), (first, nation, 40), (second, nation, 20)):
        assert (await budget.allocate(request, envelope, amount)).status_code == 201
    await budget.allocate(other, nation, 70)

    await budget.hear(action_changed(first.action_id))

    assert (await budget.read(f"/envelopes/{district['id']}"))["available"] == 500
    assert (await budget.read(f"/envelopes/{nation['id']}"))["available"] == 430
    for request in (first, second):
        asked = await budget.read(f"/requests/{request.request_id}", "ncdds@")
        assert (asked["status"], asked["allocated"]) == ("withdrawn", 0)
    released = await budget.events("allocation.released")
    assert sorted(event["amount"] for event in released) == [20, 40, 60]
    assert {event["reason"] for event in released} == {"The well was repaired by the school."}
    assert {event["action_id"] for event in released} == {str(first.action_id)}
    late = await budget.allocate(first, nation, 1)
    assert (late.status_code, late.json()["code"]) == (409, "request_withdrawn")
    await budget.hear(action_changed(first.action_id))
    assert len(await budget.events("allocation.released")) == 3


async def test_a_request_of_an_action_dropped_before_arrives_withdrawn(budget: Budget) -> None:
    request = funding_requested(100)
    await budget.hear(action_changed(request.action_id))
    await budget.hear(request)
    assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["status"] == "withdrawn"


async def test_the_order_inside_one_batch_does_not_matter(budget: Budget) -> None:
    early, late = funding_requested(100), funding_requested(100)
    await budget.hear(action_changed(early.action_id), early, late, action_changed(late.action_id))
    for request in (early, late):
        assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["status"] == "withdrawn"


async def test_other_steps_of_an_action_change_nothing(budget: Budget) -> None:
    request = await budget.ask(100)
    await budget.hear(
        *(action_changed(request.action_id, step) for step in ("agreed", "funded", "in_progress", "done"))
    )
    assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["status"] == "open"


async def test_an_event_that_comes_twice_counts_once(budget: Budget) -> None:
    request, event_id = funding_requested(100), uuid4()
    await budget.hear(request, ids=[event_id])
    await budget.allocate(request, await budget.envelope(100), 40)
    await budget.hear(request, ids=[event_id])
    await budget.hear(request)
    assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["allocated"] == 40


async def test_money_given_while_the_action_is_dropped_does_not_get_lost(budget: Budget) -> None:
    envelopes = [await budget.envelope(1000) for _ in range(3)]
    request = await budget.ask(1000)

    await asyncio.gather(
        *(budget.allocate(request, envelope, 10) for envelope in envelopes for _ in range(4)),
        budget.hear(action_changed(request.action_id)),
        *(budget.allocate(request, envelope, 10) for envelope in envelopes for _ in range(4)),
    )

    for envelope in envelopes:
        assert (await budget.read(f"/envelopes/{envelope['id']}"))["allocated"] == 0
    made, released = await budget.events("allocation.made"), await budget.events("allocation.released")
    assert {event["allocation_id"] for event in made} == {event["allocation_id"] for event in released}


async def test_through_the_real_stream(budget: Budget) -> None:
    request = funding_requested(100)
    world = budget.world
    await publish(world, request)
    await world.drain()
    envelope = await budget.envelope(100)
    await budget.allocate(request, envelope, 100)
    await publish(world, action_changed(request.action_id))
    await world.drain()

    assert (await budget.read(f"/requests/{request.request_id}", "ncdds@"))["status"] == "withdrawn"
    listed = await budget.http.get(f"{API}/allocations", params={"area": "020301"})
    assert listed.json()["items"][0]["release_reason"] == "The well was repaired by the school."
    admin = await nats.connect(world.parts.nats.url, user="admin", password=world.parts.passwords["admin"])
    stream = await admin.jetstream().stream_info("BUDGET")
    await admin.close()
    assert stream.state.messages == 3


async def publish(world: World, *events: Event) -> None:
    """Publish as the service that tells it would."""
    producer = events[0].producer()
    client = await nats.connect(world.parts.nats.url, user=producer, password=world.parts.passwords[producer],
                                inbox_prefix=f"_INBOX_{producer}".encode())  # fmt: skip
    for event in events:
        event_id, time = new_identity()
        body = encode(event, event_id=event_id, time=time, traceparent="")
        await client.jetstream().publish(event.subject, body, headers={"Nats-Msg-Id": str(event_id)})
    await client.close()
