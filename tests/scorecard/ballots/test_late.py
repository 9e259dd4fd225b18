"""Facilitators' ballots that come after scoring has ended, and those that they take back."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from tests.scorecard.conftest import CAF, CENTRE, OTHER_CAF, Scorecard

IS_WAITED_FOR = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
)
REASON = {"reason": "ច្រឡំមណ្ឌលសុខភាព"}


async def test_what_comes_late_is_kept_and_not_counted(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    result = await scorecard.submit_and_publish()
    late = scorecard.ballot(scores=[1] * 10)
    answer = await scorecard.post("/ballots", late, CAF)
    assert (answer.status_code, answer.json()) == (
        201,
        {"id": late["id"], "status": "accepted", "code": "late", "counted": False},
    )
    assert (await scorecard.post("/ballots", late, CAF)).json()["status"] == "duplicate"
    outside = await scorecard.post("/ballots", scorecard.ballot(), OTHER_CAF)
    assert outside.json()["code"] == "area_not_covered"
    await scorecard.close()
    items = [scorecard.ballot(), late, scorecard.ballot("HC-020401-1"), scorecard.ballot(scores=[4] * 9)]
    said = (await scorecard.post("/ballots:batch", {"ballots": items}, CAF, **{"Accept-Language": "km"})).json()
    assert [(item["status"], item.get("code"), item.get("counted")) for item in said["items"]] == [
        ("accepted", "late", False),
        ("duplicate", "late", False),
        ("rejected", "area_not_covered", None),
        ("rejected", "wrong_number_of_scores", None),
    ]
    assert "យឺត" in said["items"][0]["detail"]
    assert await scorecard.count("ballot WHERE late") == 2
    assert await scorecard.count("uncounted, generate_series(1, people)") == 6
    read = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/result")
    assert read.json()["participants"] == result["participants"] == 6


async def test_a_ballot_of_a_meeting_is_taken_back(scorecard: Scorecard) -> None:
    await scorecard.open()
    ballot = scorecard.ballot(disability=False)
    assert (await scorecard.post("/ballots", ballot, CAF)).status_code == 201
    path = f"/ballots/{ballot['id']}:withdraw"
    assert (await scorecard.post(path, REASON)).status_code == 401
    assert (await scorecard.post(path, REASON, OTHER_CAF)).json()["code"] == "area_not_covered"
    for wrong in ({}, {"reason": ""}, REASON | {"by": "me"}):
        assert (await scorecard.post(path, wrong, CAF)).status_code == 422
    taken_back = await scorecard.post(path, REASON, CAF)
    assert (taken_back.status_code, taken_back.json()["reason"]) == (200, REASON["reason"])
    assert (await scorecard.post(path, REASON, CAF)).json() == taken_back.json()
    other_reason = await scorecard.post(path, {"reason": "Another"}, CAF)
    assert (other_reason.status_code, other_reason.json()["code"]) == (409, "already_withdrawn")
    again = (await scorecard.post("/ballots", ballot, CAF)).json()
    assert again == {"id": ballot["id"], "status": "duplicate", "code": "withdrawn", "counted": False}
    async with scorecard.client.runtime.database.transaction() as db:
        rows = await db.execute(text("SELECT people, slots FROM uncounted ORDER BY seq"))
        assert [tuple(row) for row in rows] == [(1, [1, 13]), (-1, [1, 13])]


async def test_what_cannot_be_taken_back(scorecard: Scorecard) -> None:
    await scorecard.open()
    ended = scorecard.ballot()
    by_phone = scorecard.ballot(ballot_token=await scorecard.token(), device_id="one")
    assert (await scorecard.post("/ballots", by_phone)).status_code == 201
    assert (await scorecard.post("/ballots", ended, CAF)).status_code == 201
    assert (await scorecard.submit()).status_code == 200
    wrong = {by_phone["id"]: "ballot_not_found", str(uuid4()): "ballot_not_found", ended["id"]: "scoring_ended"}
    for ballot_id, code in wrong.items():
        assert (await scorecard.post(f"/ballots/{ballot_id}:withdraw", REASON, CAF)).json()["code"] == code
    assert (await scorecard.post("/ballots/nonsense:withdraw", REASON, CAF)).status_code == 422


async def test_taking_back_waits_for_the_scorecard_before_it_holds_the_ballot(scorecard: Scorecard) -> None:
    """Whoever counts late records holds the scorecard first and the ballots then: both wait, and not in a circle."""
    await scorecard.open()
    ballot = scorecard.ballot()
    assert (await scorecard.post("/ballots", ballot, CAF)).status_code == 201
    database = scorecard.client.runtime.database
    async with database.transaction() as db:
        await db.execute(text("SELECT FROM scorecard FOR UPDATE"))
        taking_back = asyncio.create_task(scorecard.post(f"/ballots/{ballot['id']}:withdraw", REASON, CAF))
        while not await db.scalar(IS_WAITED_FOR):
            assert not taking_back.done()
        assert (await db.execute(text("SELECT FROM ballot FOR UPDATE SKIP LOCKED"))).rowcount == 1  # type: ignore[attr-defined]
    assert (await taking_back).status_code == 200
