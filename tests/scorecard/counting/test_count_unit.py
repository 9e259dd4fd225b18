"""A unit's histograms from its ballots and tallies, whatever still waits in the queue."""

from uuid import UUID, uuid4

from sqlalchemy import text

from services.scorecard.counting.groups import people_slot
from services.scorecard.counting.queries import count_unit, note_change, unit_histogram
from services.scorecard.scorecards.models import Scorecard as Card
from tests.scorecard.conftest import CAF, CENTRE, Scorecard


async def test_ballots_and_tallies_are_counted_by_village(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(3, scores=[1, None, *[5] * 8])
    await scorecard.cast(2, scores=[2, 4, *[5] * 8], sex="male", age_group="elder")
    counts = [[0, 0, 0, 0, 4], *[[0] * 5] * 9]
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "groups": [{"sex": "male", "participants": 5, "counts": counts}],
    }
    assert (await scorecard.post("/tallies", tally, CAF)).status_code == 201
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE ballot SET id_poor = true, village_code = '02030101' WHERE sex = 'male'"))
        card = await db.get_one(Card, (UUID(scorecard.round_id), CENTRE))
        by_village = await count_unit(db, card)
        await db.execute(text("UPDATE ballot SET late = true"))
        await db.execute(text("UPDATE tally SET late = true"))
        assert await count_unit(db, card) == {}
    assert set(by_village) == {"", "02030101"}
    unnamed, village = by_village[""], by_village["02030101"]
    assert (unnamed.participants, unnamed.distribution(0), unnamed.distribution(1)) == (3, [3, 0, 0, 0, 0], [0] * 5)
    assert (village.participants, village.distribution(0), village.distribution(1)) == (
        7,
        [0, 2, 0, 0, 4],
        [0, 0, 0, 2, 0],
    )
    assert village.people[people_slot("male", "elder")] == 2
    assert village.people_of("id_poor") == [2, 0, 5]
    assert village.counts_of("sex", 0) == [[0] * 5, [0, 2, 0, 0, 4], [0] * 5]


async def test_a_change_is_noted_for_the_worker(scorecard: Scorecard) -> None:
    round_id = UUID(await scorecard.open())
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("DELETE FROM round_change"))
        await note_change(db, round_id)
        await note_change(db, round_id, recount=True)
        rows = await db.execute(text("SELECT round_id, recount FROM round_change ORDER BY seq"))
        assert [tuple(row) for row in rows] == [(round_id, False), (round_id, True)]
        assert await unit_histogram(db, round_id, CENTRE) == {}
