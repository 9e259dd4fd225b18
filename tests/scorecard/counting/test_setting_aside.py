"""What fits no scorecard stops nothing and is not lost; an operator has a round counted again."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.scorecard.counting import batches, statements, worker
from services.scorecard.counting.queries import unit_histogram
from tests.scorecard.conftest import CENTRE, NCDDS, SCHOOL, Scorecard

QUEUE = text(
    """
    INSERT INTO uncounted (round_id, unit_code, slots, people, scores, counts, slot_people)
    VALUES (:round_id, :unit_code, :slots, :people, :scores, :counts, :slot_people)
    """
)
GOOD: dict[str, Any] = {
    "unit_code": CENTRE,
    "slots": [1],
    "people": 1,
    "scores": [4] * 10,
    "counts": None,
    "slot_people": None,
}
GOOD_SUM: dict[str, Any] = {"slots": [1, 2], "people": 5, "scores": None, "counts": [1] * 100, "slot_people": [2, 3]}
MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"unit_code": "HC-999999-1"}, "no scorecard"),
    ({"round_id": uuid4()}, "no scorecard"),
    ({"scores": [4] * 9}, "9 scores for 10 indicators"),
    ({"scores": [6] * 10}, "scores beyond 1 to 5"),
    ({"scores": [0] * 10}, "scores beyond 1 to 5"),
    ({"slots": [18]}, "slots that do not go together"),
    ({"slots": [1, 2]}, "slots that do not go together"),
    ({"slots": [1, 1]}, "slots that do not go together"),
    ({"slots": [12, 14]}, "slots that do not go together"),
    ({"slots": [None]}, "slots that do not go together"),
    ({"slots": []}, "slots that do not go together"),
    ({"scores": None, "counts": [1] * 49}, "not 50 counts"),
    ({"scores": None, "counts": [None] * 50}, "not 50 counts"),
    (GOOD_SUM | {"counts": [1] * 110}, "not 100 counts"),
]


async def test_what_fits_nothing_is_set_aside(scorecard: Scorecard) -> None:
    round_id = UUID(await scorecard.open())
    rows = [GOOD, *(GOOD | misfit for misfit, _ in MISFITS), GOOD | {"unit_code": SCHOOL}, GOOD | GOOD_SUM]
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(QUEUE, [{"round_id": round_id} | row for row in rows])
    await scorecard.count_all()
    assert await scorecard.count("uncounted") == 0
    async with scorecard.client.runtime.database.transaction() as db:
        kept = await db.scalars(text("SELECT reason FROM uncountable ORDER BY seq"))
        assert kept.all() == [reason for _, reason in MISFITS]
        for code, people in ((CENTRE, 6), (SCHOOL, 1)):
            assert (await unit_histogram(db, round_id, code))[""].participants == people
    state = (await scorecard.get(f"/rounds/{round_id}/counting", "operator@")).json()
    assert state["set_aside"] == len(MISFITS) - 2 + GOOD_SUM["people"]
    assert await scorecard.count("uncountable") == len(MISFITS)


async def test_the_row_that_the_database_refuses_is_found(scorecard: Scorecard) -> None:
    round_id = UUID(await scorecard.open())
    huge = GOOD | {"people": 2**31 - 1}
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(QUEUE, [{"round_id": round_id} | row for row in (GOOD, GOOD, GOOD, huge, GOOD, GOOD)])
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        (reason,) = await db.scalars(text("SELECT reason FROM uncountable"))
        assert "out of range" in reason
        assert (await unit_histogram(db, round_id, CENTRE))[""].counts[3] == 5


async def test_scores_of_questions_of_before_are_set_aside(scorecard: Scorecard) -> None:
    """Citizens choose their own indicators before anybody scores; if not, nothing is counted under another question."""
    round_id = UUID(await scorecard.open())
    await scorecard.cast(2)
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE scorecard SET indicator_count = 11"))
        await db.execute(QUEUE, GOOD | {"round_id": round_id, "scores": [4] * 11})
    await scorecard.count_all()
    assert await scorecard.count("uncountable WHERE reason = 'a histogram of other questions'") == 1
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("DELETE FROM uncountable"))
        await db.execute(QUEUE, GOOD | {"round_id": round_id, "people": -2, "unit_code": CENTRE})
        await db.execute(text("UPDATE scorecard SET indicator_count = 10"))
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE scorecard SET indicator_count = 11"))
        await db.execute(QUEUE, GOOD | {"round_id": round_id, "scores": [*[None] * 10, 2]})
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        assert (await unit_histogram(db, round_id, CENTRE))[""].distribution(10) == [0, 1, 0, 0, 0]


async def test_an_operator_has_a_round_counted_again(scorecard: Scorecard) -> None:
    round_id = UUID(await scorecard.open())
    await scorecard.cast(3)
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        before = await unit_histogram(db, round_id, CENTRE)
        await db.execute(text("UPDATE unit_histogram SET counts[4] = 77"))
        await db.execute(QUEUE, GOOD | {"round_id": round_id, "scores": [4]})
    await scorecard.count_all()
    await scorecard.cast(1)
    path = f"/rounds/{round_id}/counting"
    refused = {(): "sign_in_required", (NCDDS,): "permission_missing", ("operator@02",): "area_not_covered"}
    for caller, code in refused.items():
        assert (await scorecard.get(path, *caller)).json()["code"] == code
        assert (await scorecard.post(f"{path}:restart", None, *caller)).json()["code"] == code
    state = {"round_id": str(round_id), "waiting": 1, "set_aside": 1}
    assert (await scorecard.get(path, "operator@")).json() == state
    answer = await scorecard.post(f"{path}:restart", None, "operator@")
    assert (answer.status_code, answer.json()) == (202, state)
    assert (await scorecard.post(f"/rounds/{uuid4()}/counting:restart", None, "operator@")).status_code == 404
    await scorecard.count_all()
    assert (await scorecard.get(path, "operator@")).json() == {"round_id": str(round_id), "waiting": 0, "set_aside": 0}
    async with scorecard.client.runtime.database.transaction() as db:
        after = await unit_histogram(db, round_id, CENTRE)
    assert (before[""].participants, after[""].participants, after[""].distribution(0)) == (3, 4, [0, 0, 0, 4, 0])


async def test_one_counts_at_a_time(scorecard: Scorecard) -> None:
    await scorecard.open()
    dsn = scorecard.client.runtime.settings.database_url
    first, second = await worker.connect(dsn), await worker.connect(dsn)
    try:
        assert await first.fetchval(statements.LEAD)
        assert not await second.fetchval(statements.LEAD)
    finally:
        first.terminate()
        await second.close()


@pytest.mark.parametrize("most", [1, 2, 100])
async def test_batches_of_any_size_count_the_same(scorecard: Scorecard, most: int) -> None:
    round_id = UUID(await scorecard.open())
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(QUEUE, [GOOD | {"round_id": round_id, "slots": [slot]} for slot in range(5)])
    session = await worker.connect(scorecard.client.runtime.settings.database_url)
    try:
        while (await batches.count_batch(session, most))[0]:
            continue
    finally:
        await session.close()
    async with scorecard.client.runtime.database.transaction() as db:
        assert (await unit_histogram(db, round_id, CENTRE))[""].people == [1] * 5 + [0] * 13
