"""A reader's messages."""

from typing import Any
from uuid import uuid4

from shared.paging import encode_cursor
from tests.notify.conftest import API, Notify
from tests.notify.happenings import (
    action_changed,
    allocation_made,
    area,
    envelope,
    envelope_opened,
    funding_requested,
    plan_opened,
    result_published,
    round_opened,
)


async def test_messages_reach_whom_they_concern(notify: Notify) -> None:
    for event, readers, others in (
        (
            round_opened("02"),
            ("citizen@020301", "caf@020301", "provider@020301/HC-020301-1", "district_officer@0203", "ncdds@"),
            ("caf@030101", "operator@"),
        ),
        (
            result_published(),
            ("citizen@020301", "caf@020301", "provider@020301/HC-020301-1", "jaapc@020301", "district_officer@0203"),
            ("provider@020301/PS-020301-1", "caf@020302", "district_officer@0204", "ncdds@"),
        ),
        (plan_opened(), ("jaapc@020301", "commune_clerk@020301"), ("jaapc@020302", "citizen@020301")),
        (action_changed(), ("caf@020301", "jaapc@020301"), ("district_officer@0203",)),
        (funding_requested(), ("district_officer@0203", "province_officer@02"), ("jaapc@020301", "partner@02")),
        (envelope_opened(), ("district_officer@0203", "commune_clerk@020301"), ("commune_clerk@0204",)),
        (allocation_made(), ("jaapc@020301", "commune_clerk@020301"), ("jaapc@020302", "caf@020301")),
    ):
        (told,) = await notify.hear(event)
        for reader in readers:
            assert (await notify.inbox(reader))[0]["event_id"] == str(told.id), (event.TYPE, reader)
        for reader in others:
            assert str(told.id) not in {item["event_id"] for item in await notify.inbox(reader)}, (event.TYPE, reader)


async def test_a_message_as_its_reader_gets_it_and_nobody_else(notify: Notify) -> None:
    told = envelope(result_published())
    await notify.hear(told, told)
    await notify.hear(told)
    (message,) = await notify.inbox("caf@020301")
    assert message["title_en"] == "Result of 2026: Tuol Ta Ek Health Centre"
    assert message["title_km"] == "លទ្ធផលឆ្នាំ ២០២៦៖ មណ្ឌលសុខភាព ទួលតាឯក"
    assert "Tuol Ta Ek, Battambang town, Battambang" in message["body_en"]
    assert (message["event_type"], message["area_code"]) == (told.type, "020301")
    assert message["created_at"] == told.time.isoformat().replace("+00:00", "Z")
    assert message["read_at"] is None
    for reader in ("caf@020302", "operator@", "provider@020301/PS-020301-1"):
        answer = await notify.http.post(f"{API}/inbox/{message['id']}:read", headers=notify.world.as_(reader))
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    for method, path in (("GET", "/inbox"), ("GET", "/inbox/unread-count"), ("POST", "/inbox/1:read")):
        assert (await notify.http.request(method, f"{API}{path}")).status_code == 401
    for number in ("0", "x", str(2**63)):
        answer = await notify.http.post(f"{API}/inbox/{number}:read", headers=notify.world.as_("caf@020301"))
        assert answer.status_code == 422


async def test_money_is_told_with_the_actions_name_and_the_newest_area_names(notify: Notify) -> None:
    renamed = area("020399", name_en="Old name")
    await notify.hear(renamed, renamed.model_copy(update={"name_en": "New name", "version": 2}))
    await notify.hear(funding_requested(area_code="020399"), allocation_made(area_code="020399"))
    message = (await notify.inbox("jaapc@020399"))[0]
    assert message["body_en"] == (
        "5,000,000 riel was allocated to “Repair the well” in New name, Battambang town, Battambang."
    )
    await notify.hear(round_opened("0203", "0204", "02"))
    assert (await notify.inbox("ncdds@"))[0]["area_code"] == "02"


async def test_reading_is_each_accounts_own_and_counted(notify: Notify) -> None:
    me, you = uuid4(), uuid4()
    await notify.hear(*(result_published() for _ in range(3)))

    async def unread(user: Any) -> int:
        answer = await notify.http.get(
            f"{API}/inbox/unread-count", headers=notify.world.as_("caf@020301", "jaapc@020301", user_id=user)
        )
        count: int = answer.json()["unread"]
        return count

    assert (await unread(me), await unread(you)) == (3, 3)
    newest, middle, _ = await notify.inbox("caf@020301", user_id=me)
    path, headers = f"{API}/inbox/{middle['id']}:read", notify.world.as_("caf@020301", user_id=me)
    first = await notify.http.post(path, headers=headers)
    assert first.status_code == 200, first.text
    assert first.json()["read_at"] is not None
    assert (await notify.http.post(path, headers=headers)).json() == first.json()
    assert (await unread(me), await unread(you)) == (2, 3)
    assert [item["id"] for item in await notify.inbox("caf@020301", user_id=me, unread="false")] == [middle["id"]]
    left = await notify.inbox("caf@020301", user_id=me, unread="true")
    assert middle["id"] not in {item["id"] for item in left}
    assert left[0]["id"] == newest["id"]
    assert len(left) == 2


async def test_pages_are_newest_first_without_gap_or_repeat(notify: Notify) -> None:
    told = [str(item.id) for item in await notify.hear(*(result_published() for _ in range(7)))]
    headers, seen = notify.world.as_("caf@020301"), []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await notify.http.get(f"{API}/inbox", headers=headers, params=query)).json()
        seen += [item["event_id"] for item in page["items"]]
        await notify.hear(result_published())
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == told[::-1]
    for cursor in ("x", "WyJhIl0", "WzEsMl0", encode_cursor([2**64]), encode_cursor([-1])):
        answer = await notify.http.get(f"{API}/inbox", headers=headers, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/cursor")
