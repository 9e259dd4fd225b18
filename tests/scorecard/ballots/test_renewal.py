"""New QR codes for a unit, and what the phone that scans one is told."""

from tests.scorecard.conftest import CAF, CENTRE, OFFICER, OTHER_OFFICER, Scorecard


async def test_a_renewed_link_leaves_the_printed_ones_worthless(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/ballot-link"
    printed = await scorecard.token()
    assert (await scorecard.post(f"{path}:renew")).status_code == 401
    assert (await scorecard.post(f"{path}:renew", None, CAF)).json()["code"] == "permission_missing"
    assert (await scorecard.post(f"{path}:renew", None, OTHER_OFFICER)).json()["code"] == "area_not_covered"
    renewed = (await scorecard.post(f"{path}:renew", None, OFFICER)).json()
    assert (renewed["version"], renewed["ballot_token"]) == (2, await scorecard.token())
    old = scorecard.ballot(ballot_token=printed, device_id="one")
    refused = await scorecard.post("/ballots", old)
    assert (refused.status_code, refused.json()["code"]) == (409, "ballot_token_replaced")
    assert (await scorecard.get(f"/ballot-forms/{printed}")).json()["code"] == "ballot_token_replaced"
    assert (await scorecard.get(f"/ballot-forms/{renewed['ballot_token']}")).status_code == 200
    new = old | {"ballot_token": renewed["ballot_token"]}
    assert (await scorecard.post("/ballots", new)).status_code == 201
    missing = f"/rounds/{scorecard.round_id}/units/HC-120101-1/ballot-link:renew"
    assert (await scorecard.post(missing, None, "ncdds@")).json()["code"] == "scorecard_not_found"


async def test_each_token_that_does_not_hold_has_its_own_code(scorecard: Scorecard) -> None:
    planned = (await scorecard.plan())["id"]
    early = await scorecard.token()
    assert (await scorecard.get(f"/ballot-forms/{early}")).json()["code"] == "round_not_open"
    await scorecard.open()
    token = await scorecard.token()
    cases = [
        (token, planned, "ballot_token_invalid"),
        (early, scorecard.round_id, "ballot_token_invalid"),
        (early, planned, "round_not_open"),
        ("garbage", scorecard.round_id, "ballot_token_invalid"),
        (None, scorecard.round_id, "ballot_token_required"),
    ]
    for sent, round_id, code in cases:
        body = scorecard.ballot(ballot_token=sent, device_id="one", round_id=round_id)
        assert (await scorecard.post("/ballots", body)).json()["code"] == code
    await scorecard.close()
    body = scorecard.ballot(ballot_token=token, device_id="one")
    assert (await scorecard.post("/ballots", body)).json()["code"] == "round_closed"


async def test_the_form_says_all_that_a_phone_needs_and_may_be_kept(scorecard: Scorecard) -> None:
    await scorecard.open(phone_repeat="replace", scoring_closes_at="2099-03-01T10:00:00Z")
    answer = await scorecard.get(f"/ballot-forms/{await scorecard.token()}")
    assert answer.headers["cache-control"] == "public, max-age=60"
    form = answer.json()
    assert (form["phone_repeat"], form["closes_at"], form["own_indicators"]) == ("replace", "2099-03-01T10:00:00Z", [])
    assert form["indicators"][0]["hint_km"]
    assert {tag["field"]: len(tag["values"]) for tag in form["tags"]} == {
        "sex": 3,
        "age_group": 4,
        "disability": 3,
        "ethnic_minority": 3,
        "id_poor": 3,
    }
    assert len(answer.content) < 12_000
