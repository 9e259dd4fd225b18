"""One ballot at a time, by phone and by facilitators."""

import asyncio
import hashlib
import hmac
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import text

from services.scorecard.ballots.links import BallotLinks
from services.scorecard.rounds.models import PhoneKey
from tests.scorecard.conftest import API, CAF, CENTRE, FOURS, NCDDS, OTHER_CAF, PROVIDER, SCHOOL, Scorecard, unit


async def test_a_phone_scores_a_unit_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = scorecard.ballot(ballot_token=await scorecard.token(), device_id="one")
    first = await scorecard.post("/ballots", body)
    assert (first.status_code, first.json()) == (201, {"id": body["id"], "status": "accepted"})
    again = await scorecard.post("/ballots", body)
    assert (again.status_code, again.json()) == (200, {"id": body["id"], "status": "duplicate"})
    other_content = await scorecard.post("/ballots", body | {"sex": "male"})
    assert (other_content.status_code, other_content.json()["code"]) == (409, "conflict")
    other_id = await scorecard.post("/ballots", body | {"id": str(uuid4())})
    assert (other_id.status_code, other_id.json()["code"]) == (409, "already_scored")
    other_phone = body | {"id": str(uuid4()), "device_id": "two"}
    assert (await scorecard.post("/ballots", other_phone)).status_code == 201
    school = scorecard.ballot(SCHOOL, ballot_token=await scorecard.token(SCHOOL), device_id="one")
    assert (await scorecard.post("/ballots", school)).status_code == 201
    assert await scorecard.count("ballot WHERE channel = 'phone'") == 3


async def test_nothing_of_the_phone_is_kept(scorecard: Scorecard) -> None:
    round_id = await scorecard.open()
    key = b"k" * 32
    pads = PhoneKey.of(UUID(round_id), key)
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(
            text("UPDATE phone_key SET inner_pad = :inner, outer_pad = :outer"),
            {"inner": pads.inner_pad, "outer": pads.outer_pad},
        )
    body = scorecard.ballot(
        ballot_token=await scorecard.token(), device_id="010-234-567", cast_at="2026-03-01T18:59:59+00:00"
    )
    headers = scorecard.as_(PROVIDER) | {"Idempotency-Key": "a", "X-Forwarded-For": "203.0.113.7"}
    answer = await scorecard.client.http.post(f"{API}/ballots", json=body, headers=headers)
    assert answer.status_code == 201
    async with scorecard.client.runtime.database.transaction() as db:
        row = (await db.execute(text("SELECT * FROM ballot"))).mappings().one()
        tables = (await db.scalars(text("SELECT table_name FROM information_schema.tables"))).all()
    secret: SecretStr = scorecard.client.runtime.settings.secret_key
    blinded = BallotLinks(secret).blind(UUID(round_id), CENTRE, "010-234-567")
    assert dict(row) == {
        "id": UUID(body["id"]),
        "round_id": UUID(round_id),
        "unit_code": CENTRE,
        "scores": FOURS,
        "sex": "female",
        "age_group": "adult",
        "channel": "phone",
        "device_hash": hmac.digest(key, blinded, hashlib.sha256),
        "cast_on": row["cast_on"],
        "disability": None,
        "ethnic_minority": None,
        "id_poor": None,
        "village_code": None,
        "meeting_id": None,
        "late": False,
        "replaced": None,
        "withdrawn": False,
    }
    assert str(row["cast_on"]) == "2026-03-02"
    assert "idempotency_key" in tables
    assert await scorecard.count("idempotency_key") == 0


async def test_without_a_facilitators_token_the_units_own_is_needed(scorecard: Scorecard) -> None:
    await scorecard.open()
    token, school_token = await scorecard.token(), await scorecard.token(SCHOOL)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({}, "/ballot_token", "ballot_token_required"),
        ({"ballot_token": token}, "/device_id", "device_id_required"),
        ({"ballot_token": school_token, "device_id": "one"}, "/ballot_token", "ballot_token_invalid"),
        ({"ballot_token": token[:-4], "device_id": "one"}, "/ballot_token", "ballot_token_invalid"),
        ({"ballot_token": token, "device_id": ""}, "/device_id", "string_too_short"),
    ]
    for caller in ((), (PROVIDER,)):
        for changes, pointer, code in wrong:
            answer = await scorecard.post("/ballots", scorecard.ballot(**changes), *caller)
            assert answer.status_code == 422
            assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    other_round = await scorecard.plan()
    moved = scorecard.ballot(ballot_token=token, device_id="one", round_id=other_round["id"])
    assert (await scorecard.post("/ballots", moved)).json()["code"] == "ballot_token_invalid"
    assert await scorecard.count("ballot") == 0


async def test_a_facilitator_records_in_the_own_area(scorecard: Scorecard) -> None:
    await scorecard.open()
    outside = await scorecard.post("/ballots", scorecard.ballot(), OTHER_CAF)
    assert (outside.status_code, outside.json()["code"]) == (403, "area_not_covered")
    body = scorecard.ballot()
    assert (await scorecard.post("/ballots", body, CAF)).status_code == 201
    assert (await scorecard.post("/ballots", body, CAF)).json()["status"] == "duplicate"
    assert (await scorecard.post("/ballots", scorecard.ballot(), "caf@12", "caf@02")).status_code == 201
    assert await scorecard.count("ballot WHERE channel = 'meeting' AND device_hash IS NULL") == 2
    broken = await scorecard.client.http.post(f"{API}/ballots", json=body, headers={"Authorization": "Bearer x.y.z"})
    assert (broken.status_code, broken.json()["code"]) == (401, "invalid_token")


async def test_every_wrong_field_is_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"scores": FOURS[:9]}, "/scores", "wrong_number_of_scores"),
        ({"scores": [*FOURS, 4]}, "/scores", "wrong_number_of_scores"),
        ({"scores": [None] * 10}, "/scores", "no_answer"),
        ({"scores": []}, "/scores", "too_short"),
        ({"scores": [4, 4, 4, 6, *[4] * 6]}, "/scores/3", "score_beyond_scale"),
        ({"scores": [4, 4, 4, 11, *[4] * 6]}, "/scores/3", "less_than_equal"),
        ({"disability": "yes"}, "/disability", "bool_type"),
        ({"id_poor": 1}, "/id_poor", "bool_type"),
        ({"village_code": "020301"}, "/village_code", "string_pattern_mismatch"),
        ({"village_code": "02030201"}, "/village_code", "village_not_in_commune"),
        ({"village_code": "02030109"}, "/village_code", "village_not_in_commune"),
        ({"meeting_id": "monday"}, "/meeting_id", "uuid_parsing"),
        ({"scores": [0, *[4] * 9]}, "/scores/0", "greater_than_equal"),
        ({"scores": [4, 2.5, *[4] * 8]}, "/scores/1", "int_type"),
        ({"scores": [4, "4", *[4] * 8]}, "/scores/1", "int_type"),
        ({"scores": [True, *[4] * 9]}, "/scores/0", "int_type"),
        ({"sex": "f"}, "/sex", "literal_error"),
        ({"age_group": 30}, "/age_group", "literal_error"),
        ({"id": "1"}, "/id", "uuid_parsing"),
        ({"name": "Sok"}, "/name", "extra_forbidden"),
        ({"cast_at": "2026-03-01T10:00:00"}, "/cast_at", "timezone_aware"),
        ({"unit_code": "HC 1; DROP"}, "/unit_code", "string_pattern_mismatch"),
        ({"unit_code": "HC-999999-1"}, "/unit_code", "unit_unknown"),
        ({"unit_code": "HC-120101-1"}, "/unit_code", "unit_not_in_round"),
        ({"round_id": str(uuid4())}, "/round_id", "round_unknown"),
    ]
    for changes, pointer, code in wrong:
        answer = await scorecard.post("/ballots", scorecard.ballot(**changes), "caf@")
        assert answer.status_code == 422, changes
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    khmer = await scorecard.post("/ballots", scorecard.ballot(scores=FOURS[:9]), "caf@", **{"Accept-Language": "km"})
    assert "លក្ខណៈវិនិច្ឆ័យ" in khmer.json()["detail"]
    assert await scorecard.count("ballot") == 0


async def test_a_phones_clock_may_say_anything(scorecard: Scorecard) -> None:
    await scorecard.open()
    for cast_at, kept in (("9999-12-31T23:59:59Z", 0), ("1970-01-01T00:00:00Z", 1), ("0001-01-01T00:00:00+14:00", 1)):
        answer = await scorecard.post("/ballots", scorecard.ballot(cast_at=cast_at), CAF)
        assert answer.status_code == 201, cast_at
        assert await scorecard.count("ballot WHERE cast_on IS NOT NULL") == kept


async def test_a_round_that_has_not_begun_takes_nothing(scorecard: Scorecard) -> None:
    await scorecard.plan()
    token = await scorecard.token()
    assert (await scorecard.post("/ballots", scorecard.ballot(), CAF)).json()["code"] == "round_not_open"
    by_phone = scorecard.ballot(ballot_token=token, device_id="one")
    assert (await scorecard.post("/ballots", by_phone)).json()["code"] == "round_not_open"
    assert (await scorecard.get(f"/ballot-forms/{token}")).json()["code"] == "round_not_open"


async def test_the_units_qr_code(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/ballot-link"
    assert (await scorecard.get(path)).status_code == 401
    assert (await scorecard.get(path, "partner@02")).json()["code"] == "permission_missing"
    for outside in (OTHER_CAF, "provider@020301/PS-020301-1"):
        assert (await scorecard.get(path, outside)).json()["code"] == "area_not_covered"
    links = [(await scorecard.get(path, role)).json() for role in (CAF, PROVIDER, "commune_clerk@020301", NCDDS)]
    assert links[0] == links[1] == links[2] == links[3]
    assert links[0]["url"] == f"http://gateway.test/ballot#{links[0]['ballot_token']}"
    form = (await scorecard.get(f"/ballot-forms/{links[0]['ballot_token']}")).json()
    assert form["unit"] == {
        "code": CENTRE,
        "kind": "health_centre",
        "name_km": f"អង្គភាព {CENTRE}",
        "name_en": f"Unit {CENTRE}",
        "area_code": "020301",
    }
    assert [step["value"] for step in form["scale"]] == [1, 2, 3, 4, 5]
    assert (await scorecard.get("/ballot-forms/nonsense")).json()["code"] == "ballot_token_invalid"
    missing = {"HC-020301-9": "unit_not_found", "HC-120101-1": "unit_not_in_round"}
    for unit_code, code in missing.items():
        answer = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{unit_code}/ballot-link", NCDDS)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_renamed_unit_shows_its_new_name(scorecard: Scorecard) -> None:
    await scorecard.tell(fresh := unit("HC-020302-7", "health_centre"))
    await scorecard.open()
    await scorecard.tell(fresh.model_copy(update={"name_en": "New name", "version": 2}))
    form = (await scorecard.get(f"/ballot-forms/{await scorecard.token('HC-020302-7')}")).json()
    assert form["unit"]["name_en"] == "New name"


async def test_the_same_ballot_sent_many_times_at_once_counts_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = scorecard.ballot(ballot_token=await scorecard.token(), device_id="one")
    answers = await asyncio.gather(*(scorecard.post("/ballots", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    others = [body | {"id": str(uuid4()), "device_id": "two"} for _ in range(8)]
    answers = await asyncio.gather(*(scorecard.post("/ballots", other) for other in others))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_scored"}
    assert await scorecard.count("ballot") == 2


async def test_a_unit_submitted_amid_ballots_has_counted_what_was_accepted(scorecard: Scorecard) -> None:
    await scorecard.open()
    token = await scorecard.token()
    ballots = [scorecard.ballot(ballot_token=token, device_id=f"phone {number}") for number in range(30)]
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "held_on": "2026-03-02",
        "groups": [{"sex": "male", "participants": 9, "counts": [[0, 0, 0, 9, 0]] * 10}],
    }
    answers = await asyncio.gather(
        *(scorecard.post("/ballots", ballot) for ballot in ballots[:15]),
        scorecard.post("/ballots:batch", {"ballots": [scorecard.ballot() for _ in range(5)]}, CAF),
        scorecard.submit(),
        scorecard.post("/tallies", tally, CAF),
        *(scorecard.post("/ballots", ballot) for ballot in ballots[15:]),
    )
    accepted = sum(answer.json().get("status") == "accepted" for answer in answers)
    batch = answers[15].json()
    accepted += batch["accepted"] - sum(item.get("code") == "late" for item in batch["items"])
    accepted += 9 * (answers[17].status_code == 201 and not answers[17].json()["late"])
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(refused) <= {"scoring_ended"}
    result = (await scorecard.publish()).json()
    assert result["participants"] == (accepted if accepted >= 5 else None)
    again = scorecard.ballot(ballot_token=token, device_id="another")
    assert (await scorecard.post("/ballots", again)).json()["code"] == "scoring_ended"
    assert (await scorecard.get(f"/ballot-forms/{token}")).json()["code"] == "scoring_ended"
