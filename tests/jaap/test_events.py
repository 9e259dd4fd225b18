"""The whole way over real NATS, as the producers publish and budget reads."""

from collections.abc import Sequence
from typing import Any

import nats

from shared.events import Event, decode, encode, new_identity
from tests.jaap.conftest import API, COMMUNE, allocation, content, release, result, unit
from tests.world import Client, World


async def publish(world: World, *events: Event) -> None:
    """Publish events as the NATS user of the service that makes them."""
    for event in events:
        service = event.producer()
        client = await nats.connect(world.parts.nats.url, user=service, password=world.parts.passwords[service],
                                    inbox_prefix=f"_INBOX_{service}".encode())  # fmt: skip
        event_id, time = new_identity()
        body = encode(event, event_id=event_id, time=time, traceparent="")
        await client.jetstream().publish(event.subject, body, headers={"Nats-Msg-Id": str(event_id)})
        await client.close()
    await world.drain()


async def published(world: World, subjects: Sequence[str]) -> list[dict[str, Any]]:
    """What stands in the JAAP stream."""
    client = await nats.connect(world.parts.nats.url, user="admin", password=world.parts.passwords["admin"])
    jetstream = client.jetstream()
    info = await jetstream.stream_info("JAAP")
    messages = [await jetstream.get_msg("JAAP", seq) for seq in range(info.state.first_seq, info.state.last_seq + 1)]
    await client.close()
    found = [(str(message.subject), decode(message.data or b"")) for message in messages]
    assert [subject for subject, _ in found] == [
        f"{envelope.type}.{subject.rsplit('.', 1)[1]}" for subject, envelope in found
    ]
    return [envelope.event.model_dump(mode="json") for _, envelope in found if envelope.type in subjects]


async def test_from_a_published_result_to_a_started_action(world: World, jaap: Client) -> None:
    await publish(world, unit(), result("waiting"))
    (plan,) = (await jaap.http.get(f"{API}/plans")).json()["items"]
    member = world.as_(f"jaapc@{COMMUNE}")
    action = (
        await jaap.http.post(
            f"{API}/plans/{plan['id']}/actions",
            json=content(agenda_item_id=plan["agenda"][0]["id"], cost=100),
            headers=member,
        )
    ).json()
    url = f"{API}/actions/{action['id']}"
    await jaap.http.post(f"{url}:agree", headers=member)
    await jaap.http.post(f"{url}:request-funds", json={"amount": 100}, headers=member)
    taken_back = allocation(action, 60)
    await publish(world, taken_back, allocation(action, 100), release(taken_back))
    started = (await jaap.http.post(f"{url}:start", headers=member)).json()
    assert (started["status"], started["funded_amount"]) == ("in_progress", 100)
    await world.drain()
    changes = await published(world, ["isaf.jaap.action.changed.v1"])
    assert [change["status"] for change in changes] == ["proposed", "agreed", "funded", "in_progress"]
    (opened,) = await published(world, ["isaf.jaap.plan.opened.v1"])
    assert opened["plan_id"] == plan["id"]
    (request,) = await published(world, ["isaf.jaap.funding.requested.v1"])
    assert (request["amount"], request["action_id"]) == (100, action["id"])


async def test_a_wiped_copy_is_no_reason_to_accept_a_unit(world: World, jaap: Client) -> None:
    await publish(world, result("waiting"))
    (plan,) = (await jaap.http.get(f"{API}/plans")).json()["items"]
    answer = await jaap.http.post(
        f"{API}/plans/{plan['id']}/actions", json=content(), headers=world.as_(f"jaapc@{COMMUNE}")
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_unknown")
