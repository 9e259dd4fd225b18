"""What a subscription's owner sees of its deliveries, and does about them."""

from typing import Any
from uuid import uuid4

from tests.notify.conftest import API, Notify
from tests.notify.happenings import result_published
from tests.notify.receiver import Receiver


async def test_what_was_given_up_can_be_sent_again(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    await notify.hear(result_published())
    await notify.sql("UPDATE delivery SET status = 'failed', next_attempt_at = NULL, attempts = 8")
    (delivery,) = await notify.deliveries(subscription)
    retry = f"{API}/deliveries/{delivery['id']}:retry"
    answer = await notify.http.post(retry, headers=notify.partner)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "pending"
    assert await notify.deliver() == 1
    (delivery,) = await notify.deliveries(subscription, status="delivered")
    assert delivery["attempts"] == 9
    answer = await notify.http.post(retry, headers=notify.partner)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_delivered")


async def test_nothing_is_sent_again_for_a_subscription_that_is_off(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    await notify.hear(result_published())
    await notify.sql("UPDATE subscription SET active = false, deactivated_reason = 'owner'")
    assert await notify.deliver() == 0
    (delivery,) = await notify.deliveries(subscription)
    answer = await notify.http.post(f"{API}/deliveries/{delivery['id']}:retry", headers=notify.partner)
    assert (answer.status_code, answer.json()["code"]) == (409, "subscription_inactive")
    await notify.hear(result_published())
    assert len(await notify.deliveries(subscription)) == 1, "what happens meanwhile is not kept for later"


async def test_deliveries_are_listed_newest_first_in_pages(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    told = [str(item.id) for item in await notify.hear(*(result_published() for _ in range(5)))]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        answer = await notify.http.get(
            f"{API}/subscriptions/{subscription['id']}/deliveries", headers=notify.partner, params=query
        )
        seen += [item["event_id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            break
        query["cursor"] = answer.json()["next_cursor"]
    assert seen == told[::-1]


async def test_deliveries_are_their_owners_affair(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    await notify.hear(result_published())
    (delivery,) = await notify.deliveries(subscription)
    log, retry = f"{API}/deliveries/{delivery['id']}", f"{API}/deliveries/{delivery['id']}:retry"
    everything = f"{API}/subscriptions/{subscription['id']}/deliveries"
    for method, path in (("GET", log), ("GET", everything), ("POST", retry)):
        assert (await notify.http.request(method, path)).status_code == 401
        for stranger, status in (("caf@02", 403), ("partner@02", 404), ("operator@03", 404)):
            answer = await notify.http.request(method, path, headers=notify.world.as_(stranger))
            assert answer.status_code == status
        answer = await notify.http.request(method, path, headers=notify.world.as_("operator@"))
        assert answer.status_code == 200
    answer = await notify.http.get(f"{API}/deliveries/{uuid4()}", headers=notify.partner)
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")
    answer = await notify.http.get(everything, headers=notify.partner, params={"status": "lost"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/status")
