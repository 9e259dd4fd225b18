"""Each event is handled once, a failing one stops no other, and an outage is nobody's fault."""

import json
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest
from nats.aio.msg import Msg
from sqlalchemy.exc import DBAPIError

from shared import subscriber as subscribers
from shared.consumers import FORGET_HANDLED, KEPT_DAYS, Consumers
from shared.events import Envelope, decode, encode, new_identity, streams
from shared.subscriber import Subscriber
from tests.shared.conftest import API, Toy, note
from tests.shared.toy import NoteWritten, ShelfChanged, hear, mood


@pytest.fixture(autouse=True)
def _no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "MAXIMUM_DELAY_SECONDS", 0)
    monkeypatch.setattr(subscribers, "RETURN_DELAY_SECONDS", 0.02)


async def test_from_a_request_to_the_handler(toy: Toy) -> None:
    await toy.write("hello")
    await toy.world.drain()
    assert await toy.handled() == ["hello"]
    info = await toy.subscriber.info()
    assert (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_an_event_that_is_delivered_twice_is_handled_once(toy: Toy) -> None:
    event, event_id = note("once"), uuid4()
    await toy.publish(event, event_id=event_id, message_id="first")
    await toy.publish(note("between"))
    await toy.publish(NoteWritten(note_id=uuid4(), text="once"), event_id=event_id, message_id="second")
    await toy.subscriber.drain()
    await toy.publish(NoteWritten(note_id=uuid4(), text="once"), event_id=event_id, message_id="third")
    await toy.subscriber.drain()
    assert await toy.handled() == ["once", "between"]


async def test_an_event_whose_acknowledgement_was_lost_is_handled_once(toy: Toy) -> None:
    event_id, time = new_identity()
    body = encode(note("once"), event_id=event_id, time=time, traceparent="")
    async with toy.runtime.database.transaction() as db:
        await toy.runtime.consumers.handle(db, [decode(body)])
    await toy.publish_raw("isaf.toy.note.written.v1.x", body, str(event_id))
    await toy.subscriber.drain()
    assert await toy.handled() == ["once"]


async def test_handled_events_are_remembered_for_longer_than_a_stream_keeps_them(toy: Toy) -> None:
    assert KEPT_DAYS > streams.KEPT_DAYS
    for text in ("old", "young"):
        await toy.publish(note(text))
        await toy.subscriber.drain()
    old = "SELECT event_id FROM inbox LIMIT 1"
    await toy.rows(f"UPDATE inbox SET handled_at = now() - interval '101 days' WHERE event_id IN ({old})")  # noqa: S608
    async with toy.runtime.database.transaction() as db:
        await db.execute(FORGET_HANDLED, {"days": KEPT_DAYS})
    assert await toy.count("inbox") == 1


async def test_what_a_failed_handler_wrote_is_taken_back(toy: Toy) -> None:
    mood.broken = {"stumbles": 2}
    await toy.publish(note("stumbles"))
    await toy.subscriber.drain()
    assert mood.calls == ["stumbles"] * 3
    assert await toy.handled() == ["stumbles"]
    assert await toy.count("dead_letter") == 0


async def test_a_failing_event_is_laid_aside_and_stops_no_other(toy: Toy) -> None:
    mood.broken = {"bad": 99}
    await toy.publish(note("first"), note("bad"), note("last"))

    await toy.subscriber.drain()

    assert await toy.handled() == ["first", "last"]
    assert mood.calls[-subscribers.MAXIMUM_TRIES + 1 :] == ["bad"] * 5
    assert mood.calls.index("last") < len(mood.calls) - 5
    [(subject, error, tries)] = await toy.rows("SELECT subject, error, tries FROM dead_letter")
    assert subject.startswith("isaf.toy.note.written.v1.")
    assert (error, tries) == ("RuntimeError: broken by bad", subscribers.MAXIMUM_TRIES)
    assert await toy.count("inbox") == 2


async def test_an_event_that_takes_too_long_is_a_failing_event_and_no_outage(toy: Toy) -> None:
    mood.slow = {"slow"}
    await toy.publish(note("slow"), note("quick"))
    await toy.subscriber.drain()
    assert await toy.handled() == ["quick"]
    [error] = await toy.rows("SELECT error FROM dead_letter")
    assert "statement timeout" in error


async def test_a_lock_that_another_holds_for_long_does_not_count_as_a_try(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    mood.locking = {"locking"}
    holder = await asyncpg.connect(toy.world.database_url("toy"))
    await holder.execute("SELECT pg_advisory_lock(7)")
    return_all, returned = toy.subscriber._return_all, [0]

    async def counting(messages: Sequence[Msg], error: BaseException) -> None:
        returned[0] += 1
        if returned[0] > subscribers.MAXIMUM_TRIES:
            await holder.close()
        await return_all(messages, error)

    monkeypatch.setattr(toy.subscriber, "_return_all", counting)
    await toy.publish(note("first"), note("locking"), note("last"))
    await toy.subscriber.drain()
    assert sorted(await toy.handled()) == ["first", "last", "locking"]
    assert await toy.count("dead_letter") == 0


async def test_what_cannot_be_read_is_laid_aside(toy: Toy) -> None:
    bodies = [
        b"",
        b"not json",
        b"[]",
        b'{"type": "isaf.toy.note.written.v1"}',
        b'{"type": "isaf.toy.note.written.v2", "id": "'
        + str(uuid4()).encode()
        + b'", "time": "2026-01-01", "data": {}}',
        b'{"type": 7}',
        b"\x00\xff",
    ]
    for number, body in enumerate(bodies):
        await toy.publish_raw(f"isaf.toy.note.written.v1.{number}", body, f"raw-{number}")
    await toy.publish(note("good"))
    await toy.subscriber.drain()
    assert await toy.handled() == ["good"]
    assert await toy.rows("SELECT event_id FROM dead_letter ORDER BY event_id") == [
        f"raw-{number}" for number in range(len(bodies))
    ]
    assert await toy.rows("SELECT body FROM dead_letter ORDER BY event_id") == bodies


async def test_a_lost_database_does_not_count_as_a_try_and_holds_up_no_other(toy: Toy) -> None:
    mood.deadly = {"deadly"}
    await toy.publish(note("good"), note("deadly"), note("after"))
    for _ in range(subscribers.MAXIMUM_TRIES + 2):
        with pytest.raises((DBAPIError, OSError)):
            await toy.subscriber.drain()
    mood.deadly.clear()
    await toy.subscriber.drain()
    assert sorted(await toy.handled()) == ["after", "deadly", "good"]
    assert await toy.count("dead_letter") == 0


async def test_a_wiped_schema_is_rebuilt_from_the_stream(toy: Toy) -> None:
    shelf = uuid4()
    for version in range(1, 4):
        await toy.publish(ShelfChanged(id=shelf, name=f"name {version}", version=version))
    await toy.publish(note("kept"))
    await toy.subscriber.drain()
    await toy.rows("TRUNCATE inbox, consumer_start, heard, shelf")

    async with toy.another() as fresh:
        [subscriber] = fresh.subscribers
        assert await subscriber.drain() == 2

    assert await toy.rows("SELECT name FROM shelf") == ["name 3"]
    assert await toy.handled() == ["kept"]


async def test_a_copy_that_is_kept_from_a_later_version_on_hears_of_earlier_state(toy: Toy) -> None:
    before = Consumers()
    before.on(NoteWritten)(hear)
    younger = Subscriber("toy", "toy", before, toy.runtime.database, toy.runtime.nats)
    await toy.publish(note("heard before"), ShelfChanged(id=uuid4(), name="from before", version=1))
    assert await younger.drain() == 1

    await toy.subscriber.drain()

    assert await toy.rows("SELECT name FROM shelf") == ["from before"]
    assert await toy.handled() == ["heard before"]
    assert await toy.subscriber.drain() == 0


async def test_a_restart_goes_on_where_it_stopped(toy: Toy) -> None:
    await toy.publish(note("before"))
    await toy.subscriber.drain()
    await toy.publish(note("after"))
    async with toy.another() as restarted:
        [subscriber] = restarted.subscribers
        assert await subscriber.drain() == 1
    assert await toy.handled() == ["before", "after"]


async def test_state_is_the_newest_version_whatever_the_order(toy: Toy) -> None:
    first, second = uuid4(), uuid4()

    async def hear_of(*states: ShelfChanged) -> None:
        async with toy.runtime.database.transaction() as db:
            await toy.runtime.consumers.handle(db, [arrived(state) for state in states])

    await hear_of(
        ShelfChanged(id=first, name="first 2", version=2),
        ShelfChanged(id=second, name="second 5", version=5),
        ShelfChanged(id=first, name="first 1", version=1),
    )
    await hear_of(ShelfChanged(id=second, name="second 4", version=4))
    await hear_of(ShelfChanged(id=first, name="first 3", version=3), ShelfChanged(id=first, name="first 3", version=3))
    assert await toy.rows("SELECT name FROM shelf ORDER BY name") == ["first 3", "second 5"]
    assert await toy.count("inbox") == 0


def arrived(event: ShelfChanged) -> Envelope:
    event_id, time = new_identity()
    return decode(encode(event, event_id=event_id, time=time, traceparent=""))


async def test_a_type_has_one_handler() -> None:
    consumers = Consumers()
    consumers.on(NoteWritten)(hear)
    with pytest.raises(AssertionError, match="has a handler already"):
        consumers.on(NoteWritten)(hear)
    assert list(consumers.by_producer()) == ["toy"]


async def test_fields_added_to_an_event_later_are_ignored(toy: Toy) -> None:
    event_id, time = new_identity()
    document = json.loads(encode(note("new"), event_id=event_id, time=time, traceparent=""))
    document["data"]["colour"] = document["dataschema"] = "new"
    await toy.publish_raw("isaf.toy.note.written.v1.x", json.dumps(document).encode(), "new")
    await toy.subscriber.drain()
    assert await toy.handled() == ["new"]


async def test_only_an_operator_of_the_whole_country_sees_dead_letters(toy: Toy) -> None:
    url = f"{API}/operations/dead-letters"
    assert (await toy.http.get(url)).status_code == 401
    for grant in ("ncdds@", "province_officer@02", "operator@02"):
        for answer in (
            await toy.http.get(url, headers=toy.world.as_(grant)),
            await toy.http.post(f"{url}/1:replay", headers=toy.world.as_(grant)),
            await toy.http.get(f"{API}/operations/events", headers=toy.world.as_(grant)),
        ):
            assert answer.status_code == 403, grant


async def test_an_operator_lists_and_replays_dead_letters(toy: Toy) -> None:
    operator = toy.world.as_("operator@")
    mood.broken = {"bad 1": 7, "bad 2": 99}
    await toy.publish(note("bad 1"), note("bad 2"))
    await toy.publish_raw("isaf.toy.note.written.v1.x", b"not json", "raw")
    await toy.subscriber.drain()

    url = f"{API}/operations/dead-letters"
    first = (await toy.http.get(url, params={"limit": 2}, headers=operator)).json()
    rest = (await toy.http.get(url, params={"cursor": first["next_cursor"]}, headers=operator)).json()
    letters = {letter["error"]: letter["id"] for letter in first["items"] + rest["items"]}
    assert len(letters) == 3
    assert rest["next_cursor"] is None
    assert {letter["replayed_at"] for letter in first["items"]} == {None}

    curable = letters["RuntimeError: broken by bad 1"]
    again = await toy.http.post(f"{url}/{curable}:replay", headers=operator)
    assert (again.status_code, again.json()["code"]) == (409, "replay_failed")
    assert "broken by bad 1" in again.json()["detail"]
    cured = await toy.http.post(f"{url}/{curable}:replay", headers=operator)
    assert cured.status_code == 200, cured.text
    assert await toy.handled() == ["bad 1"]
    twice = await toy.http.post(f"{url}/{curable}:replay", headers=operator)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_replayed")
    [unreadable] = [letter for error, letter in letters.items() if "broken" not in error]
    refused = await toy.http.post(f"{url}/{unreadable}:replay", headers=operator)
    assert (refused.status_code, refused.json()["code"]) == (409, "replay_failed")
    missing = await toy.http.post(f"{url}/999:replay", headers=operator)
    assert (missing.status_code, missing.json()["code"]) == (404, "dead_letter_not_found")
    for garbage in ("WyJhIl0", "WzEsMl0", "W10", "WzFlOTldMA", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTld"):
        bad = await toy.http.get(url, params={"cursor": garbage}, headers=operator)
        assert bad.status_code == 422, garbage


async def test_an_operator_sees_the_backlog(toy: Toy) -> None:
    mood.broken = {"bad": 99}
    await toy.write("waiting")
    await toy.publish(note("bad"))
    await toy.subscriber.drain()
    await toy.publish(note("unread"))
    state = (await toy.http.get(f"{API}/operations/events", headers=toy.world.as_("operator@"))).json()
    assert (state["outbox_pending"], state["dead_letters"]) == (1, 1)
    assert state["outbox_oldest_seconds"] >= 0
    [own] = [consumer for consumer in state["consumers"] if consumer["stream"] == "TOY"]
    assert own == {"stream": "TOY", "pending": 1, "unacknowledged": 0}
