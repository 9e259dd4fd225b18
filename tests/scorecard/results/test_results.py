"""Reading results: by unit and by area, before and after publishing."""

import statistics
from typing import Any
from uuid import uuid4

from shared.events.scorecard import ResultPublished
from tests.scorecard.conftest import CAF, CENTRE, NCDDS, OFFICER, OTHER_CAF, PROVIDER, SCHOOL, Scorecard


async def test_before_publishing_only_facilitators_and_reviewers_see_the_result(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    await scorecard.count_all()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/result"
    for nobody in ((), (PROVIDER,), (OTHER_CAF,), ("district_officer@12",)):
        answer = await scorecard.get(path, *nobody)
        assert (answer.status_code, answer.json()["code"]) == (404, "result_not_published")
    for insider in (CAF, OFFICER, NCDDS):
        seen = (await scorecard.get(path, insider)).json()
        assert (seen["state"], seen["version"], seen["participants"]) == ("running", 0, 6)
    await scorecard.submit()
    assert (await scorecard.get(path)).status_code == 404
    assert (await scorecard.get(path, CAF)).json()["state"] == "in_review"
    published = (await scorecard.publish()).json()
    public = await scorecard.get(path)
    assert (public.json(), public.headers["etag"]) == (published, '"1"')
    assert (published["state"], published["version"]) == ("completed", 1)
    assert (await scorecard.get(f"/rounds/{uuid4()}/units/{CENTRE}/result")).json()["code"] == "scorecard_not_found"


async def test_a_result_pools_ballots_and_tallies_and_names_the_weakest(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(4, scores=[1, 5, None, 2, 4, 4, 4, 4, 4, None])
    await scorecard.cast(4, scores=[2, 5, 3, 2, 4, 4, 4, 4, 4, None], sex="undisclosed")
    counts = [[0, 0, 0, 0, 4], [0, 0, 0, 4, 0], *[[0, 0, 0, 0, 0]] * 8]
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "held_on": "2026-03-02",
        "groups": [{"sex": "male", "participants": 5, "counts": counts}],
    }
    assert (await scorecard.post("/tallies", tally, CAF)).status_code == 201
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": [None, 3, *[2] * 8]}
    assert (await scorecard.post("/self-assessments", own, PROVIDER)).status_code == 201
    result = await scorecard.submit_and_publish()
    assert (result["participants"], result["self_assessed"], result["suppressed"]) == (13, True, False)
    assert [result[sex] for sex in ("female", "male", "undisclosed")] == [None] * 3, "4 women are too few to be shown"
    scores = [1] * 4 + [2] * 4 + [5] * 4
    by_code = [
        {key: entry[key] for key in ("n", "distribution", "median", "mean", "self_score", "gap")}
        for entry in result["indicators"]
    ]
    assert by_code[0] == {
        "n": 12,
        "distribution": [4, 4, 0, 0, 4],
        "median": statistics.median(scores),
        "mean": round(statistics.mean(scores), 2),
        "self_score": None,
        "gap": None,
    }
    assert by_code[1]["gap"] == 2.0
    hidden = dict.fromkeys(("n", "distribution", "median", "mean", "gap")) | {"self_score": 2}
    assert by_code[2] == hidden, "four answers are too few"
    assert by_code[9] == hidden | {"n": 0, "distribution": [0] * 5}, "nobody answered, which is no secret"
    codes = [entry["code"] for entry in result["indicators"]]
    assert result["weakest"] == [codes[3], codes[0], codes[4]]


async def test_the_event_tells_what_everybody_may_read(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(9)
    await scorecard.cast(3, SCHOOL)
    results = {code: await scorecard.submit_and_publish(code) for code in (CENTRE, SCHOOL)}
    events = await scorecard.told(ResultPublished)
    assert [event["unit_code"] for event in events] == [CENTRE, SCHOOL]
    for event in events:
        result = results[event["unit_code"]]
        for indicator, read in zip(event["indicators"], result["indicators"], strict=True):
            assert indicator.pop("satisfied") == (read["satisfied"] and read["satisfied"]["share"])
            assert {name: read[name] for name in indicator} == indicator
        same = set(event) - {"indicators", "result_id"}
        assert {key: event[key] for key in same} == {key: result[key] for key in same}
    small = events[1]
    assert (small["suppressed"], small["participants"], small["weakest"]) == (True, None, [])
    numbers = [entry[key] for entry in small["indicators"] for key in ("n", "median", "mean", "self_score", "gap")]
    assert set(numbers) == {None}


async def test_areas_add_up_their_units(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6, scores=[1] * 10, sex="male")
    await scorecard.cast(5, "HC-020302-1", scores=[4] * 10)
    await scorecard.cast(8, "HC-020401-1", scores=[5, *[None] * 9])
    await scorecard.cast(7, SCHOOL)
    await scorecard.cast(4, "CA-020301")
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": [5] * 10}
    await scorecard.post("/self-assessments", own, PROVIDER)
    for code in (CENTRE, "HC-020302-1", "HC-020401-1", SCHOOL, "CA-020301"):
        await scorecard.submit_and_publish(code)

    async def rolled(place: str) -> dict[str, Any]:
        answer = await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place)
        found: dict[str, Any] = answer.json()
        return found

    district = await rolled("0203")
    assert (district["level"], district["units_published"], district["units_suppressed"]) == ("district", 3, 1)
    assert (district["participants"], district["female"], district["male"]) == (18, 12, 6)
    assert district["children"] == [
        {"area_code": "020301", "units_published": 2, "units_suppressed": 1, "participants": 13},
        {"area_code": "020302", "units_published": 1, "units_suppressed": 0, "participants": 5},
    ]
    centres, schools = district["kinds"]
    assert (centres["unit_kind"], centres["units"], schools["units"]) == ("health_centre", 2, 1)
    first = centres["indicators"][0]
    assert first["distribution"] == [6, 0, 0, 5, 0]
    assert (first["n"], first["median"], first["mean"], first["self_mean"], first["gap"]) == (11, 1.0, 2.36, 5.0, -4.0)
    assert schools["indicators"][0]["self_mean"] is None
    nation, province = await rolled(""), await rolled("02")
    assert nation["kinds"] == province["kinds"]
    assert nation["children"] == [{"area_code": "02", "units_published": 4, "units_suppressed": 1, "participants": 26}]
    assert nation["kinds"][0]["indicators"][0]["distribution"] == [6, 0, 0, 5, 8]
    assert (await rolled("020301"))["children"] == []
    empty = await rolled("12")
    assert (empty["participants"], empty["female"], empty["kinds"], empty["children"]) == (0, None, [], [])


async def test_areas_that_do_not_exist_are_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    for place, code in (("99", "area_unknown"), ("02030101", "string_pattern_mismatch"), ("2", None)):
        answer = await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/area")
        assert code in (None, answer.json()["errors"][0]["code"])
    assert (await scorecard.get(f"/rounds/{uuid4()}/results")).json()["code"] == "round_not_found"


async def test_a_ballot_that_was_taken_back_is_in_no_number(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    wrong = scorecard.ballot()
    assert (await scorecard.post("/ballots", wrong, CAF)).status_code == 201
    withdrawn = await scorecard.post(f"/ballots/{wrong['id']}:withdraw", {"reason": "Another unit's"}, CAF)
    assert withdrawn.status_code == 200
    result = await scorecard.submit_and_publish()
    assert [result[name] for name in ("participants", "ballots", "tallied")] == [6, 6, 0]


async def test_facilitators_learn_what_staff_gave_themselves_when_everybody_does(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": [2] * 10}
    assert (await scorecard.post("/self-assessments", own, PROVIDER)).status_code == 201
    await scorecard.count_all()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/result"
    seen = {reader: (await scorecard.get(path, reader)).json() for reader in (CAF, OFFICER)}
    told = {
        reader: (one["self_assessed"], one["indicators"][0]["self_score"], one["indicators"][0]["gap"])
        for reader, one in seen.items()
    }
    assert told == {CAF: (True, None, None), OFFICER: (True, 2, 2.0)}
    assert (await scorecard.submit_and_publish())["indicators"][0]["self_score"] == 2
