"""Tallies of meetings."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from services.scorecard.counting.groups import attribute_slot, people_slot
from services.scorecard.counting.queries import count_unit, unit_histogram
from services.scorecard.scorecards.queries import get_scorecard
from tests.scorecard.conftest import (
    CAF,
    CENTRE,
    NCDDS,
    OFFICER,
    OTHER_CAF,
    OTHER_OFFICER,
    PROVIDER,
    Scorecard,
    area,
    unit,
)

WOMEN = {"sex": "female", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}
MEN = {"sex": "male", "participants": 5, "counts": [[0, 0, 0, 0, 4]] * 10}

POOR = {"attribute": "id_poor", "participants": 3, "counts": [[0, 1, 0, 0, 2]] * 10}


def tally(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    body = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "groups": [MEN, WOMEN],
    }
    return body | changes


async def test_tallies_are_for_the_areas_facilitators(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = tally(scorecard)
    assert (await scorecard.post("/tallies", body)).status_code == 401
    assert (await scorecard.post("/tallies", body, PROVIDER)).json()["code"] == "permission_missing"
    assert (await scorecard.post("/tallies", body, OTHER_CAF)).json()["code"] == "area_not_covered"
    stored = await scorecard.post("/tallies", body, CAF)
    assert stored.status_code == 201
    said = stored.json()
    assert [said[name] for name in ("participants", "late", "withdrawn_at")] == [11, False, None]
    assert {name: said[name] for name in body} == body | {
        "groups": [WOMEN | {"age_group": "undisclosed"}, MEN | {"age_group": "undisclosed"}]
    }


async def test_a_tally_sent_again_counts_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = tally(scorecard)
    answers = await asyncio.gather(*(scorecard.post("/tallies", body, CAF) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert len({answer.text for answer in answers}) == 1
    for changes in ({"held_on": "2026-03-03"}, {"groups": [WOMEN]}, {"village_code": None}):
        answer = await scorecard.post("/tallies", body | changes, CAF)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    await scorecard.close()
    assert (await scorecard.post("/tallies", body, CAF)).status_code == 200
    assert await scorecard.count("tally_group") == 2


async def test_what_cannot_be_is_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.tell(area("02039901", parent_code="020301"), area("02030177", parent_code="020399"))
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"groups": [WOMEN, WOMEN]}, "/groups/1/sex", "group_repeated"),
        ({"groups": [WOMEN | {"age_group": "youth"}] * 13}, "/groups", "too_long"),
        ({"groups": [WOMEN | {"age_group": "child"}]}, "/groups/0/age_group", "literal_error"),
        ({"groups": []}, "/groups", "too_short"),
        ({"groups": [WOMEN | {"sex": "other"}]}, "/groups/0/sex", "literal_error"),
        ({"groups": [WOMEN | {"participants": 0}]}, "/groups/0/participants", "greater_than_equal"),
        ({"groups": [WOMEN | {"participants": 5}]}, "/groups/0/counts/0", "more_answers_than_participants"),
        ({"groups": [WOMEN | {"counts": [[0] * 5] * 10}]}, "/groups/0/counts", "no_answer"),
        ({"groups": [WOMEN | {"counts": [[1] * 5] * 9}]}, "/groups/0/counts", "wrong_number_of_scores"),
        ({"groups": [WOMEN | {"counts": [[1] * 4] * 10}]}, "/groups/0/counts/0", "wrong_number_of_steps"),
        ({"groups": [WOMEN | {"counts": [[0] * 6] * 10}]}, "/groups/0/counts/0", "wrong_number_of_steps"),
        ({"of_which": [POOR | {"attribute": "rich"}]}, "/of_which/0/attribute", "literal_error"),
        ({"of_which": [POOR, POOR]}, "/of_which/1/attribute", "group_repeated"),
        ({"of_which": [POOR | {"participants": 12}]}, "/of_which/0/participants", "more_than_all"),
        ({"of_which": [POOR | {"participants": 0}]}, "/of_which/0/counts/0", "more_answers_than_participants"),
        ({"of_which": [POOR | {"counts": [[1, 0, 0, 0, 1]] * 10}]}, "/of_which/0/counts/0/0", "more_than_all"),
        ({"of_which": [POOR | {"participants": 10}]}, "/of_which/0/counts/0", "more_answers_than_participants"),
        ({"of_which": [POOR | {"counts": [[0] * 5] * 9}]}, "/of_which/0/counts", "wrong_number_of_scores"),
        ({"meeting_id": "the one of Monday"}, "/meeting_id", "uuid_parsing"),
        ({"score": 5}, "/score", "extra_forbidden"),
        ({"groups": [WOMEN | {"counts": [[-1, 1, 1, 1, 1]] * 10}]}, "/groups/0/counts/0/0", "greater_than_equal"),
        ({"village_code": "02030201"}, "/village_code", "village_not_in_commune"),
        ({"village_code": "02030177"}, "/village_code", "village_not_in_commune"),
        ({"village_code": "02030155"}, "/village_code", "village_not_in_commune"),
        ({"village_code": "020301"}, "/village_code", "string_pattern_mismatch"),
        ({"held_on": "yesterday"}, "/held_on", "date_from_datetime_parsing"),
        ({"unit_code": "HC-020301-8"}, "/unit_code", "unit_unknown"),
        ({"round_id": str(uuid4())}, "/round_id", "round_unknown"),
    ]
    for changes, pointer, code in wrong:
        answer = await scorecard.post("/tallies", tally(scorecard, **changes), CAF)
        assert answer.status_code == 422, changes
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
    assert await scorecard.count("tally") == 0
    moved = await scorecard.post("/tallies", tally(scorecard, village_code="02039901"), CAF)
    assert moved.status_code == 201, "the gazetteer's parent decides, not the digits of the code"


async def queued(scorecard: Scorecard) -> list[tuple[list[int], int, str, list[int]]]:
    """What waits to be counted, in order: slots, people, village, counts of the first indicator."""
    async with scorecard.client.runtime.database.transaction() as db:
        rows = await db.execute(text("SELECT slots, people, village_code, counts[1:5] FROM uncounted ORDER BY seq"))
        return [tuple(row) for row in rows]


async def test_groups_and_attributes_wait_to_be_counted(scorecard: Scorecard) -> None:
    await scorecard.open()
    young = WOMEN | {"age_group": "youth"}
    disabled = {"attribute": "disability", "participants": 0, "counts": [[0] * 5] * 10}
    body = tally(scorecard, groups=[MEN, young], of_which=[POOR, disabled])
    stored = (await scorecard.post("/tallies", body, CAF)).json()
    assert (stored["of_which"], stored["groups"][0]) == ([disabled, POOR], young)
    village = "02030101"
    assert await queued(scorecard) == [
        ([people_slot("female", "youth")], 6, village, [0, 1, 2, 2, 1]),
        ([people_slot("male", "undisclosed")], 5, village, [0, 0, 0, 0, 4]),
        ([attribute_slot("disability", False)], 11, village, [0, 1, 2, 2, 5]),
        ([attribute_slot("id_poor", True)], 3, village, [0, 1, 0, 0, 2]),
        ([attribute_slot("id_poor", False)], 8, village, [0, 0, 2, 2, 3]),
    ]


async def test_what_comes_late_is_kept_and_not_counted(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.post("/tallies", tally(scorecard), CAF)
    await scorecard.submit()
    counted = await queued(scorecard)
    late = tally(scorecard)
    assert (await scorecard.post("/tallies", late | {"groups": [WOMEN, WOMEN]}, CAF)).status_code == 422
    answer = await scorecard.post("/tallies", late, CAF)
    assert (answer.status_code, answer.json()["late"]) == (201, True)
    await scorecard.close()
    assert (await scorecard.post("/tallies", tally(scorecard), CAF)).json()["late"] is True
    assert (await scorecard.post("/tallies", late, CAF)).status_code == 200
    assert await queued(scorecard) == counted
    planned = (await scorecard.plan())["id"]
    early = await scorecard.post("/tallies", tally(scorecard, round_id=planned), CAF)
    assert (early.status_code, early.json()["code"]) == (409, "round_not_open")


async def test_only_who_recorded_a_tally_reads_its_counts(scorecard: Scorecard) -> None:
    await scorecard.open()
    caf = uuid4()
    body = tally(scorecard)
    await scorecard.client.http.post("/api/scorecard/v1/tallies", json=body, headers=scorecard.as_(CAF, user_id=caf))
    path = f"/tallies/{body['id']}"
    assert (await scorecard.get(path)).status_code == 401
    assert (await scorecard.get(path, PROVIDER)).json()["code"] == "permission_missing"
    for outsider in (OTHER_CAF, OTHER_OFFICER):
        assert (await scorecard.get(path, outsider)).json()["code"] == "area_not_covered"
    assert (await scorecard.get(f"/tallies/{uuid4()}", CAF)).json()["code"] == "tally_not_found"
    for reader in (CAF, OFFICER, NCDDS):
        said = (await scorecard.get(path, reader)).json()
        assert (said["participants"], said["groups"], said["of_which"]) == (11, None, None)
    own = await scorecard.client.http.get(f"/api/scorecard/v1{path}", headers=scorecard.as_(CAF, user_id=caf))
    assert len(own.json()["groups"]) == 2

    place = {"round_id": scorecard.round_id, "unit_code": CENTRE}
    await scorecard.post("/tallies", tally(scorecard), CAF)
    pages = (await scorecard.get("/tallies", OFFICER, limit=1, **place)).json()
    rest = (await scorecard.get("/tallies", OFFICER, cursor=pages["next_cursor"], **place)).json()
    assert len({entry["id"] for entry in pages["items"] + rest["items"]}) == 2
    assert (await scorecard.get("/tallies", OTHER_CAF, **place)).json()["code"] == "area_not_covered"
    assert (await scorecard.get("/tallies", CAF, round_id=scorecard.round_id)).status_code == 422


async def test_a_wrong_tally_is_withdrawn_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = tally(scorecard, of_which=[POOR])
    await scorecard.post("/tallies", body, CAF)
    path, why = f"/tallies/{body['id']}:withdraw", {"reason": "រាប់ពីរដង"}
    assert (await scorecard.post(path, why)).status_code == 401
    assert (await scorecard.post(path, why, OFFICER)).json()["code"] == "permission_missing"
    assert (await scorecard.post(path, why, OTHER_CAF)).json()["code"] == "area_not_covered"
    assert (await scorecard.post(path, {"reason": " "}, CAF)).json()["errors"][0]["pointer"] == "/reason"
    assert (await scorecard.post(f"/tallies/{uuid4()}:withdraw", why, CAF)).status_code == 404
    answers = await asyncio.gather(*(scorecard.post(path, why, CAF) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["withdrawn_by"] for answer in answers}) == 1
    counted = await queued(scorecard)
    assert len(counted) == 8
    back = [(slots, -people, village, [-cell for cell in cells]) for slots, people, village, cells in counted[:4]]
    assert sorted(counted[4:]) == sorted(back)
    assert (await scorecard.post(path, {"reason": "other"}, CAF)).json()["code"] == "already_withdrawn"
    again = await scorecard.post("/tallies", body, CAF)
    assert (again.status_code, again.json()["withdrawal_reason"]) == (200, why["reason"])


async def test_a_tally_is_not_withdrawn_after_scoring(scorecard: Scorecard) -> None:
    await scorecard.open()
    body, late = tally(scorecard), tally(scorecard)
    await scorecard.post("/tallies", body, CAF)
    await scorecard.submit()
    await scorecard.post("/tallies", late, CAF)
    for each in (body, late):
        answer = await scorecard.post(f"/tallies/{each['id']}:withdraw", {"reason": "wrong"}, CAF)
        assert (answer.status_code, answer.json()["code"]) == (409, "scoring_ended")


async def test_a_tally_and_the_end_of_scoring_do_not_pass_each_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    bodies = [tally(scorecard) for _ in range(4)]
    *answers, ended = await asyncio.gather(
        *(scorecard.post("/tallies", body, CAF) for body in bodies), scorecard.submit()
    )
    assert ended.status_code == 200
    in_time = sum(not answer.json()["late"] for answer in answers)
    assert await scorecard.count("uncounted") == 2 * in_time


async def test_a_centre_is_scored_in_villages_of_the_communes_it_serves(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-7", "health_centre", catchment=("020302",)))
    await scorecard.open()
    body = tally(scorecard, unit_code="HC-020301-7", village_code="02030201")
    assert (await scorecard.post("/tallies", body, CAF)).status_code == 201


async def test_the_same_people_count_alike_by_ballot_and_by_tally(scorecard: Scorecard) -> None:
    """See test_counts for all of it; here with what is stored, what the worker counts and what publishing counts."""
    await scorecard.open()
    other = "HC-020302-1"
    voters = [("female", "youth", True, 5), ("female", "youth", False, 2), ("male", "elder", False, 2)]
    ballots = [
        scorecard.ballot(scores=[score] * 10, sex=sex, age_group=age, id_poor=poor) for sex, age, poor, score in voters
    ]
    assert (await scorecard.post("/ballots:batch", {"ballots": ballots}, CAF)).json()["accepted"] == 3
    groups = [
        {"sex": "female", "age_group": "youth", "participants": 2, "counts": [[0, 1, 0, 0, 1]] * 10},
        {"sex": "male", "age_group": "elder", "participants": 1, "counts": [[0, 1, 0, 0, 0]] * 10},
    ]
    poor_one = {"attribute": "id_poor", "participants": 1, "counts": [[0, 0, 0, 0, 1]] * 10}
    body = tally(scorecard, unit_code=other, village_code=None, groups=groups, of_which=[poor_one])
    assert (await scorecard.post("/tallies", body, OTHER_CAF)).status_code == 201

    await scorecard.count_all()
    counted = await histograms(scorecard, CENTRE)
    assert counted[0].participants == 3
    assert counted == await histograms(scorecard, other)
    assert counted[0] == counted[1], "what the worker counted, and what publishing counts"

    withdrawn = await scorecard.post(f"/tallies/{body['id']}:withdraw", {"reason": "of another unit"}, OTHER_CAF)
    assert withdrawn.status_code == 200
    await scorecard.count_all()
    assert await histograms(scorecard, other) == [None, None]


async def histograms(scorecard: Scorecard, unit_code: str) -> list[Any]:
    """Of those who named no village: as the worker has counted, and from the ballots and tallies themselves."""
    round_id = UUID(scorecard.round_id)
    async with scorecard.client.runtime.database.transaction() as db:
        card = await get_scorecard(db, round_id, unit_code)
        return [found.get("") for found in (await unit_histogram(db, round_id, unit_code), await count_unit(db, card))]


async def test_a_tally_has_the_steps_of_the_units_own_scale(scorecard: Scorecard) -> None:
    kind = "health_centre"
    scale = [{"value": step, "label_km": str(step), "label_en": str(step)} for step in (1, 2, 3)]
    questions = {"unit_kind": kind, "title_km": "ខ្លី", "title_en": "Short", "scale": scale, "satisfied_from": 3}
    questions["indicators"] = [{"code": code, "label_km": code, "label_en": code} for code in ("waiting", "fees")]
    assert (await scorecard.post("/indicator-sets", questions, NCDDS)).status_code == 201
    await scorecard.open()
    five = tally(scorecard, groups=[WOMEN | {"counts": [[0, 1, 2, 2, 1]] * 2}])
    assert (await scorecard.post("/tallies", five, CAF)).json()["errors"][0]["code"] == "wrong_number_of_steps"
    poor = POOR | {"counts": [[0, 1, 2], [0, 0, 1]]}
    body = tally(scorecard, groups=[WOMEN | {"counts": [[1, 2, 3], [0, 0, 4]]}], of_which=[poor])
    assert (await scorecard.post("/tallies", body, CAF)).status_code == 201
    again = await scorecard.post("/tallies", body, CAF)
    assert (again.status_code, again.json()["of_which"]) == (200, [poor])
    assert [cells for *_, cells in await queued(scorecard)] == [[1, 2, 3, 0, 0], [0, 1, 2, 0, 0], [1, 1, 1, 0, 0]]
