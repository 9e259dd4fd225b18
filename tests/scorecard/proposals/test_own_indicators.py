"""A chosen proposal is an indicator like the others, for its unit alone: from the ballot's form to the result."""

from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, CENTRE, FOURS, NCDDS, PROVIDER, Scorecard

OTHER_CENTRE = "HC-020302-1"


async def choose(scorecard: Scorecard) -> None:
    body = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "text_km": "បន្ទប់ទឹកស្អាត",
    }
    assert (await scorecard.post("/proposals", body, CAF)).status_code == 201
    labels = {"label_en": "Clean toilets"}
    assert (await scorecard.post(f"/proposals/{body['id']}:choose", labels, CAF)).status_code == 200


async def test_from_the_form_to_the_result_and_no_further(scorecard: Scorecard) -> None:
    await scorecard.open()
    token = await scorecard.token()
    await choose(scorecard)

    form = (await scorecard.get(f"/ballot-forms/{token}")).json()
    own = form["own_indicators"]
    assert (len(form["indicators"]), len(own)) == (10, 1)
    assert (own[0]["code"], own[0]["label_km"], own[0]["label_en"]) == ("own_1", "បន្ទប់ទឹកស្អាត", "Clean toilets")
    elsewhere = (await scorecard.get(f"/ballot-forms/{await scorecard.token(OTHER_CENTRE)}")).json()
    assert elsewhere["own_indicators"] == []

    by_phone = scorecard.ballot(ballot_token=token, device_id="phone-1")
    old_form = await scorecard.post("/ballots", by_phone)
    assert old_form.json()["code"] == "wrong_number_of_scores"
    assert (await scorecard.post("/ballots", by_phone | {"scores": [*FOURS, 1]})).status_code == 201
    await scorecard.cast(6, scores=[*FOURS, 2])
    assert (await scorecard.post("/tallies", tally(scorecard), CAF)).status_code == 201
    own_scores = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": [*FOURS, 5]}
    assert (await scorecard.post("/self-assessments", own_scores, PROVIDER)).status_code == 201

    await scorecard.count_all()
    await scorecard.submit_and_publish()
    result = (await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/result")).json()
    assert [indicator["code"] for indicator in result["indicators"]][10:] == ["own_1"]
    last = result["indicators"][10]
    assert (last["label_en"], last["n"], last["distribution"]) == ("Clean toilets", 12, [1, 6, 5, 0, 0])
    assert (last["median"], last["self_score"]) == (2.0, 5)
    for area in ("020301", "02", ""):
        rolled = (await scorecard.get(f"/rounds/{scorecard.round_id}/results", NCDDS, area=area)).json()
        assert [len(kind["indicators"]) for kind in rolled["kinds"]] == [10]


def tally(scorecard: Scorecard) -> dict[str, Any]:
    counts = [[0, 0, 0, 5, 0]] * 10 + [[0, 0, 5, 0, 0]]
    return {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "held_on": "2026-03-02",
        "groups": [{"sex": "male", "age_group": "elder", "participants": 5, "counts": counts}],
    }
