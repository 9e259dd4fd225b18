"""Comments: taken from phones and facilitators, held until reviewed, shown when approved and published."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.scorecard.comments import phones
from services.scorecard.comments.phones import MOST_PER_PHONE
from services.scorecard.comments.schemas import MAXIMUM_LENGTH, CommentIn
from tests.scorecard.conftest import API, CAF, CENTRE, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, SCHOOL, Scorecard

HELD = {"state": "held"}


def comment(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    """A comment as a facilitator sends it."""
    body = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "text": "ត្រូវរង់ចាំយូរ"}
    return body | changes


async def send(scorecard: Scorecard, *texts: str, **changes: Any) -> list[str]:
    """Comments by a facilitator; their ids."""
    bodies = [comment(scorecard, text=text, **changes) for text in texts]
    for body in bodies:
        answer = await scorecard.post("/comments", body, CAF)
        assert answer.status_code == 201, answer.text
    return [body["id"] for body in bodies]


async def approve(scorecard: Scorecard, *ids: str) -> None:
    for one in ids:
        answer = await scorecard.post(f"/comments/{one}:approve", None, OFFICER, **{"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text


async def test_a_facilitator_sends_and_an_officer_decides(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = comment(scorecard, aspect="weakness", written_at="2026-03-01T23:30:00+00:00")
    first = await scorecard.post("/comments", body, CAF)
    assert (first.status_code, first.json()) == (201, {"id": body["id"], "status": "accepted"} | HELD)
    again = await scorecard.post("/comments", body, CAF)
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    other = await scorecard.post("/comments", body | {"text": "other"}, CAF)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    [waiting] = (await scorecard.get("/comments", OFFICER, state="held")).json()["items"]
    assert waiting["text"] == "ត្រូវរង់ចាំយូរ"
    assert (waiting["written_on"], waiting["channel"], waiting["late"]) == ("2026-03-02", "meeting", False)
    approved = await scorecard.post(f"/comments/{body['id']}:approve", None, OFFICER, **{"If-Match": '"1"'})
    assert (approved.json()["state"], approved.headers["etag"]) == ("approved", '"2"')
    assert (await scorecard.get("/comments", OFFICER, state="held")).json()["items"] == []
    assert (await scorecard.post("/comments", body, CAF)).json()["state"] == "approved"


async def test_who_may_send_and_decide(scorecard: Scorecard) -> None:
    await scorecard.open()
    nobody = await scorecard.post("/comments", comment(scorecard))
    assert (nobody.status_code, nobody.json()["code"]) == (422, "ballot_token_required")
    assert (await scorecard.post("/comments", comment(scorecard), OTHER_CAF)).status_code == 403
    [held] = await send(scorecard, "x1")
    for path, body in ((f"/comments/{held}:approve", None), (f"/comments/{held}:reject", {"reason": "a"})):
        match = {"If-Match": '"1"'}
        assert (await scorecard.post(path, body, **match)).status_code == 401
        for wrong in (CAF, PROVIDER, OTHER_OFFICER):
            assert (await scorecard.post(path, body, wrong, **match)).status_code == 403
        assert (await scorecard.post(path, body, OFFICER)).status_code == 428
    assert (await scorecard.get("/comments")).status_code == 401
    assert (await scorecard.get("/comments", CAF)).status_code == 403
    assert (await scorecard.get("/comments", OFFICER, area="0204")).status_code == 403
    assert (await scorecard.get("/comments", OTHER_OFFICER)).json()["items"] == []
    missing = await scorecard.post(f"/comments/{uuid4()}:approve", None, OFFICER, **{"If-Match": '"1"'})
    assert (missing.status_code, missing.json()["code"]) == (404, "comment_not_found")


async def test_two_officers_at_once_do_not_undo_each_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    [held] = await send(scorecard, "x1")
    match = {"If-Match": '"1"'}
    answers = await asyncio.gather(
        scorecard.post(f"/comments/{held}:approve", None, OFFICER, **match),
        scorecard.post(f"/comments/{held}:reject", {"reason": "names a person"}, OFFICER, **match),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    state = next(answer.json()["state"] for answer in answers if answer.status_code == 200)
    verb = "approve" if state == "approved" else "reject"
    body = None if state == "approved" else {"reason": "b"}
    same = await scorecard.post(f"/comments/{held}:{verb}", body, OFFICER, **{"If-Match": '"2"'})
    assert (same.status_code, same.json()["code"]) == (409, "already_decided")
    back = await scorecard.post(f"/comments/{held}:reject", {"reason": "a name"}, OFFICER, **{"If-Match": '"2"'})
    assert back.status_code == (200 if state == "approved" else 409)


async def test_a_phone_comments_with_the_units_token(scorecard: Scorecard) -> None:
    await scorecard.open()
    token = await scorecard.token()
    phone = {"ballot_token": token, "device_id": "phone-1"}
    assert (await scorecard.post("/comments", comment(scorecard, **phone))).status_code == 201
    wrong = await scorecard.post("/comments", comment(scorecard, unit_code=SCHOOL, **phone))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "ballot_token_invalid")
    without = await scorecard.post("/comments", comment(scorecard, ballot_token=token))
    assert (without.status_code, without.json()["code"]) == (422, "device_id_required")
    [kept] = (await scorecard.get("/comments", OFFICER)).json()["items"]
    assert kept["channel"] == "phone"


async def test_a_phone_sends_so_many_and_a_repeat_costs_nothing(scorecard: Scorecard) -> None:
    await scorecard.open()
    phone = {"ballot_token": await scorecard.token(), "device_id": "phone-1"}
    bodies = [comment(scorecard, text=f"comment {number}", **phone) for number in range(MOST_PER_PHONE)]
    assert {(await scorecard.post("/comments", body)).status_code for body in bodies} == {201}
    assert {(await scorecard.post("/comments", body)).status_code for body in bodies} == {200}
    over = await scorecard.post("/comments", comment(scorecard, **phone))
    assert (over.status_code, over.json()["code"]) == (429, "too_many_comments")
    assert await scorecard.count("comment") == MOST_PER_PHONE
    other = await scorecard.post("/comments", comment(scorecard, **phone | {"device_id": "phone-2"}))
    assert other.status_code == 201


async def test_a_phones_comments_and_ballot_have_nothing_in_common(scorecard: Scorecard) -> None:
    await scorecard.open()
    phone = {"ballot_token": await scorecard.token(), "device_id": "phone-1"}
    assert (await scorecard.post("/ballots", scorecard.ballot(**phone))).status_code == 201
    assert (await scorecard.post("/comments", comment(scorecard, **phone))).status_code == 201
    shared = "comment_sender JOIN ballot ON ballot.device_hash = comment_sender.phone_hash"
    assert await scorecard.count(shared) == 0
    assert await scorecard.count("comment_sender") == 1


async def test_after_scoring_a_facilitators_comment_is_late_and_a_phones_refused(scorecard: Scorecard) -> None:
    await scorecard.open()
    token = await scorecard.token()
    await scorecard.cast(1)
    assert (await scorecard.submit()).status_code == 200
    refused = await scorecard.post("/comments", comment(scorecard, ballot_token=token, device_id="phone-1"))
    assert (refused.status_code, refused.json()["code"]) == (409, "scoring_ended")
    await send(scorecard, "late")
    assert [one["late"] for one in (await scorecard.get("/comments", OFFICER)).json()["items"]] == [True]
    await scorecard.close()
    await send(scorecard, "later")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "/text"),
    ({"text": " \u200b\u0007 "}, "/text"),
    ({"text": "x" * (MAXIMUM_LENGTH + 1)}, "/text"),
    ({"text": 5}, "/text"),
    ({"text": "a\ud800"}, "/text"),
    ({"aspect": "complaint"}, "/aspect"),
    ({"indicator_code": "no_such"}, "/indicator_code"),
    ({"unit_code": "HC-999999-1"}, "/unit_code"),
    ({"round_id": str(uuid4())}, "/round_id"),
    ({"id": "7"}, "/id"),
    ({"name": "Sok"}, "/name"),
]


async def test_what_is_wrong_is_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    headers = scorecard.as_(CAF) | {"content-type": "application/json"}
    for changes, pointer in WRONG:
        body = json.dumps(comment(scorecard, **changes))
        answer = await scorecard.client.http.post(f"{API}/comments", content=body, headers=headers)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await scorecard.count("comment") == 0


async def test_only_what_is_approved_and_published_is_shown_and_without_day_or_id(scorecard: Scorecard) -> None:
    await scorecard.open()
    shown, _, rejected = await send(scorecard, "ស្អាតណាស់", "held back", "names a person", indicator_code=None)
    await approve(scorecard, shown)
    await scorecard.post(f"/comments/{rejected}:reject", {"reason": "a name"}, OFFICER, **{"If-Match": '"1"'})
    path = f"/rounds/{scorecard.round_id}/comments"
    assert (await scorecard.get(path)).json()["items"] == []
    await scorecard.cast(6)
    await scorecard.submit_and_publish()
    expected = {"unit_code": CENTRE, "aspect": "comment", "indicator_code": None, "text": "ស្អាតណាស់"}
    assert (await scorecard.get(path)).json()["items"] == [expected]
    assert (await scorecard.get(path, area="0203", unit_code=CENTRE)).json()["items"] == [expected]
    assert (await scorecard.get(path, area="0204")).json()["items"] == []
    assert (await scorecard.get(path, q="ស្អាត")).json()["items"] == [expected]
    assert (await scorecard.get(f"/rounds/{uuid4()}/comments")).status_code == 404


async def from_phone(scorecard: Scorecard, token: str, device: str, **headers: str) -> Response:
    body = comment(scorecard, ballot_token=token, device_id=device, text=f"from {device}")
    return await scorecard.post("/comments", body, **headers)


async def test_a_replaced_qr_code_opens_no_way_for_comments(scorecard: Scorecard) -> None:
    await scorecard.open()
    old = await scorecard.token()
    assert (await from_phone(scorecard, old, "one")).status_code == 201
    renewed = await scorecard.post(f"/rounds/{scorecard.round_id}/units/{CENTRE}/ballot-link:renew", None, OFFICER)
    assert renewed.status_code == 200
    refused = await from_phone(scorecard, old, "one")
    assert (refused.status_code, refused.json()["code"]) == (409, "ballot_token_replaced")
    assert (await from_phone(scorecard, await scorecard.token(), "one")).status_code == 201
    assert await scorecard.count("comment") == 2


async def test_a_flood_of_phones_fills_no_more_than_the_units_share(
    scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones, "MOST_HELD", 3)
    await scorecard.open()
    token, school = await scorecard.token(), await scorecard.token(SCHOOL)
    answers = [await from_phone(scorecard, token, str(number)) for number in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].json()["code"] == "too_many_comments_wait"
    assert await scorecard.count("comment") == 3
    assert await scorecard.count("comment_sender") == 3, "who was refused may send it again"
    await send(scorecard, "what a facilitator heard")
    other = comment(scorecard, unit_code=SCHOOL, ballot_token=school, device_id="4")
    assert (await scorecard.post("/comments", other)).status_code == 201
    await approve(scorecard, answers[0].json()["id"])
    assert (await from_phone(scorecard, token, "5")).status_code == 201


SAYINGS = [
    "សាលារៀនស្អាតណាស់",
    "គ្រូ\u200bបង្រៀន\u200bល្អ",
    "The toilets are dirty",
    "Thuốc rất đắt",
    "ស្ត្រីរង់ចាំយូរ",
    "តម្លៃ ៥០០០ រៀល",
]


SEARCHES: dict[str, list[int]] = {
    "ស្អាត": [0],
    "សាលា ស្អាត": [0],
    "សាលា រៀន": [0],
    "បង្រៀនល្អ": [1],
    "ស": [0, 4],
    "រៀ": [0, 1, 5],
    "TOILET": [2],
    "toilets dirty": [2],
    "thuoc": [3],
    "ស្រ្តី": [4],
    "ស្ដ្រី": [4],
    "5000": [5],
    "ថ្លៃ": [],
    "'); drop": [],
    "\\:*&|!": [],
    "clean": [],
}


async def test_words_are_found_in_any_script(scorecard: Scorecard) -> None:
    await scorecard.open()
    await send(scorecard, *SAYINGS)
    for typed, found in SEARCHES.items():
        items = (await scorecard.get("/comments", OFFICER, q=typed)).json()["items"]
        assert [item["text"] for item in items] == [SAYINGS[position] for position in found], typed


async def test_the_queue_is_read_in_pages_and_narrowed(scorecard: Scorecard) -> None:
    await scorecard.open()
    await send(scorecard, *(f"comment {number}" for number in range(5)), aspect="strength")
    await send(scorecard, "about the school", unit_code=SCHOOL)
    page = (await scorecard.get("/comments", OFFICER, limit=4)).json()
    rest = (await scorecard.get("/comments", OFFICER, limit=4, cursor=page["next_cursor"])).json()
    assert [len(page["items"]), len(rest["items"])] == [4, 2]
    narrowed = (await scorecard.get("/comments", OFFICER, aspect="strength", unit_code=CENTRE, area="020301")).json()
    assert len(narrowed["items"]) == 5
    assert (await scorecard.get("/comments", OFFICER, round_id=str(uuid4()))).json()["items"] == []


@given(st.text(max_size=60))
def test_what_is_kept_can_be_read_and_is_kept_again_unchanged(written: str) -> None:
    body = {"id": uuid4(), "round_id": uuid4(), "unit_code": CENTRE}
    try:
        once = CommentIn.model_validate(body | {"text": written}).text
    except ValidationError:
        return
    assert once == CommentIn.model_validate(body | {"text": once}).text
    assert not any(ord(one) < 32 and one != "\n" for one in once)
    assert not set(once) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\ufeff")
