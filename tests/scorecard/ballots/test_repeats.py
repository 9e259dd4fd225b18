"""Another ballot of the same phone, where the round lets it replace the first."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from tests.scorecard.conftest import CAF, CENTRE, FOURS, OFFICER, Scorecard

IS_WAITED_FOR = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
)


async def queued(scorecard: Scorecard) -> list[tuple[int, list[int], list[int]]]:
    """What the worker has still to count: people, slots and scores."""
    async with scorecard.client.runtime.database.transaction() as db:
        rows = await db.execute(text("SELECT people, slots, scores FROM uncounted ORDER BY seq"))
        return [(row.people, row.slots, row.scores) for row in rows]


async def phone_ballot(scorecard: Scorecard, device: str = "one", **changes: Any) -> dict[str, Any]:
    return scorecard.ballot(ballot_token=await scorecard.token(), device_id=device, **changes)


async def test_a_later_ballot_replaces_the_earlier_one(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    first = await phone_ballot(scorecard)
    later = first | {"id": str(uuid4()), "scores": [1] * 10, "sex": "male", "id_poor": True}
    assert (await scorecard.post("/ballots", first)).json()["status"] == "accepted"
    answer = await scorecard.post("/ballots", later)
    assert (answer.status_code, answer.json()) == (
        201,
        {"id": later["id"], "status": "accepted", "code": "replaces_earlier"},
    )
    assert await queued(scorecard) == [(1, [1], FOURS), (-1, [1], FOURS), (1, [5, 16], [1] * 10)]
    again = (await scorecard.post("/ballots", later)).json()
    assert again == {"id": later["id"], "status": "duplicate"}
    lost_answer = await scorecard.post("/ballots", first)
    assert (lost_answer.status_code, lost_answer.json()) == (
        200,
        {"id": first["id"], "status": "duplicate", "code": "replaced", "counted": False},
    )
    assert (await scorecard.post("/ballots", later | {"scores": [2] * 10})).json()["code"] == "conflict"
    await scorecard.close()
    assert (await scorecard.post("/ballots", first)).json()["code"] == "replaced"
    assert (await scorecard.post("/ballots", later)).json()["status"] == "duplicate"
    assert await scorecard.count("ballot WHERE sex = 'male' AND cardinality(replaced) = 1") == 1
    assert len(await queued(scorecard)) == 3


async def test_many_at_once_from_one_phone_count_once(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    one = await phone_ballot(scorecard)
    ballots = [one | {"id": str(uuid4()), "scores": [score] * 10} for score in (1, 2, 3, 4, 5)]
    answers = await asyncio.gather(*(scorecard.post("/ballots", ballot) for ballot in [*ballots, *ballots]))
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    assert await scorecard.count("ballot WHERE NOT withdrawn") == 1
    queue = await queued(scorecard)
    assert sum(people for people, *_ in queue) == 1
    assert sum(people * scores[0] for people, _, scores in queue) in (1, 2, 3, 4, 5)


async def test_the_id_of_a_replaced_ballot_is_used_for_good(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    first = await phone_ballot(scorecard)
    for ballot in (first, first | {"id": str(uuid4()), "scores": [1] * 10}):
        assert (await scorecard.post("/ballots", ballot)).status_code == 201
    used, other = first["id"], [2] * 10
    taken = [
        await scorecard.post("/ballots", first | {"device_id": "two", "scores": other}),
        await scorecard.post("/ballots", first | {"scores": other}),
        await scorecard.post("/ballots", scorecard.ballot(id=used, scores=other), CAF),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in taken} == {(409, "conflict")}
    batch = await scorecard.post("/ballots:batch", {"ballots": [scorecard.ballot(id=used, scores=other)]}, CAF)
    assert [item["status"] for item in batch.json()["items"]] == ["conflict"]
    record = {"kind": "ballot"} | scorecard.ballot(id=used, scores=other)
    [item] = (await scorecard.post("/records:sync", {"records": [record]}, CAF)).json()["items"]
    assert (item["status"], item["code"]) == ("conflict", "conflict")
    held = (await scorecard.post("/records:held", {"ids": [used]}, CAF)).json()
    assert held == {"held": [{"id": used, "kind": "ballot", "standing": "replaced"}], "missing": []}
    assert sum(people for people, *_ in await queued(scorecard)) == 1
    await scorecard.count_all()
    place = f"/rounds/{scorecard.round_id}/units/{CENTRE}/participation"
    assert (await scorecard.get(place, OFFICER)).json()["ballots"] == 1


async def test_another_that_waits_for_the_id_while_it_is_replaced_is_not_stored(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    first = await phone_ballot(scorecard)
    assert (await scorecard.post("/ballots", first)).status_code == 201
    later = first | {"id": str(uuid4()), "scores": [1] * 10}
    stolen = [scorecard.ballot(id=first["id"], scores=[2] * 10) for _ in range(6)]
    answers = await asyncio.gather(
        scorecard.post("/ballots", later), *(scorecard.post("/ballots", one, CAF) for one in stolen)
    )
    assert [answer.status_code for answer in answers] == [201, *[409] * 6], [answer.text for answer in answers]
    assert sum(people for people, *_ in await queued(scorecard)) == 1


async def test_a_phone_does_not_change_its_mind_for_ever(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    one = await phone_ballot(scorecard)
    codes = [(await scorecard.post("/ballots", one | {"id": str(uuid4())})).json().get("code") for _ in range(22)]
    assert codes == [None, *["replaces_earlier"] * 20, "already_scored"]


async def test_where_it_is_refused_the_first_one_stays(scorecard: Scorecard) -> None:
    await scorecard.open()
    first = await phone_ballot(scorecard)
    others = [first | {"id": str(uuid4())} for _ in range(4)]
    assert (await scorecard.post("/ballots", first)).status_code == 201
    answers = await asyncio.gather(*(scorecard.post("/ballots", other) for other in others))
    assert {answer.json()["code"] for answer in answers} == {"already_scored"}
    assert [people for people, *_ in await queued(scorecard)] == [1]


async def test_one_sent_again_while_a_later_one_is_stored_does_not_replace_that(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace")
    first = await phone_ballot(scorecard)
    assert (await scorecard.post("/ballots", first)).status_code == 201
    second, third = first | {"id": str(uuid4()), "scores": [1] * 10}, str(uuid4())
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM ballot FOR UPDATE"))
        again = asyncio.create_task(scorecard.post("/ballots", second))
        while not await db.scalar(IS_WAITED_FOR):
            assert not again.done()
        arrived = {"id": third, "replaced": [first["id"], second["id"]]}
        await db.execute(text("UPDATE ballot SET id = :id, replaced = CAST(:replaced AS uuid[])"), arrived)
    said = (await again).json()
    assert said == {"id": second["id"], "status": "duplicate", "code": "replaced", "counted": False}
    assert await scorecard.count(f"ballot WHERE id = '{third}'") == 1
