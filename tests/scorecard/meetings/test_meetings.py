"""Meetings and who came to them."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import (
    API,
    CAF,
    CENTRE,
    NCDDS,
    OFFICE,
    OFFICER,
    OTHER_CAF,
    OTHER_OFFICER,
    PROVIDER,
    SCHOOL,
    Scorecard,
    unit,
)

ATTENDANCE = {"total": 34, "female": 20, "youth": 9, "disability": 1, "ethnic_minority": 0, "id_poor": None}


def meeting(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    body = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_codes": [SCHOOL, OFFICE, CENTRE],
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "start_time": "08:30",
        "end_time": "11:00:00",
        "attendance": ATTENDANCE,
        "facilitators": 2,
        "note": "ភ្លៀងខ្លាំង អ្នកខ្លះមកយឺត",
    }
    return body | changes


def change(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (body | changes).items() if name not in ("id", "round_id")}


async def put(
    scorecard: Scorecard, body: dict[str, Any], *grants: str, etag: str | None = '"1"', **changes: Any
) -> Any:
    headers = (scorecard.as_(*grants) if grants else {}) | ({"If-Match": etag} if etag else {})
    path = f"{API}/meetings/{body['id']}"
    return await scorecard.client.http.put(path, json=change(body, **changes), headers=headers)


async def test_a_meeting_is_recorded_once_by_the_areas_facilitators(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = meeting(scorecard)
    assert (await scorecard.post("/meetings", body)).status_code == 401
    assert (await scorecard.post("/meetings", body, PROVIDER)).json()["code"] == "permission_missing"
    assert (await scorecard.post("/meetings", body, OTHER_CAF)).json()["code"] == "area_not_covered"
    answers = await asyncio.gather(*(scorecard.post("/meetings", body, CAF) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201]
    said = answers[0].json()
    assert said["unit_codes"] == [OFFICE, CENTRE, SCHOOL]
    assert (said["attendance"], said["start_time"], said["late"]) == (ATTENDANCE, "08:30:00", False)
    assert answers[0].headers["ETag"] == '"1"'
    shuffled = body | {"unit_codes": [CENTRE, SCHOOL, OFFICE]}
    assert (await scorecard.post("/meetings", shuffled, CAF)).status_code == 200
    for changes in ({"held_on": "2026-03-03"}, {"attendance": {"total": 35}}, {"unit_codes": [CENTRE]}):
        answer = await scorecard.post("/meetings", body | changes, CAF)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert await scorecard.count("meeting") == 1


async def test_a_meeting_that_cannot_have_been_is_refused(scorecard: Scorecard) -> None:
    await scorecard.open()
    planned = scorecard.round_id
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"attendance": ATTENDANCE | {name: 35}}, f"/attendance/{name}", "more_than_all")
        for name in ("female", "youth", "disability", "ethnic_minority", "id_poor")
    ]
    wrong += [
        ({"attendance": {"total": -1}}, "/attendance/total", "greater_than_equal"),
        ({"attendance": {"total": "many"}}, "/attendance/total", "int_type"),
        ({"attendance": {}}, "/attendance/total", "missing"),
        ({"attendance": {"total": 3, "men": 2}}, "/attendance/men", "extra_forbidden"),
        ({"unit_codes": []}, "/unit_codes", "too_short"),
        ({"unit_codes": [CENTRE, CENTRE]}, "/unit_codes", "unit_repeated"),
        ({"unit_codes": ["HC-020301-8"]}, "/unit_code", "unit_unknown"),
        ({"village_code": "02030201"}, "/village_code", "village_not_in_commune"),
        ({"held_on": "2026-02-30"}, "/held_on", "date_from_datetime_parsing"),
        ({"start_time": "half past"}, "/start_time", "time_parsing"),
        ({"start_time": "08:30:00+07:00"}, "/start_time", "time_parsing"),
        ({"start_time": 30600}, "/start_time", "time_parsing"),
        ({"start_time": "11:30"}, "/end_time", "ends_before_start"),
        ({"facilitators": 0}, "/facilitators", "greater_than_equal"),
        ({"note": "a\x00b"}, "/note", "control_character"),
        ({"round_id": str(uuid4())}, "/round_id", "round_unknown"),
    ]
    for changes, pointer, code in wrong:
        answer = await scorecard.post("/meetings", meeting(scorecard, round_id=planned) | changes, CAF)
        assert answer.status_code == 422, (changes, answer.text)
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
    partly_foreign = meeting(scorecard, unit_codes=[CENTRE, "HC-020302-1"], village_code=None)
    assert (await scorecard.post("/meetings", partly_foreign, CAF)).json()["code"] == "area_not_covered"
    assert await scorecard.count("meeting") == 0


async def test_a_record_is_corrected_while_its_units_are_scored(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = meeting(scorecard)
    await scorecard.post("/meetings", body, CAF)
    assert (await put(scorecard, body)).status_code == 401
    assert (await put(scorecard, body, OFFICER)).json()["code"] == "permission_missing"
    assert (await put(scorecard, body, OTHER_CAF)).json()["code"] == "area_not_covered"
    assert (await put(scorecard, body, CAF, etag=None)).status_code == 428
    assert (await put(scorecard, meeting(scorecard), CAF)).json()["code"] == "meeting_not_found"
    too_many = await put(scorecard, body, CAF, attendance={"total": 3, "female": 4})
    assert too_many.json()["errors"][0]["pointer"] == "/attendance/female"

    several = await asyncio.gather(
        *(put(scorecard, body, CAF, attendance={"total": total}, unit_codes=[CENTRE]) for total in (40, 41, 42))
    )
    assert sorted(answer.status_code for answer in several) == [200, 412, 412]
    right = next(answer for answer in several if answer.status_code == 200)
    assert (right.headers["ETag"], right.json()["unit_codes"]) == ('"2"', [CENTRE])
    assert right.json()["attendance"]["female"] is None

    again = await scorecard.post("/meetings", body, CAF)
    assert (again.status_code, again.json()) == (200, right.json()), "the phone sends what it had; nothing goes back"
    same = {"id": body["id"], "round_id": body["round_id"], **change(right.json())}
    known = {name: same[name] for name in body}
    assert (await scorecard.post("/meetings", known, CAF)).status_code == 200
    await scorecard.submit(CENTRE)
    assert (await put(scorecard, body, CAF, etag='"2"')).status_code == 200, "two of the units are still scored"
    for code in (SCHOOL, OFFICE):
        await scorecard.submit(code)
    assert (await put(scorecard, body, CAF, etag='"3"')).json()["code"] == "scoring_ended"


async def test_a_meeting_told_after_scoring_is_kept_as_late(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.submit(CENTRE)
    assert (await scorecard.post("/meetings", meeting(scorecard), CAF)).json()["late"] is False
    late = await scorecard.post("/meetings", meeting(scorecard, unit_codes=[CENTRE]), CAF)
    assert (late.status_code, late.json()["late"]) == (201, True)
    await scorecard.close()
    assert (await scorecard.post("/meetings", meeting(scorecard), CAF)).json()["late"] is True
    planned = (await scorecard.plan())["id"]
    early = await scorecard.post("/meetings", meeting(scorecard, round_id=planned), CAF)
    assert (early.status_code, early.json()["code"]) == (409, "round_not_open")


async def test_reviewers_read_the_meetings_of_their_area(scorecard: Scorecard) -> None:
    await scorecard.open()
    bodies = [
        meeting(scorecard),
        meeting(scorecard, unit_codes=[CENTRE]),
        meeting(scorecard, unit_codes=["HC-020302-1"], village_code=None),
        meeting(scorecard, unit_codes=["HC-020401-1"], village_code=None),
    ]
    for body, caf in zip(bodies, (CAF, CAF, OTHER_CAF, "caf@020401"), strict=True):
        assert (await scorecard.post("/meetings", body, caf)).status_code == 201
    path = f"/meetings/{bodies[0]['id']}"
    assert (await scorecard.get(path)).status_code == 401
    assert (await scorecard.get(path, PROVIDER)).json()["code"] == "permission_missing"
    for outsider in (OTHER_CAF, OTHER_OFFICER):
        assert (await scorecard.get(path, outsider)).json()["code"] == "area_not_covered"
    assert (await scorecard.get(f"/meetings/{uuid4()}", NCDDS)).status_code == 404
    read = await scorecard.get(path, OFFICER)
    assert (read.json()["note"], read.headers["ETag"]) == (bodies[0]["note"], '"1"')

    async def listed(*grants: str, **asked: str) -> list[int]:
        answer = await scorecard.get("/meetings", *grants, round_id=scorecard.round_id, **asked)
        assert answer.status_code == 200, answer.text
        ids = {body["id"]: position for position, body in enumerate(bodies)}
        return sorted(ids[entry["id"]] for entry in answer.json()["items"])

    assert await listed(CAF) == [0, 1]
    assert await listed(OFFICER) == [0, 1, 2]
    assert await listed(NCDDS) == [0, 1, 2, 3]
    assert await listed(NCDDS, area="020302") == [2]
    assert await listed(NCDDS, unit_code=SCHOOL) == [0]
    assert (await scorecard.get("/meetings", OFFICER, round_id=scorecard.round_id, area="0204")).status_code == 403
    assert (
        await scorecard.get("/meetings", CAF, round_id=scorecard.round_id, unit_code="HC-020302-1")
    ).status_code == 403
    assert (await scorecard.get("/meetings", NCDDS, round_id=str(uuid4()))).status_code == 404
    assert (await scorecard.get("/meetings", NCDDS)).json()["errors"][0]["pointer"] == "query/round_id"


async def test_an_old_code_of_a_unit_leads_to_its_scorecard(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-7", "health_centre", aliases=("HC-020301-6",)))
    await scorecard.open()
    body = meeting(scorecard, unit_codes=["HC-020301-6"])
    first = await scorecard.post("/meetings", body, CAF)
    assert first.json()["unit_codes"] == ["HC-020301-7"]
    assert (await scorecard.post("/meetings", body, CAF)).status_code == 200
    twice = meeting(scorecard, unit_codes=["HC-020301-6", "HC-020301-7"])
    assert (await scorecard.post("/meetings", twice, CAF)).json()["errors"][0]["code"] == "unit_repeated"
