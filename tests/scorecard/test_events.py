"""The whole way over real NATS, as the registry publishes and others read."""

import nats
from sqlalchemy import text

from shared.events import Event, decode, encode, new_identity
from tests.scorecard.conftest import API, AREAS, NCDDS, Scorecard, area, unit
from tests.world import World


async def publish(world: World, *events: Event) -> None:
    """Publish as the registry."""
    client = await nats.connect(
        world.parts.nats.url,
        user="registry",
        password=world.parts.passwords["registry"],
        inbox_prefix=b"_INBOX_registry",
    )
    for event in events:
        event_id, time = new_identity()
        body = encode(event, event_id=event_id, time=time, traceparent="")
        await client.jetstream().publish(event.subject, body, headers={"Nats-Msg-Id": str(event_id)})
    await client.close()


async def test_from_the_registrys_news_to_a_published_result(world: World) -> None:
    scorecard = Scorecard(world, await world.start("scorecard"))
    centre = unit("HC-020301-1", "health_centre")
    await publish(
        world, *(area(code) for code in AREAS), centre, centre.model_copy(update={"version": 2, "name_en": "B"})
    )
    await world.drain()
    round_id = await scorecard.open()
    await publish(world, late := unit("HC-020301-2", "health_centre"))
    await world.drain()
    await scorecard.cast(6)
    await scorecard.cast(6, late.code)
    for code in (centre.code, late.code):
        await scorecard.submit_and_publish(code)
    await scorecard.close()
    await world.drain()
    client = await nats.connect(world.parts.nats.url, user="admin", password=world.parts.passwords["admin"])
    stream = client.jetstream()
    info = await stream.stream_info("SCORECARD")
    messages = [await stream.get_msg("SCORECARD", seq) for seq in range(info.state.first_seq, info.state.last_seq + 1)]
    await client.close()
    envelopes = [decode(message.data or b"") for message in messages]
    assert [envelope.type for envelope in envelopes] == [
        "isaf.scorecard.round.opened.v1",
        "isaf.scorecard.result.published.v1",
        "isaf.scorecard.result.published.v1",
        "isaf.scorecard.round.closed.v1",
    ]
    first = envelopes[1].event.model_dump()
    assert (first["unit_name_en"], first["participants"], str(first["round_id"])) == ("B", 6, round_id)
    backlog = (await scorecard.get("/operations/events", "operator@")).json()
    assert (backlog["outbox_pending"], backlog["dead_letters"]) == (0, 0)
    assert (await scorecard.client.http.get(f"{API}/operations/events", headers=world.as_(NCDDS))).status_code == 403


async def test_units_are_read_again_after_an_upgrade_for_what_was_not_kept_of_them(world: World) -> None:
    scorecard = Scorecard(world, await world.start("scorecard"))
    await publish(world, unit("HC-020301-1", "health_centre", catchment=("020302",), version=3))
    await world.drain()
    async with scorecard.client.runtime.database.transaction() as db:
        for statement in (
            "UPDATE unit SET version = version - 1, catchment = '{}'",
            "DELETE FROM inbox",
            "DELETE FROM consumer_start",
        ):
            await db.execute(text(statement))  # as migration 0006 leaves it
    await world.drain()
    assert await scorecard.count("unit WHERE catchment = '{020302}' AND version = 3") == 1
