"""What is old goes."""

from sqlalchemy import func, select

from services.notify.housekeeping import forget_old
from services.notify.tables import Table
from shared.events.scorecard import ResultPublished, RoundOpened
from tests.notify.conftest import API, Notify
from tests.notify.happenings import result_published, round_opened
from tests.notify.receiver import Receiver

TABLES = ("occurrence", "delivery", "attempt", "message", "read_mark")


async def test_old_deliveries_logs_events_and_messages_go(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(f"{receiver.url}/ok", event_types=[ResultPublished.TYPE, RoundOpened.TYPE])
    await notify.hear(result_published())
    await notify.deliver()
    (message,) = await notify.inbox("caf@020301")
    await notify.http.post(f"{API}/inbox/{message['id']}:read", headers=notify.world.as_("caf@020301"))
    await notify.hear(round_opened("02"))

    async def counts() -> dict[str, int]:
        tables = {name: Table.metadata.tables[name] for name in TABLES}
        async with notify.client.runtime.database.transaction() as db:
            return {
                name: await db.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()
            }

    fresh = await counts()
    assert fresh == {"occurrence": 2, "delivery": 2, "attempt": 1, "message": 2, "read_mark": 1}
    await forget_old(notify.client.runtime)
    assert await counts() == fresh
    await notify.sql("UPDATE delivery SET created_at = created_at - interval '31 days'")
    await notify.sql(
        "UPDATE message SET created_at = created_at - interval '401 days' WHERE id = :id", id=message["id"]
    )
    await forget_old(notify.client.runtime)
    assert await counts() == {"occurrence": 1, "delivery": 1, "attempt": 0, "message": 1, "read_mark": 0}
    assert await notify.deliver() == 1, "what has not arrived yet is not old"
    await notify.sql("UPDATE delivery SET status = 'pending', next_attempt_at = now()")
    await notify.sql("UPDATE subscription SET active = false, deactivated_reason = 'owner'")
    await forget_old(notify.client.runtime)
    assert (await counts())["delivery"] == 0, "nor is what nobody wants kept for ever"
