"""What is unlikely is flagged for review, and changes no number."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.scorecard.flags.checks import Found, keep
from services.scorecard.flags.network import (
    MOST_BALLOTS,
    NetworkWatch,
    comment_watch,
    note_phone_ballot,
    note_phone_comment,
    watch,
)
from services.scorecard.flags.worker import write_down
from tests.scorecard.conftest import CAF, CENTRE, OFFICER, OTHER_OFFICER, PROVIDER, Scorecard

VARIED = [[1, 2, 3, 4, 5], [5, 3, 1, 2, 4], [2, 2, 5, 1, 3], [4, 5, 2, 3, 1], [3, 1, 4, 5, 2], [4, 4, 1, 2, 5]]
PEOPLE = {"sex": "female", "participants": 9, "counts": [[0, 0, 3, 3, 3]] * 10}


async def flags(scorecard: Scorecard, *grants: str, **params: Any) -> list[dict[str, Any]]:
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/flags", *(grants or (OFFICER,)), **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def check(scorecard: Scorecard, officer: str = OFFICER) -> int:
    answer = await scorecard.post(f"/rounds/{scorecard.round_id}/units/{CENTRE}:check", None, officer)
    return answer.status_code


async def cast_copies(scorecard: Scorecard, copies: int) -> None:
    """Honest ballots, and one that somebody filled in again and again."""
    for first in VARIED:
        for second in VARIED:
            await scorecard.cast(1, scores=first + second)
    await scorecard.cast(copies, scores=[4, 3, 5, 4, 2, 3, 4, 4, 5, 3])


async def test_equal_ballots_are_flagged_and_all_counted(scorecard: Scorecard) -> None:
    await scorecard.open()
    await cast_copies(scorecard, 14)
    assert await check(scorecard) == 204
    [flag] = await flags(scorecard)
    assert (flag["kind"], flag["size"], flag["state"]) == ("identical_ballots", 14, "open")
    assert (flag["details"]["identical"], flag["details"]["ballots"]) == (14, 50)
    assert "14 of 50" in flag["reason_en"]
    assert "១៤" in flag["reason_km"]
    assert await scorecard.count("ballot") == 50
    assert (await scorecard.submit()).status_code == 200


async def test_ending_the_scoring_looks_for_patterns_and_is_not_held_up(scorecard: Scorecard) -> None:
    await scorecard.open()
    await cast_copies(scorecard, 20)
    assert (await scorecard.submit()).status_code == 200
    assert [flag["size"] for flag in await flags(scorecard)] == [20]
    card = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/scorecard", OFFICER)
    assert card.json()["open_flags"] == 1


async def test_who_may_see_check_and_decide(scorecard: Scorecard) -> None:
    await scorecard.open()
    await cast_copies(scorecard, 14)
    path = f"/rounds/{scorecard.round_id}/flags"
    assert (await scorecard.get(path)).status_code == 401
    for wrong in (CAF, PROVIDER):
        assert (await scorecard.get(path, wrong)).status_code == 403
        assert await check(scorecard, wrong) == 403
    assert await check(scorecard, OTHER_OFFICER) == 403
    assert await check(scorecard) == 204
    assert await flags(scorecard, OTHER_OFFICER) == []
    assert (await scorecard.get(path, OFFICER, area="0204")).status_code == 403
    assert (await scorecard.get(f"/rounds/{uuid4()}/flags", OFFICER)).status_code == 404
    [flag] = await flags(scorecard, area="0203", state="open", kind="identical_ballots", unit_code=CENTRE)
    match = {"If-Match": '"1"'}
    for verb in ("dismiss", "confirm"):
        decide = f"/flags/{flag['id']}:{verb}"
        assert (await scorecard.post(decide, {"note": "n"}, **match)).status_code == 401
        assert (await scorecard.post(decide, {"note": "n"}, CAF, **match)).status_code == 403
        assert (await scorecard.post(decide, {"note": "n"}, OTHER_OFFICER, **match)).status_code == 403
        assert (await scorecard.post(decide, {"note": ""}, OFFICER, **match)).status_code == 422
        assert (await scorecard.post(decide, {"note": "n"}, OFFICER)).status_code == 428
        assert (await scorecard.post(f"/flags/{uuid4()}:{verb}", {"note": "n"}, OFFICER, **match)).status_code == 404
    answers = await asyncio.gather(
        scorecard.post(f"/flags/{flag['id']}:dismiss", {"note": "a meeting"}, OFFICER, **match),
        scorecard.post(f"/flags/{flag['id']}:confirm", {"note": "copied"}, OFFICER, **match),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_dismissed_flag_stays_so_until_it_has_doubled(scorecard: Scorecard) -> None:
    await scorecard.open()
    place = (UUID(scorecard.round_id), CENTRE)

    async def raise_with(size: int) -> None:
        async with scorecard.client.runtime.database.transaction() as db:
            await keep(db, {place: [Found("one_network", size, {"ballots": size, "minutes": 10})]})

    await raise_with(50)
    [flag] = await flags(scorecard)
    dismissed = await scorecard.post(
        f"/flags/{flag['id']}:dismiss", {"note": "a meeting"}, OFFICER, **{"If-Match": "*"}
    )
    assert dismissed.json()["state"] == "dismissed"
    for size, state, kept in ((40, "dismissed", 50), (60, "dismissed", 60), (130, "open", 130)):
        await raise_with(size)
        [flag] = await flags(scorecard)
        assert (flag["state"], flag["size"], flag["details"]["ballots"]) == (state, kept, kept)
    assert len(await flags(scorecard, state="dismissed")) == 0


async def test_more_people_than_came_and_days_that_cannot_be(scorecard: Scorecard) -> None:
    await scorecard.open()
    today = datetime.now(UTC).date()
    meeting_id, tomorrow, before = str(uuid4()), str(today + timedelta(days=3)), "2020-01-02"
    meeting = {"id": meeting_id, "round_id": scorecard.round_id, "unit_codes": [CENTRE], "held_on": str(today)}
    assert (await scorecard.post("/meetings", meeting | {"attendance": {"total": 10}}, CAF)).status_code == 201
    tally = {"round_id": scorecard.round_id, "unit_code": CENTRE, "groups": [PEOPLE]}
    for held_on, linked in ((str(today), {"meeting_id": meeting_id}), (before, {})):
        body = tally | {"id": str(uuid4()), "held_on": held_on} | linked
        assert (await scorecard.post("/tallies", body, CAF)).status_code == 201
    ahead = meeting | {"id": str(uuid4()), "held_on": tomorrow, "attendance": {"total": 3}}
    accepted = (await scorecard.post("/meetings", ahead, CAF)).status_code == 201
    await scorecard.cast(3, meeting_id=meeting_id)
    await check(scorecard)
    found = {flag["kind"]: flag for flag in await flags(scorecard)}
    assert found["more_than_attended"]["details"] == {"attended": 10, "scored": 12}
    assert found["more_than_attended"]["subject"] == meeting_id
    assert found["held_before_opening"]["details"]["held_on"] == before
    assert ("held_in_future" in found) == accepted
    assert all(flag["reason_en"] and flag["reason_km"] for flag in found.values())


async def test_who_is_recorded_without_a_meeting_must_fit_into_those_that_were_held(scorecard: Scorecard) -> None:
    await scorecard.open()

    async def hold(total: int) -> str:
        meeting_id = str(uuid4())
        held = {"id": meeting_id, "round_id": scorecard.round_id, "unit_codes": [CENTRE], "held_on": today}
        assert (await scorecard.post("/meetings", held | {"attendance": {"total": total}}, CAF)).status_code == 201
        return meeting_id

    async def found() -> list[dict[str, Any]]:
        await check(scorecard)
        return [flag for flag in await flags(scorecard) if flag["kind"] == "more_than_all_attended"]

    today = str(datetime.now(UTC).date())
    phone = scorecard.ballot(ballot_token=await scorecard.token(), device_id="one")
    assert (await scorecard.post("/ballots", phone)).status_code == 201
    await scorecard.cast(4)
    assert await found() == [], "no meeting is recorded, so that nothing can be said"
    meeting_id = await hold(10)
    await scorecard.cast(12, meeting_id=meeting_id)
    [flag] = await found()
    assert flag["details"] == {"attended": 10, "scored": 16, "unnamed": 4}
    assert (flag["size"], flag["subject"]) == (4, "")
    assert "16 people scored this unit in meetings that 10 attended in all; 4 of them" in flag["reason_en"]
    assert "១៦ នាក់" in flag["reason_km"]
    await hold(13)
    tally = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "held_on": today}
    assert (await scorecard.post("/tallies", tally | {"groups": [PEOPLE]}, CAF)).status_code == 201
    await scorecard.cast(1, meeting_id=str(uuid4()))
    assert [flag["size"] for flag in await found()] == [4], "thirteen places, and one more of an unknown meeting"
    await scorecard.cast(5)
    assert [flag["size"] for flag in await found()] == [6]
    assert (await scorecard.submit()).status_code == 200


async def test_one_network_is_written_down_as_counts_and_minutes(scorecard: Scorecard) -> None:
    await scorecard.open()
    seen = NetworkWatch()
    for _ in range(MOST_BALLOTS + 5):
        seen.note(b"198.51.100.7", UUID(scorecard.round_id), CENTRE)
    for _ in range(2):
        async with scorecard.client.runtime.database.transaction() as db:
            await write_down(db, seen)
    [flag] = await flags(scorecard)
    assert (flag["kind"], flag["details"]) == ("one_network", {"ballots": MOST_BALLOTS + 5, "minutes": 10})
    assert await scorecard.count("flag WHERE flag::text LIKE '%198%'") == 0


async def test_comments_from_one_network_are_flagged_as_well(scorecard: Scorecard) -> None:
    await scorecard.open()
    comment = {
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "text": "x",
        "ballot_token": await scorecard.token(),
    }
    for number in range(2):
        body = comment | {"id": str(uuid4()), "device_id": str(number)}
        answer = await scorecard.post("/comments", body, **{"X-ISAF-Network": "198.51.100.7"})
        assert answer.status_code == 201
    for _ in range(MOST_BALLOTS - 1):
        note_phone_comment([(b"x-isaf-network", b"198.51.100.8")], UUID(scorecard.round_id), CENTRE)
    async with scorecard.client.runtime.database.transaction() as db:
        await write_down(db, comment_watch, "comments_one_network", counted="comments")
    [flag] = await flags(scorecard, kind="comments_one_network")
    assert flag["details"] == {"comments": MOST_BALLOTS + 1, "minutes": 10}
    assert f"{MOST_BALLOTS + 1} comments" in flag["reason_en"]


def test_the_watch_hears_only_the_gateways_header() -> None:
    place = uuid4(), "HC-1"
    for _ in range(MOST_BALLOTS + 1):
        note_phone_ballot([(b"host", b"x"), (b"x-forwarded-for", b"198.51.100.7")], *place)
    assert place not in watch.take()
    for _ in range(MOST_BALLOTS + 1):
        note_phone_ballot([(b"host", b"x"), (b"x-isaf-network", b"198.51.100.7")], *place)
    assert watch.take()[place] == MOST_BALLOTS + 1
