"""A scorecard that was submitted is changed on request, with a reason, and somebody else decides."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from httpx import Response
from sqlalchemy import text

from services.scorecard.counting.groups import AGE_GROUPS, SEXES, SLOTS_IN_SQL, slots_of
from services.scorecard.scorecards.worker import complete_idle
from tests.scorecard.conftest import (
    API,
    CAF,
    CENTRE,
    NCDDS,
    OFFICER,
    OTHER_CAF,
    OTHER_OFFICER,
    PROVIDER,
    SCHOOL,
    Scorecard,
)
from tests.scorecard.scorecards.doing import VILLAGE, act, card_of, history_of

REASON = {"reason": "ទូរសព្ទមួយមិនទាន់បានផ្ញើ"}
NOTE = {"note": "លទ្ធផលត្រឹមត្រូវហើយ"}


async def ask(scorecard: Scorecard, grant: str = CAF, body: Any = None, *, by: UUID | None = None) -> Response:
    return await act(scorecard, "/requests", grant, body or REASON, by=by)


async def decide(
    scorecard: Scorecard, request_id: str, verb: str, grant: str = OFFICER, body: Any = None, *, by: UUID | None = None
) -> Response:
    return await scorecard.client.http.post(
        f"{API}/requests/{request_id}:{verb}", json=body, headers=scorecard.as_(grant, user_id=by)
    )


async def test_facilitators_and_the_unit_ask_one_at_a_time(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/requests"
    assert (await scorecard.post(path, REASON)).status_code == 401
    assert (await ask(scorecard, OFFICER)).json()["code"] == "permission_missing"
    for elsewhere in (OTHER_CAF, f"provider@020301/{SCHOOL}"):
        assert (await ask(scorecard, elsewhere)).json()["code"] == "area_not_covered"
    assert (await ask(scorecard)).json()["code"] == "scorecard_not_submitted"
    await scorecard.submit()
    for body, pointer in (({"reason": " "}, "/reason"), (REASON | {"kind": "drop"}, "/kind"), ({"why": ""}, "/why")):
        answer = await ask(scorecard, CAF, body)
        assert answer.status_code == 422
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    answers = await asyncio.gather(*(ask(scorecard, grant) for grant in (CAF, CAF, PROVIDER)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "request_open"}
    made = next(answer.json() for answer in answers if answer.status_code == 201)
    assert (made["state"], made["reason"]) == ("open", REASON["reason"])
    card = await card_of(scorecard)
    assert (card["state"], card["open_request"]) == ("in_review", made["id"])


async def test_a_request_is_granted_by_somebody_else(scorecard: Scorecard) -> None:
    await scorecard.open()
    asker, submitter = uuid4(), uuid4()
    await scorecard.submit(user_id=submitter)
    asked = (await ask(scorecard, by=asker)).json()["id"]
    assert (await scorecard.post(f"/requests/{asked}:approve", {})).status_code == 401
    assert (await decide(scorecard, asked, "approve", CAF, {})).json()["code"] == "permission_missing"
    assert (await decide(scorecard, asked, "approve", OTHER_OFFICER, {})).json()["code"] == "area_not_covered"
    for same in (asker, submitter):
        for verb, body in (("approve", {}), ("refuse", NOTE)):
            refused = await decide(scorecard, asked, verb, OFFICER, body, by=same)
            assert (refused.status_code, refused.json()["code"]) == (403, "separation_of_duties")
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("approve", {"include_late": "yes"}),
        ("approve", {"all": True}),
        ("refuse", {}),
    ]
    for verb, sent in wrong:
        assert (await decide(scorecard, asked, verb, OFFICER, sent)).status_code == 422
    unknown = await decide(scorecard, str(uuid4()), "approve", OFFICER, {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "request_not_found")
    answers = await asyncio.gather(
        *(decide(scorecard, asked, verb, OFFICER, NOTE) for verb in ("approve", "refuse", "approve"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_an_unlocked_scorecard_is_scored_again_and_submitted_again(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    first = await scorecard.submit_and_publish()
    asked = (await ask(scorecard, PROVIDER)).json()["id"]
    approved = await decide(scorecard, asked, "approve", OFFICER, {"note": "យល់ព្រម"})
    assert (approved.json()["state"], approved.json()["note"], approved.json()["late_counted"]) == (
        "approved",
        "យល់ព្រម",
        0,
    )
    card = await card_of(scorecard)
    assert (card["state"], card["unlocked"], card["accepts_scores"]) == ("running", True, True)
    assert (card["published_at"] is not None, card["open_request"]) == (True, None)
    public = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/result")
    assert public.json()["participants"] == first["participants"] == 6
    await scorecard.cast(6)
    await scorecard.submit()
    second = await scorecard.publish()
    assert (second.status_code, second.json()["participants"]) == (200, 12), second.text
    assert [action for action, _, _ in await history_of(scorecard)] == [
        *("opened", "submitted", "completed", "published", "change_requested", "change_approved"),
        *("submitted", "completed", "published"),
    ]


async def test_a_refused_request_leaves_everything_as_it_was(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.submit()
    asked = (await ask(scorecard)).json()["id"]
    refused = await decide(scorecard, asked, "refuse", OFFICER, NOTE)
    assert (refused.json()["state"], refused.json()["note"]) == ("refused", NOTE["note"])
    again = await decide(scorecard, asked, "approve", OFFICER, {})
    assert (again.status_code, again.json()["code"]) == (409, "request_decided")
    assert (await card_of(scorecard))["state"] == "in_review"
    assert (await ask(scorecard)).status_code == 201
    async with scorecard.client.runtime.database.transaction() as db:
        assert await complete_idle(db, datetime.now(UTC) + timedelta(days=13)) == 0, "asking was a step of the review"


async def test_what_came_late_counts_once_that_is_granted(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    phone = {"ballot_token": await scorecard.token(), "device_id": "phone-1"}
    await scorecard.submit()
    await scorecard.close()
    late = scorecard.ballot(village_code=VILLAGE, disability=True, id_poor=False)
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "held_on": "2026-03-11",
        "groups": [{"sex": "male", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}],
    }
    sent = await scorecard.post("/ballots:batch", {"ballots": [late, scorecard.ballot()]}, CAF)
    assert sent.json()["accepted"] == 2, sent.text
    assert (await scorecard.post("/tallies", tally, CAF)).status_code == 201
    assert (await card_of(scorecard))["late_records"] == 3
    await scorecard.count_all()
    assert await people(scorecard) == 6

    asked = (await ask(scorecard)).json()["id"]
    approved = await decide(scorecard, asked, "approve", OFFICER, {"include_late": True})
    assert approved.json()["late_counted"] == 3, approved.text
    assert (await card_of(scorecard))["late_records"] == 0
    await scorecard.count_all()
    assert await people(scorecard) == 14
    by_phone = await scorecard.post("/ballots", scorecard.ballot(**phone))
    assert (by_phone.status_code, by_phone.json()["code"]) == (409, "round_closed")
    assert (await scorecard.post("/ballots", scorecard.ballot(), CAF)).json()["status"] == "accepted"
    await scorecard.submit()
    result = await scorecard.publish()
    assert (result.status_code, result.json()["participants"]) == (200, 15), result.text


async def people(scorecard: Scorecard) -> int:
    """How many the worker has counted for the health centre."""
    async with scorecard.client.runtime.database.transaction() as db:
        counted: int = await db.scalar(
            text("SELECT coalesce(sum(participants), 0) FROM unit_histogram WHERE unit_code = :code"), {"code": CENTRE}
        )
    return counted


async def test_slots_in_sql_are_those_of_the_groups(scorecard: Scorecard) -> None:
    maybe = (True, False, None)
    everybody = list(product(SEXES, AGE_GROUPS, maybe, maybe, maybe))
    names = ("sex", "age_group", "disability", "ethnic_minority", "id_poor")
    kinds = ("text", "text", "boolean", "boolean", "boolean")
    columns = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in zip(names, kinds, strict=True))
    statement = text(f"SELECT {SLOTS_IN_SQL} FROM unnest({columns}) AS person ({', '.join(names)})")  # noqa: S608 - our own
    values = {name: [person[at] for person in everybody] for at, name in enumerate(names)}
    async with scorecard.client.runtime.database.transaction() as db:
        found = (await db.scalars(statement, values)).all()
    assert found == [slots_of(*person) for person in everybody]


async def test_requests_are_listed_for_those_whom_they_concern(scorecard: Scorecard) -> None:
    await scorecard.open()
    for code in (CENTRE, SCHOOL, "HC-020302-1"):
        await scorecard.submit(code)
        made = await act(scorecard, "/requests", "caf@", REASON, unit=code)
        assert made.status_code == 201
        if code == SCHOOL:
            await decide(scorecard, made.json()["id"], "refuse", NCDDS, NOTE)
    assert (await scorecard.get("/requests")).status_code == 401
    assert (await scorecard.get("/requests", "partner@")).json()["code"] == "permission_missing"

    async def listed(grant: str, **params: str) -> list[str]:
        answer = await scorecard.get("/requests", grant, **params)
        assert answer.status_code == 200, answer.text
        return [entry["unit_code"] for entry in answer.json()["items"]]

    everything = [CENTRE, SCHOOL, "HC-020302-1"]
    assert await listed(OFFICER) == everything
    assert await listed(OFFICER, round_id=scorecard.round_id) == everything
    assert await listed(OFFICER, round_id=str(uuid4())) == []
    assert await listed(OFFICER, area="020302") == ["HC-020302-1"]
    assert await listed(OFFICER, state="refused") == [SCHOOL]
    assert await listed(OTHER_OFFICER) == []
    assert await listed(PROVIDER) == [CENTRE]
    assert await listed(CAF, state="open") == [CENTRE]
    assert await listed("caf@0203") == [], "a district's facilitator has the district's own units"
    first = (await scorecard.get("/requests", OFFICER, limit=1)).json()
    assert await listed(OFFICER, cursor=first["next_cursor"]) == everything[1:]
    assert (await scorecard.get("/requests", OFFICER, state="lost")).status_code == 422
