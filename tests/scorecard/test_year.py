"""The whole path of a unit, once."""

from uuid import uuid4

from shared.events.scorecard import ResultPublished
from tests.scorecard.conftest import CENTRE, FOURS, PROVIDER, Scorecard


async def test_a_unit_from_planned_to_nation(scorecard: Scorecard) -> None:
    """Round, form, ballots, tally, self-assessment, submission, publication, roll-up."""
    await scorecard.open()
    token = await scorecard.token()
    form = (await scorecard.get(f"/ballot-forms/{token}")).json()
    assert len(form["indicators"]) == 10
    body = scorecard.ballot(ballot_token=token, device_id="phone-1", cast_at="2026-03-01T23:00:00Z")
    assert (await scorecard.post("/ballots", body)).json() == {"id": body["id"], "status": "accepted"}
    assert (await scorecard.post("/ballots", body)).json()["status"] == "duplicate"
    await scorecard.cast(7, sex="male", scores=[1, None, *[3] * 8])
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "groups": [{"sex": "female", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}],
    }
    assert (await scorecard.post("/tallies", tally, "caf@020301")).status_code == 201
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": FOURS}
    assert (await scorecard.post("/self-assessments", own, PROVIDER)).status_code == 201
    result = await scorecard.submit_and_publish()
    assert result["participants"] == 14
    assert (result["female"], result["male"]) == (7, 7)
    first = result["indicators"][0]
    assert first["distribution"] == [7, 1, 2, 3, 1]
    assert (first["n"], first["median"], first["mean"], first["gap"]) == (14, 1.5, 2.29, -2.5)
    await scorecard.count_all()
    for place in ("", "02", "0203", "020301"):
        rolled = (await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place)).json()
        assert rolled["kinds"][0]["indicators"][0]["distribution"] == [7, 1, 2, 3, 1], rolled
        said = (await scorecard.get(f"/rounds/{scorecard.round_id}/participation", area=place)).json()
        assert (said["ballots"], said["tally_participants"], said["female"]) == (8, 6, 7)
    await scorecard.close()
    (published,) = await scorecard.told(ResultPublished)
    assert published["participants"] == 14
    assert published["weakest"] == result["weakest"]
