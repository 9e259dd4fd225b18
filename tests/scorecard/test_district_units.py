"""A unit at district level goes the whole way, and counts at its district and above, in no commune."""

from uuid import uuid4

from tests.scorecard.conftest import NCDDS, OFFICER, OTHER_OFFICER, Scorecard, unit

WINDOW, KIND = "OW-0203", "one_window_service_office"
QUESTIONS = [{"code": code, "label_km": code, "label_en": code} for code in ("waiting", "fees")]


async def test_a_one_window_office_from_its_questions_to_the_nation(scorecard: Scorecard) -> None:
    questions = {"unit_kind": KIND, "title_km": "ច្រកចេញចូលតែមួយ", "title_en": "One window", "indicators": QUESTIONS}
    assert (await scorecard.post("/indicator-sets", questions, NCDDS)).status_code == 201
    await scorecard.tell(unit(WINDOW, KIND))
    planned = await scorecard.plan()
    assert KIND in {entry["unit_kind"] for entry in planned["indicator_sets"]}
    assert (await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)).status_code == 200

    token = await scorecard.token(WINDOW)
    assert len((await scorecard.get(f"/ballot-forms/{token}")).json()["indicators"]) == 2
    phone = scorecard.ballot(WINDOW, scores=[2, None], ballot_token=token, device_id="phone-1")
    assert (await scorecard.post("/ballots", phone)).status_code == 201
    meeting = [scorecard.ballot(WINDOW, scores=[2, 5]) for _ in range(5)]
    of_commune = await scorecard.post("/ballots:batch", {"ballots": meeting}, "caf@020301")
    assert {item["code"] for item in of_commune.json()["items"]} == {"area_not_covered"}
    assert (await scorecard.post("/ballots:batch", {"ballots": meeting}, "caf@0203")).json()["accepted"] == 5
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": WINDOW, "scores": [4, 4]}
    assert (await scorecard.post("/self-assessments", own, f"provider@0203/{WINDOW}")).status_code == 201

    assert (await scorecard.submit(WINDOW, "caf@020301")).status_code == 403
    assert (await scorecard.submit(WINDOW, "caf@0203")).status_code == 200
    assert (await scorecard.publish(WINDOW, OTHER_OFFICER)).status_code == 403
    result = await scorecard.publish(WINDOW, OFFICER)
    assert (result.status_code, result.json()["area_code"], result.json()["participants"]) == (200, "0203", 6)

    commune = [scorecard.ballot() for _ in range(5)]
    of_district = await scorecard.post("/ballots:batch", {"ballots": commune}, "caf@0203")
    assert {item["code"] for item in of_district.json()["items"]} == {"area_not_covered"}
    await scorecard.cast(6)
    await scorecard.submit_and_publish()
    counted = {"": 2, "02": 2, "0203": 2, "020301": 1, "0204": 0}
    children = {"": {"02": 2}, "02": {"0203": 2}, "0203": {"020301": 1}, "020301": {}, "0204": {}}
    for place, number in counted.items():
        rolled = (await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place)).json()
        assert rolled["units_published"] == number
        assert {child["area_code"]: child["units_published"] for child in rolled["children"]} == children[place]
        kinds = {kind["unit_kind"]: kind["units"] for kind in rolled["kinds"]}
        assert kinds.get(KIND, 0) == (1 if place in ("", "02", "0203") else 0)
    await scorecard.count_all()
    said = (await scorecard.get(f"/rounds/{scorecard.round_id}/participation", area="0203")).json()
    assert said["participants"] == 12
