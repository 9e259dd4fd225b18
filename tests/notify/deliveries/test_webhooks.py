"""From an event to a partner's receiver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import nats
import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from services.notify.deliveries import worker
from services.notify.deliveries.worker import PER_SUBSCRIPTION, Deliverer, deliver_due, deliver_webhooks
from shared.events.budget import EnvelopeOpened
from shared.events.scorecard import ResultPublished, RoundOpened
from tests.notify.conftest import API, Notify
from tests.notify.happenings import envelope, envelope_opened, result_published, round_opened
from tests.notify.receiver import CHUNKS, Receiver

ALL = [ResultPublished.TYPE, RoundOpened.TYPE, EnvelopeOpened.TYPE]


async def test_an_event_arrives_signed_and_as_it_was_published(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    (told,) = await notify.hear(result_published())
    assert await notify.deliver() == 1
    (call,) = receiver.calls
    assert call.body == told.body
    assert call.headers["webhook-id"] == str(told.id)
    assert call.headers["content-type"] == "application/cloudevents+json"
    assert call.verified(subscription["secret"])["data"]["unit_name_km"] == "មណ្ឌលសុខភាព ទួលតាឯក"
    with pytest.raises(WebhookVerificationError):
        call.verified("whsec_" + "A" * 43 + "=")
    (delivery,) = await notify.deliveries(subscription)
    assert delivery["status"] == "delivered"
    assert (delivery["attempts"], delivery["last_status"], delivery["last_error"]) == (1, 204, None)
    assert delivery["event_id"] == str(told.id)
    assert delivery["next_attempt_at"] is None
    assert delivery["delivered_at"] is not None
    assert await notify.deliver() == 0


async def test_an_event_comes_to_who_watches_its_area(notify: Notify, receiver: Receiver) -> None:
    for area_code in ("02", "0203", "020301", "020302", "0204"):
        await notify.subscribe(f"{receiver.url}/{area_code}", area_code=area_code, event_types=ALL)
    for event, watchers in (
        (result_published(area_code="020301"), {"/02", "/0203", "/020301"}),
        (envelope_opened(area_code="02"), {"/02"}),
        (envelope_opened(area_code=""), set()),
        (round_opened("02"), {"/02", "/0203", "/020301", "/020302", "/0204"}),
        (round_opened(""), {"/02", "/0203", "/020301", "/020302", "/0204"}),
        (round_opened("0204", "020301"), {"/02", "/0203", "/020301", "/0204"}),
        (round_opened("03", "0301"), set()),
    ):
        receiver.calls.clear()
        await notify.hear(event)
        await notify.deliver()
        assert {call.path for call in receiver.calls} == watchers, event


async def test_only_ordered_types_come_and_each_event_once(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(f"{receiver.url}/one")
    await notify.subscribe(f"{receiver.url}/two", event_types=ALL)
    told = envelope(result_published())
    await notify.hear(told, round_opened("02"), told)
    await notify.hear(told)
    await notify.deliver()
    assert [call.headers["webhook-id"] for call in receiver.at("/one")] == [str(told.id)]
    assert len(receiver.at("/two")) == 2


async def test_a_failing_receiver_is_tried_by_the_schedule_and_then_given_up(
    notify: Notify, receiver: Receiver
) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    receiver.status = 500
    await notify.hear(result_published())
    assert await notify.deliver() == 1
    (delivery,) = await notify.deliveries(subscription, status="pending")
    assert (delivery["attempts"], delivery["last_status"]) == (1, 500)
    assert delivery["last_error"] == "answered 500"
    assert await notify.deliver() == 0, "the next try is later"
    for _ in range(7):
        await notify.make_due()
        assert await notify.deliver() == 1
    (delivery,) = await notify.deliveries(subscription, status="failed")
    assert (delivery["attempts"], delivery["next_attempt_at"]) == (8, None)
    await notify.make_due()
    assert await notify.deliver() == 0
    assert len(set(receiver.ids())) == 1
    log = (await notify.http.get(f"{API}/deliveries/{delivery['id']}", headers=notify.partner)).json()["attempts_log"]
    assert [(attempt["number"], attempt["status"]) for attempt in log] == [(number, 500) for number in range(1, 9)]


async def test_a_receiver_that_is_gone_is_called_no_more(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    receiver.status = 410
    await notify.hear(result_published())
    await notify.deliver()
    shown = (await notify.http.get(f"{API}/subscriptions/{subscription['id']}", headers=notify.partner)).json()
    assert (shown["active"], shown["deactivated_reason"], shown["version"]) == (False, "gone", 2)
    assert [delivery["status"] for delivery in await notify.deliveries(subscription)] == ["failed"]
    await notify.hear(result_published())
    await notify.deliver()
    assert len(receiver.calls) == 1


async def test_receivers_that_answer_oddly(notify: Notify, receiver: Receiver) -> None:
    redirecting = await notify.subscribe(f"{receiver.url}/redirect")
    huge = await notify.subscribe(f"{receiver.url}/huge")
    absent = await notify.subscribe("http://127.0.0.1:9/nobody")
    await notify.hear(result_published())
    await notify.deliver()
    (delivery,) = await notify.deliveries(redirecting)
    assert (delivery["status"], delivery["last_status"]) == ("pending", 307)
    assert delivery["last_error"] == "redirect not followed (307)"
    assert receiver.at("/elsewhere") == []
    (delivery,) = await notify.deliveries(huge)
    assert (delivery["status"], delivery["last_status"]) == ("delivered", 200)
    assert receiver.chunks < CHUNKS, "the rest of a huge answer is not read"
    (delivery,) = await notify.deliveries(absent)
    assert (delivery["status"], delivery["last_status"]) == ("pending", None)
    assert delivery["last_error"].startswith("ConnectError")


async def test_a_slow_receiver_holds_up_nobody_else(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(f"{receiver.url}/slow")
    await notify.subscribe(f"{receiver.url}/ok")
    await notify.hear(*(result_published() for _ in range(10)))
    async with working(notify):
        await receiver.until("/ok", 10)
        await receiver.until("/slow", PER_SUBSCRIPTION)
        assert len(receiver.at("/slow")) == PER_SUBSCRIPTION
        receiver.released.set()
        await receiver.until("/slow", 10)


async def test_two_processes_share_the_work(notify: Notify, receiver: Receiver) -> None:
    for manner in ("one", "two", "three"):
        await notify.subscribe(f"{receiver.url}/{manner}")
    await notify.hear(*(result_published() for _ in range(20)))
    runtime = notify.client.runtime
    tries = await asyncio.gather(deliver_due(runtime), deliver_due(runtime))
    assert sum(tries) == len(receiver.calls) == 60
    for manner in ("one", "two", "three"):
        assert len({call.headers["webhook-id"] for call in receiver.at(f"/{manner}")}) == 20


async def test_what_a_killed_process_had_taken_is_taken_up(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/slow")
    await notify.hear(result_published())
    killed = Deliverer(notify.client.runtime)
    dying = asyncio.create_task(killed.drain())
    await receiver.arrived.wait()
    dying.cancel()
    await killed.close()
    receiver.released.set()
    assert await notify.deliver() == 0, "somebody may still be at it"
    await notify.sql("UPDATE delivery SET leased_until = now()")
    assert await notify.deliver() == 1
    (delivery,) = await notify.deliveries(subscription)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)


async def test_a_late_outcome_changes_nothing(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/slow")
    await notify.hear(result_published())
    late = asyncio.create_task(notify.deliver())
    await receiver.arrived.wait()
    await notify.sql("UPDATE delivery SET status = 'failed', next_attempt_at = NULL, attempts = attempts + 1")
    receiver.released.set()
    await late
    (delivery,) = await notify.deliveries(subscription)
    assert (delivery["status"], delivery["attempts"]) == ("failed", 2)


async def test_a_subscription_may_end_while_its_event_is_on_the_way(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/slow")
    await notify.hear(result_published())
    sending = asyncio.create_task(notify.deliver())
    await receiver.arrived.wait()
    path = f"{API}/subscriptions/{subscription['id']}"
    assert (await notify.http.delete(path, headers=notify.partner)).status_code == 204
    receiver.released.set()
    assert await sending == 1


async def test_both_secrets_sign_until_the_old_one_has_run_out(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    path = f"{API}/subscriptions/{subscription['id']}:rotate-secret"
    new = (await notify.http.post(path, headers=notify.partner)).json()["secret"]
    assert new != subscription["secret"]
    await notify.hear(result_published())
    await notify.deliver()
    assert receiver.calls[0].verified(new) == receiver.calls[0].verified(subscription["secret"])
    await notify.sql("UPDATE subscription SET previous_secret_until = now()")
    await notify.hear(result_published())
    await notify.deliver()
    receiver.calls[1].verified(new)
    with pytest.raises(WebhookVerificationError):
        receiver.calls[1].verified(subscription["secret"])
    await notify.sql("UPDATE subscription SET secret = :other", other=b"sealed under another key")
    await notify.hear(result_published())
    await notify.deliver()
    (delivery,) = await notify.deliveries(subscription, status="pending")
    assert delivery["last_error"] == "the secret cannot be read any more: rotate it"
    assert len(receiver.calls) == 2


async def test_the_worker_is_woken_by_the_commit(
    notify: Notify, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600.0)
    await notify.subscribe(f"{receiver.url}/ok")
    async with working(notify):
        for told in range(1, 4):
            await notify.hear(result_published())
            await receiver.until("/ok", told)


async def test_what_waits_is_counted(notify: Notify, receiver: Receiver) -> None:
    async def counted() -> str:
        watching = Deliverer(notify.client.runtime)
        await watching._measure()
        await watching.close()
        metrics = (await notify.http.get("/metrics")).text.splitlines()
        return next(line for line in metrics if line.startswith("isaf_webhooks_pending"))

    await notify.subscribe(f"{receiver.url}/ok")
    await notify.hear(result_published())
    assert await counted() == "isaf_webhooks_pending 1.0"
    assert await notify.deliver() == 1
    assert await counted() == "isaf_webhooks_pending 0.0"


@asynccontextmanager
async def working(notify: Notify) -> AsyncIterator[None]:
    """The worker as it runs in the service."""
    running = asyncio.create_task(deliver_webhooks(notify.client.runtime))
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_from_the_stream_to_the_receiver(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    parts = notify.world.parts
    told = envelope(result_published())
    password = parts.passwords["scorecard"]
    producer = await nats.connect(parts.nats.url, user="scorecard", password=password, inbox_prefix=b"_INBOX_scorecard")
    async with producer:
        for _ in range(2):
            await producer.jetstream().publish(told.event.subject, told.body, headers={"Nats-Msg-Id": str(uuid4())})
    await notify.world.drain()
    await notify.deliver()
    (call,) = receiver.calls
    assert call.verified(subscription["secret"])["id"] == str(told.id)
