"""Planning, opening and closing rounds."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.events.scorecard import RoundClosed, RoundOpened
from tests.scorecard.conftest import API, CAF, CENTRE, FAR_CENTRE, NCDDS, OFFICER, PROVINCE, UNITS, Scorecard, unit

BODY: dict[str, Any] = {"year": 2026, "title_km": "ជុំ", "title_en": "Round", "area_codes": ["0203"]}


async def test_rounds_are_planned_by_those_who_manage_the_area(scorecard: Scorecard) -> None:
    assert (await scorecard.post("/rounds", BODY)).status_code == 401
    for role in (CAF, OFFICER):
        assert (await scorecard.post("/rounds", BODY, role)).json()["code"] == "permission_missing"
    for codes in (["0203", "12"], [""]):
        refused = await scorecard.post("/rounds", BODY | {"area_codes": codes}, PROVINCE)
        assert (refused.status_code, refused.json()["code"]) == (403, "area_not_covered")
    made = await scorecard.post("/rounds", BODY, PROVINCE)
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["suppression_threshold"], made.headers["etag"]) == ("planned", 5, '"1"')


async def test_a_round_is_read_by_everybody(scorecard: Scorecard) -> None:
    planned = await scorecard.plan(area_codes=["020301", "0203", "0203"], suppression_threshold=7)
    assert planned["area_codes"] == ["0203"]
    read = await scorecard.get(f"/rounds/{planned['id']}")
    assert (read.json(), read.headers["etag"]) == (planned, '"1"')
    assert (await scorecard.get("/rounds", year=2026, state="planned")).json()["items"] == [planned]
    assert (await scorecard.get("/rounds", state="open")).json()["items"] == []
    assert (await scorecard.get(f"/rounds/{uuid4()}")).json()["code"] == "round_not_found"


async def test_a_round_may_leave_out_a_kind_of_unit(scorecard: Scorecard) -> None:
    sets = (await scorecard.get("/indicator-sets")).json()["items"]
    school_set = next(entry for entry in sets if entry["unit_kind"] == "primary_school")
    await scorecard.open(indicator_set_ids=[school_set["id"]])
    refused = await scorecard.post("/ballots", scorecard.ballot(), CAF)
    assert refused.json()["code"] == "unit_not_in_round"
    await scorecard.count_all()
    assert (await scorecard.get(f"/rounds/{scorecard.round_id}/participation")).json()["units"] == 1


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"year": 1999}, "/year", "greater_than_equal"),
    ({"area_codes": []}, "/area_codes", "too_short"),
    ({"area_codes": ["99"]}, "/area_codes", "area_unknown"),
    ({"area_codes": ["02030101"]}, "/area_codes/0", "string_pattern_mismatch"),
    ({"suppression_threshold": 4}, "/suppression_threshold", "greater_than_equal"),
    ({"suppression_threshold": "9"}, "/suppression_threshold", "int_type"),
    ({"indicator_set_ids": [str(uuid4())]}, "/indicator_set_ids/0", "indicator_set_unknown"),
    ({"state": "open"}, "/state", "extra_forbidden"),
    ({"title_en": "a\u0000b"}, "/title_en", "control_character"),
]


async def test_what_is_wrong_is_named(scorecard: Scorecard) -> None:
    for changes, pointer, code in WRONG:
        answer = await scorecard.post("/rounds", BODY | changes, NCDDS)
        assert answer.status_code == 422, changes
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


async def test_questions_that_no_unit_could_be_asked_are_refused_and_not_taken_by_themselves(
    scorecard: Scorecard,
) -> None:
    shipped = (await scorecard.get("/indicator-sets")).json()["items"]
    new = {"title_km": "ថ្មី", "title_en": "New", "indicators": shipped[0]["indicators"]}
    misspelt = (await scorecard.post("/indicator-sets", new | {"unit_kind": "helth_centre"}, NCDDS)).json()
    sound = (await scorecard.post("/indicator-sets", new | {"unit_kind": "health_centre"}, NCDDS)).json()
    assert (misspelt["units"], sound["units"]) == (0, 4)
    planned = await scorecard.plan()
    assert "helth_centre" not in {entry["unit_kind"] for entry in planned["indicator_sets"]}
    named = {"indicator_set_ids": [sound["id"], misspelt["id"]]}
    changed = await scorecard.client.http.patch(
        f"{API}/rounds/{planned['id']}", json=named, headers=scorecard.as_(NCDDS) | {"If-Match": "*"}
    )
    for answer in (await scorecard.post("/rounds", BODY | named, NCDDS), changed):
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["pointer"]) == (422, "/indicator_set_ids/1")
        assert error["code"] == "kind_without_units"
    await scorecard.tell(unit("HE-020301-1", "helth_centre"))
    assert (await scorecard.post("/rounds", BODY | named, NCDDS)).status_code == 201
    assert len((await scorecard.plan())["indicator_sets"]) == 4


async def test_two_sets_for_one_kind_are_one_too_many(scorecard: Scorecard) -> None:
    first = (await scorecard.get("/indicator-sets")).json()["items"][0]
    new = {"unit_kind": first["unit_kind"], "title_km": "ថ្មី", "title_en": "New", "indicators": first["indicators"]}
    second = (await scorecard.post("/indicator-sets", new, NCDDS)).json()
    answer = await scorecard.post("/rounds", BODY | {"indicator_set_ids": [first["id"], second["id"]]}, NCDDS)
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_kind_repeated")


async def test_opening_gives_every_unit_inside_its_scorecard_and_tells(scorecard: Scorecard) -> None:
    planned = await scorecard.plan()
    path = f"/rounds/{planned['id']}:open"
    assert (await scorecard.post(path)).status_code == 401
    assert (await scorecard.post(path, None, "province_officer@12")).json()["code"] == "area_not_covered"
    opened = await scorecard.post(path, None, PROVINCE)
    assert (opened.json()["state"], opened.headers["etag"]) == ("open", '"2"')
    cards = (await scorecard.get(f"/rounds/{planned['id']}/scorecards", NCDDS)).json()["items"]
    assert {card["unit_code"] for card in cards} == set(UNITS) - {FAR_CENTRE}
    assert await scorecard.told(RoundOpened) == [
        {key: planned[key] for key in ("year", "area_codes", "title_km", "title_en")} | {"round_id": planned["id"]}
    ]
    assert (await scorecard.post(path, None, PROVINCE)).json()["code"] == "round_not_planned"


async def test_a_unit_that_appears_later_takes_part_and_one_outside_does_not(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.tell(unit("HC-020302-2", "health_centre"), unit("HC-120101-2", "health_centre"))
    await scorecard.cast(1, "HC-020302-2")
    refused = await scorecard.post("/ballots", scorecard.ballot("HC-120101-2"), "caf@")
    assert refused.json()["code"] == "unit_not_in_round"


async def test_units_and_a_round_that_come_at_the_same_moment_find_each_other(scorecard: Scorecard) -> None:
    await scorecard.plan()
    codes = [f"HC-020302-{number}" for number in range(10, 20)]
    await asyncio.gather(
        scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS),
        *(scorecard.tell(unit(code, "health_centre")) for code in codes),
    )
    cards = (await scorecard.get(f"/rounds/{scorecard.round_id}/scorecards", NCDDS)).json()["items"]
    assert set(codes) <= {card["unit_code"] for card in cards}


async def test_closing_destroys_the_key_of_the_phones_and_tells(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}:close"
    assert await scorecard.count("phone_key") == 1
    assert (await scorecard.post(path, None, "province_officer@12")).status_code == 403
    closed = await scorecard.post(path, None, PROVINCE)
    assert closed.json()["state"] == "closed"
    assert await scorecard.count("phone_key") == 0
    assert [event["round_id"] for event in await scorecard.told(RoundClosed)] == [scorecard.round_id]
    for verb in ("close", "open"):
        assert (await scorecard.post(f"/rounds/{scorecard.round_id}:{verb}", None, NCDDS)).status_code == 409


async def test_a_closed_round_takes_nothing_new_and_knows_what_it_has(scorecard: Scorecard) -> None:
    await scorecard.open()
    token = await scorecard.token()
    by_phone = scorecard.ballot(ballot_token=token, device_id="one")
    recorded = scorecard.ballot()
    assert (await scorecard.post("/ballots", by_phone)).status_code == 201
    assert (await scorecard.post("/ballots", recorded, CAF)).status_code == 201
    await scorecard.close()
    assert (await scorecard.post("/ballots", by_phone)).json()["status"] == "duplicate"
    again = (await scorecard.post("/ballots:batch", {"ballots": [recorded, scorecard.ballot()]}, CAF)).json()["items"]
    assert [(item["status"], item.get("code")) for item in again] == [("duplicate", None), ("accepted", "late")]
    assert await scorecard.count("ballot WHERE late") == 1, "what a facilitator recorded is kept and shown, not counted"
    late = scorecard.ballot(ballot_token=token, device_id="two")
    assert (await scorecard.post("/ballots", late)).json()["code"] == "round_closed"
    assert (await scorecard.get(f"/ballot-forms/{token}")).json()["code"] == "round_closed"
    link = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/ballot-link", CAF)
    assert (link.status_code, link.json()["code"]) == (409, "round_closed")
    late_unit = unit("HC-020302-3", "health_centre")
    await scorecard.tell(late_unit)
    assert await scorecard.count("scorecard WHERE unit_code = 'HC-020302-3'") == 0


async def test_closing_while_ballots_come_in_counts_what_was_accepted(scorecard: Scorecard) -> None:
    await scorecard.open()
    ballots = [scorecard.ballot(code) for code in (CENTRE, "HC-020302-1", "HC-020401-1") for _ in range(6)]
    batches = [{"ballots": [scorecard.ballot("HC-020401-1"), scorecard.ballot()]} for _ in range(4)]
    answers = await asyncio.gather(
        *(scorecard.post("/ballots", ballot, "caf@") for ballot in ballots[:9]),
        *(scorecard.post("/ballots:batch", batch, "caf@") for batch in batches),
        scorecard.post(f"/rounds/{scorecard.round_id}:close", None, NCDDS),
        *(scorecard.post("/ballots", ballot, "caf@") for ballot in ballots[9:]),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    accepted = sum(answer.status_code == 201 for answer in answers)
    accepted += sum(answer.json().get("accepted", 0) for answer in answers)
    assert await scorecard.count("ballot") == accepted
    assert await scorecard.count("scorecard WHERE accepts_scores") == 0


async def test_an_idempotency_key_plans_one_round(scorecard: Scorecard) -> None:
    headers = scorecard.as_(NCDDS, user_id=uuid4()) | {"Idempotency-Key": "one"}
    answers = [await scorecard.client.http.post(f"{API}/rounds", json=BODY, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await scorecard.count("round") == 1
