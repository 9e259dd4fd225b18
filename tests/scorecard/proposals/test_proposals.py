"""Indicators that citizens propose for their own unit."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, CENTRE, NCDDS, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, SCHOOL, Scorecard

TOILETS = {"text_km": "បន្ទប់ទឹកស្អាត", "text_en": "Clean toilets"}


def proposal(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "meeting_id": str(uuid4()),
        "votes": 12,
        **TOILETS,
    } | changes


async def propose(scorecard: Scorecard, **changes: Any) -> str:
    body = proposal(scorecard, **changes)
    answer = await scorecard.post("/proposals", body, CAF)
    assert answer.status_code == 201, answer.text
    return str(body["id"])


async def decide(scorecard: Scorecard, proposal_id: str, verb: str, body: Any = None, *grants: str) -> Any:
    return await scorecard.post(f"/proposals/{proposal_id}:{verb}", body, *(grants or (CAF,)))


async def test_a_proposal_is_recorded_once_by_the_areas_facilitators(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = proposal(scorecard)
    assert (await scorecard.post("/proposals", body)).status_code == 401
    assert (await scorecard.post("/proposals", body, PROVIDER)).json()["code"] == "permission_missing"
    assert (await scorecard.post("/proposals", body, OTHER_CAF)).json()["code"] == "area_not_covered"
    answers = await asyncio.gather(*(scorecard.post("/proposals", body, CAF) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201]
    assert answers[0].json()["state"] == "proposed"
    assert {name: answers[0].json()[name] for name in body} == body
    other = await scorecard.post("/proposals", body | {"votes": 13}, CAF)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"text_km": None, "text_en": None}, "", "text_missing"),
        ({"text_km": "ក" * 201}, "/text_km", "string_too_long"),
        ({"votes": -1}, "/votes", "greater_than_equal"),
        ({"unit_code": "HC-020301-8"}, "/unit_code", "unit_unknown"),
        ({"round_id": str(uuid4())}, "/round_id", "round_unknown"),
        ({"chosen": True}, "/chosen", "extra_forbidden"),
    ]
    for changes, pointer, code in wrong:
        answer = await scorecard.post("/proposals", proposal(scorecard, **changes), CAF)
        assert answer.status_code == 422, changes
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
    await scorecard.close()
    assert (await scorecard.post("/proposals", proposal(scorecard), CAF)).status_code == 201, "late, and still a fact"


async def test_reviewers_read_what_the_public_does_not(scorecard: Scorecard) -> None:
    await scorecard.open()
    first, second = await propose(scorecard), await propose(scorecard, unit_code=SCHOOL)
    path, asked = f"/proposals/{first}", {"round_id": scorecard.round_id}
    for where, params in ((path, {}), ("/proposals", asked)):
        assert (await scorecard.get(where, **params)).status_code == 401
        assert (await scorecard.get(where, PROVIDER, **params)).json()["code"] == "permission_missing"
    for outsider in (OTHER_CAF, OTHER_OFFICER):
        assert (await scorecard.get(path, outsider)).json()["code"] == "area_not_covered"
        assert (await scorecard.get("/proposals", outsider, **asked)).json()["items"] == []
    assert (await scorecard.get(path, OFFICER)).json()["text_en"] == "Clean toilets"
    assert (await scorecard.get(f"/proposals/{uuid4()}", OFFICER)).json()["code"] == "proposal_not_found"

    async def listed(grant: str, **more: str) -> set[str]:
        answer = await scorecard.get("/proposals", grant, **asked, **more)
        return {entry["id"] for entry in answer.json()["items"]}

    assert await listed(CAF) == await listed(NCDDS, area="0203") == {first, second}
    assert await listed(OFFICER, unit_code=SCHOOL) == {second}
    await decide(scorecard, second, "decline", {"reason": "no"})
    assert await listed(OFFICER, state="proposed") == {first}
    assert (await scorecard.get("/proposals", OFFICER, area="0204", **asked)).status_code == 403
    assert (await scorecard.get("/proposals", OTHER_CAF, unit_code=CENTRE, **asked)).status_code == 403


async def test_proposals_are_merged_into_indicators_and_into_each_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    toilets, water, wells, elsewhere = [
        await propose(scorecard, unit_code=code) for code in (CENTRE, CENTRE, CENTRE, SCHOOL)
    ]
    into_water = {"proposal_id": water}
    assert (await decide(scorecard, toilets, "merge", into_water, OFFICER)).json()["code"] == "permission_missing"
    assert (await decide(scorecard, toilets, "merge", into_water, OTHER_CAF)).json()["code"] == "area_not_covered"
    assert (await scorecard.post(f"/proposals/{toilets}:merge", into_water)).status_code == 401
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "one_of_two"),
        ({"proposal_id": water, "indicator_code": "opening_hours"}, "", "one_of_two"),
        ({"proposal_id": toilets}, "/proposal_id", "proposal_not_open"),
        ({"proposal_id": elsewhere}, "/proposal_id", "proposal_unknown"),
        ({"proposal_id": str(uuid4())}, "/proposal_id", "proposal_unknown"),
        ({"indicator_code": "free_lunch"}, "/indicator_code", "indicator_unknown"),
        ({"indicator_code": "own_1"}, "/indicator_code", "indicator_unknown"),
    ]
    for body, pointer, code in wrong:
        answer = await decide(scorecard, toilets, "merge", body)
        assert answer.status_code == 422, body
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)

    merged = (await decide(scorecard, toilets, "merge", into_water)).json()
    assert (merged["state"], merged["merged_into"]) == ("merged", water)
    assert merged["decided_by"]
    assert merged["decided_at"]
    assert (await decide(scorecard, wells, "merge", {"proposal_id": toilets})).json()["code"] == "proposal_not_open"
    assert (await decide(scorecard, water, "merge", {"proposal_id": wells})).status_code == 200
    assert (await scorecard.get(f"/proposals/{toilets}", CAF)).json()["merged_into"] == wells, "no chains"
    code = await first_indicator(scorecard)
    assert (await decide(scorecard, wells, "merge", {"indicator_code": code})).json()["indicator_code"] == code
    led = (await scorecard.get(f"/proposals/{toilets}", CAF)).json()
    assert (led["state"], led["merged_into"], led["indicator_code"]) == ("merged", None, code)
    back = (await decide(scorecard, wells, "decline", {"reason": "ក្រៅសមត្ថកិច្ច"})).json()
    assert (back["state"], back["indicator_code"], back["reason"]) == ("declined", None, "ក្រៅសមត្ថកិច្ច")


async def first_indicator(scorecard: Scorecard) -> str:
    form = (await scorecard.get(f"/ballot-forms/{await scorecard.token()}")).json()
    return str(form["indicators"][0]["code"])


async def test_two_that_go_into_each_other_do_not_get_lost(scorecard: Scorecard) -> None:
    await scorecard.open()
    one, other = await propose(scorecard), await propose(scorecard)
    answers = await asyncio.gather(
        decide(scorecard, one, "merge", {"proposal_id": other}), decide(scorecard, other, "merge", {"proposal_id": one})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_at_most_five_are_chosen(scorecard: Scorecard) -> None:
    await scorecard.open()
    ids = [await propose(scorecard) for _ in range(6)]
    assert (await scorecard.post(f"/proposals/{ids[0]}:choose")).status_code == 401
    assert (await decide(scorecard, ids[0], "choose", None, NCDDS)).json()["code"] == "permission_missing"
    assert (await decide(scorecard, ids[0], "choose", None, OTHER_CAF)).json()["code"] == "area_not_covered"
    answers = await asyncio.gather(*(decide(scorecard, each, "choose") for each in ids))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409]
    said = [answer.json() for answer in answers]
    assert sorted(entry.get("indicator_code") or "" for entry in said) == ["", *(f"own_{n}" for n in range(1, 6))]
    assert next(entry["code"] for entry in said if "code" in entry) == "too_many_own_indicators"
    chosen = next(entry["id"] for entry in said if entry.get("state") == "chosen")
    for verb, body in (("choose", None), ("decline", {"reason": "no"}), ("merge", {"indicator_code": "own_1"})):
        assert (await decide(scorecard, chosen, verb, body)).json()["code"] == (
            "too_many_own_indicators" if verb == "choose" else "proposal_chosen"
        )
    left = next(answer for each, answer in zip(ids, answers, strict=True) if answer.status_code == 409)
    assert left.json()["code"] == "too_many_own_indicators"


async def test_nothing_is_chosen_once_the_unit_is_scored(scorecard: Scorecard) -> None:
    await scorecard.open()
    late = await propose(scorecard)
    await scorecard.cast(1)
    assert (await decide(scorecard, late, "choose")).json()["code"] == "already_scored"
    school = await propose(scorecard, unit_code=SCHOOL)
    await scorecard.submit(SCHOOL)
    assert (await decide(scorecard, school, "choose")).json()["code"] == "scoring_ended"
    assert (await decide(scorecard, school, "decline", {"reason": "too late"})).status_code == 200


async def test_a_choice_and_the_first_ballots_do_not_pass_each_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    ids = [await propose(scorecard) for _ in range(2)]
    answers = await asyncio.gather(
        *(scorecard.post("/ballots", scorecard.ballot(), CAF) for _ in range(3)),
        decide(scorecard, ids[0], "choose"),
        *(scorecard.post("/ballots", scorecard.ballot(scores=[4] * 11), CAF) for _ in range(3)),
        decide(scorecard, ids[1], "choose"),
    )
    stored = [answer.status_code for position, answer in enumerate(answers) if position not in (3, 7)]
    chosen = sum(answers[position].status_code == 200 for position in (3, 7))
    assert await scorecard.count(f"ballot WHERE cardinality(scores) <> {10 + chosen}") == 0
    assert await scorecard.count("ballot") == stored.count(201)


async def test_an_indicator_is_chosen_before_scoring_opens(scorecard: Scorecard) -> None:
    await scorecard.open(scoring_opens_at="2099-01-01T00:00:00Z")
    chosen = await propose(scorecard)
    assert (await decide(scorecard, chosen, "choose", {"label_km": "បង្គន់ស្អាត"})).json()["indicator_code"] == "own_1"
    early = await scorecard.post("/ballots", scorecard.ballot(scores=[4] * 11), CAF)
    assert early.status_code == 409
