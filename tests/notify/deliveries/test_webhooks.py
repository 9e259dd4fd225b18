"""From an event to a partner's receiver."""

from tests.notify.conftest import Notify
from tests.notify.happenings import result_published
from tests.notify.receiver import Receiver


async def test_an_event_arrives_signed_and_as_it_was_published(notify: Notify, receiver: Receiver) -> None:
    subscription = await notify.subscribe(f"{receiver.url}/ok")
    (told,) = await notify.hear(result_published())
    assert await notify.deliver() == 1
    (call,) = receiver.calls
    assert call.body == told.body
    assert call.headers["webhook-id"] == str(told.id)
    assert call.headers["content-type"] == "application/cloudevents+json"
    assert call.verified(subscription["secret"])["data"]["unit_name_km"] == "មណ្ឌលសុខភាព ទួលតាឯក"
    (delivery,) = await notify.deliveries(subscription)
    assert delivery["status"] == "delivered"
    assert (delivery["attempts"], delivery["last_status"], delivery["last_error"]) == (1, 204, None)
    assert delivery["event_id"] == str(told.id)
    assert delivery["next_attempt_at"] is None
    assert await notify.deliver() == 0
