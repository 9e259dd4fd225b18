"""Tallies of meetings."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, CENTRE, OTHER_CAF, PROVIDER, Scorecard, area

WOMEN = {"sex": "female", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}
MEN = {"sex": "male", "participants": 5, "counts": [[0, 0, 0, 0, 4]] * 10}


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
    assert stored.json() == body | {"groups": [WOMEN, MEN]}


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
    assert (await scorecard.post("/tallies", tally(scorecard), CAF)).json()["code"] == "round_closed"
    assert await scorecard.count("tally_group") == 2


async def test_what_cannot_be_is_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.tell(area("02039901", parent_code="020301"), area("02030177", parent_code="020399"))
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"groups": [WOMEN, WOMEN]}, "/groups/1/sex", "group_repeated"),
        ({"groups": [WOMEN, MEN, WOMEN]}, "/groups", "too_long"),
        ({"groups": []}, "/groups", "too_short"),
        ({"groups": [WOMEN | {"sex": "undisclosed"}]}, "/groups/0/sex", "literal_error"),
        ({"groups": [WOMEN | {"participants": 0}]}, "/groups/0/participants", "greater_than_equal"),
        ({"groups": [WOMEN | {"participants": 5}]}, "/groups/0/counts/0", "more_answers_than_participants"),
        ({"groups": [WOMEN | {"counts": [[0] * 5] * 10}]}, "/groups/0/counts", "no_answer"),
        ({"groups": [WOMEN | {"counts": [[1] * 5] * 9}]}, "/groups/0/counts", "wrong_number_of_scores"),
        ({"groups": [WOMEN | {"counts": [[1] * 4] * 10}]}, "/groups/0/counts/0", "too_short"),
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
