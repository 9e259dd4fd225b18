"""Meetings are planned by village; a scorecard is submitted when each was held, or skipped with a reason."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.scorecard.scorecards.villages import find_foreign_villages
from tests.scorecard.conftest import CAF, CENTRE, OFFICER, OTHER_CAF, Scorecard, area, unit
from tests.scorecard.scorecards.doing import FAR_VILLAGE, VILLAGE, act, card_of, history_of, put_plan

SECOND, THIRD = "02030102", "02030103"
REASON = {"reason": "ទឹកជំនន់"}


async def open_with_villages(scorecard: Scorecard, *villages: str) -> None:
    await scorecard.tell(area(SECOND), area(THIRD))
    await scorecard.open()
    body = {"planned_on": "2026-03-10", "villages": [{"village_code": village} for village in villages]}
    assert (await put_plan(scorecard, body, OFFICER)).status_code == 200


def tally(scorecard: Scorecard, village: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "village_code": village,
        "held_on": "2026-03-11",
        "groups": [{"sex": "female", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}],
    }


async def states(scorecard: Scorecard) -> dict[str, str]:
    return {village["village_code"]: village["state"] for village in (await card_of(scorecard))["villages"]}


async def test_a_village_without_scores_holds_up_submission_until_it_is_skipped(scorecard: Scorecard) -> None:
    await open_with_villages(scorecard, VILLAGE, SECOND, THIRD)
    assert (await scorecard.post("/tallies", tally(scorecard, VILLAGE), CAF)).status_code == 201
    refused = await scorecard.submit()
    assert (refused.status_code, refused.json()["code"]) == (409, "villages_without_scores")
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/villages/{SECOND}", f"/villages/{THIRD}"]
    assert SECOND in refused.json()["detail"]
    assert (await card_of(scorecard))["state"] == "running"
    assert (await scorecard.post("/ballots", scorecard.ballot(village_code=SECOND), CAF)).status_code == 201
    assert await states(scorecard) == {VILLAGE: "held", SECOND: "held", THIRD: "planned"}
    skipped = await act(scorecard, f"/villages/{THIRD}:skip", CAF, REASON)
    assert (skipped.json()["state"], skipped.json()["skipped_reason"]) == ("skipped", REASON["reason"])
    assert (await scorecard.submit()).status_code == 200
    steps = (await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/history", CAF)).json()["items"]
    assert next(step for step in steps if step["action"] == "village_skipped")["reason"] == f"{THIRD}: ទឹកជំនន់"


async def test_who_skips_a_village_and_which(scorecard: Scorecard) -> None:
    await open_with_villages(scorecard, VILLAGE, SECOND)
    verb = f"/villages/{VILLAGE}:skip"
    assert (await scorecard.post(f"/rounds/{scorecard.round_id}/units/{CENTRE}{verb}", REASON)).status_code == 401
    assert (await act(scorecard, verb, OFFICER, REASON)).json()["code"] == "permission_missing"
    assert (await act(scorecard, verb, OTHER_CAF, REASON)).json()["code"] == "area_not_covered"
    assert (await act(scorecard, verb, CAF, {})).json()["errors"][0]["pointer"] == "/reason"
    assert (await act(scorecard, f"/villages/{THIRD}:skip", CAF, REASON)).json()["code"] == "village_not_planned"
    assert (await act(scorecard, "/villages/1:skip", CAF, REASON)).status_code == 422
    answers = await asyncio.gather(*(act(scorecard, verb, CAF, REASON) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await scorecard.post("/tallies", tally(scorecard, VILLAGE), CAF)).status_code == 201
    assert await states(scorecard) == {VILLAGE: "held", SECOND: "planned"}
    assert (await act(scorecard, verb, CAF, REASON)).json()["code"] == "village_held"
    await act(scorecard, f"/villages/{SECOND}:skip", CAF, REASON)
    await scorecard.submit()
    late = await act(scorecard, f"/villages/{SECOND}:skip", CAF, REASON)
    assert late.json()["code"] == "scorecard_not_running"


async def test_a_village_is_of_the_units_area_or_of_one_that_it_serves(scorecard: Scorecard) -> None:
    served = "HC-020301-8"
    await scorecard.tell(
        unit(served, "health_centre", catchment=("020302",), aliases=("HC-020301-6",)),
        unit("OW-0203", "health_centre", area_code="0203"),
        area("02030199", status="closed"),
    )
    pairs = {
        (CENTRE, VILLAGE): False,
        (CENTRE, FAR_VILLAGE): True,
        (CENTRE, "02030199"): True,
        (CENTRE, "99999999"): True,
        (served, FAR_VILLAGE): False,
        ("HC-020301-6", FAR_VILLAGE): False,
        ("OW-0203", FAR_VILLAGE): False,
        ("HC-020401-1", VILLAGE): True,
        ("HC-999999-9", VILLAGE): True,
    }
    async with scorecard.client.runtime.database.transaction() as db:
        foreign = await find_foreign_villages(db, pairs)
        assert await find_foreign_villages(db, []) == set()
        kept = await db.scalar(text("SELECT catchment FROM unit WHERE code = :code"), {"code": served})
    assert {pair: pair in foreign for pair in pairs} == pairs
    assert kept == ["020302"]


async def test_villages_go_along_when_the_units_code_changes(scorecard: Scorecard) -> None:
    centre = unit("HC-020301-4", "health_centre")
    await scorecard.tell(centre)
    await scorecard.open()
    body = {"villages": [{"village_code": VILLAGE}]}
    await put_plan(scorecard, body, OFFICER, '"1"', unit=centre.code)
    renamed = centre.model_copy(update={"code": "HC-020301-9", "aliases": (centre.code,), "version": 2})
    await scorecard.tell(renamed)
    card = await card_of(scorecard, renamed.code)
    assert (card["state"], [village["village_code"] for village in card["villages"]]) == ("running", [VILLAGE])
    assert (await history_of(scorecard, renamed.code))[-1] == ("planned", "running", "running")
    assert (await card_of(scorecard, centre.code))["unit_code"] == renamed.code
