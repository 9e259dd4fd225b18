"""Watching scorecards, and ending a unit's scoring."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.errors import Conflict, Forbidden
from tests.scorecard.conftest import CAF, CENTRE, NCDDS, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, Scorecard
from tests.scorecard.scorecards.doing import card

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_scorecard_goes_from_running_to_review_to_published() -> None:
    facilitator, officer = uuid4(), uuid4()
    running = card()
    with pytest.raises(Conflict, match="scorecard_not_in_review"):
        running.publish(officer, NOW)
    running.submit(facilitator, NOW)
    assert (running.state, running.accepts_scores) == ("in_review", False)
    with pytest.raises(Conflict, match="scorecard_not_running"):
        running.submit(facilitator, NOW)
    with pytest.raises(Forbidden, match="separation_of_duties"):
        running.publish(facilitator, NOW)
    running.publish(officer, NOW)
    with pytest.raises(Conflict, match="already_published"):
        running.publish(officer, NOW)
    assert (running.state, running.version, running.published_by) == ("completed", 3, officer)


async def test_scorecards_are_watched_by_facilitators_and_reviewers(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/scorecards"
    assert (await scorecard.get(path)).status_code == 401
    assert (await scorecard.get(path, PROVIDER)).json()["code"] == "permission_missing"
    for role, number in ((CAF, 3), (OFFICER, 4), (NCDDS, 5), ("district_officer@12", 0)):
        assert len((await scorecard.get(path, role)).json()["items"]) == number
    both = (await scorecard.get(path, CAF, OTHER_CAF, "provider@04")).json()["items"]
    assert {entry["area_code"] for entry in both} == {"020301", "020302"}
    assert (await scorecard.get(path, OFFICER, area="02")).json()["code"] == "area_not_covered"
    inside = (await scorecard.get(path, OFFICER, area="020302", state="running")).json()["items"]
    assert [(entry["unit_code"], entry["unit_name_en"]) for entry in inside] == [("HC-020302-1", "Unit HC-020302-1")]
    first = (await scorecard.get(path, NCDDS, limit=2)).json()
    second = (await scorecard.get(path, NCDDS, limit=3, cursor=first["next_cursor"])).json()
    codes = [entry["unit_code"] for entry in first["items"] + second["items"]]
    assert codes == sorted(codes)
    assert len(codes) == 5


async def test_a_facilitator_ends_the_scoring_of_a_unit(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}:submit"
    assert (await scorecard.post(path)).status_code == 401
    assert (await scorecard.post(path, None, OFFICER)).json()["code"] == "permission_missing"
    assert (await scorecard.post(path, None, OTHER_CAF)).json()["code"] == "area_not_covered"
    answers = await asyncio.gather(*(scorecard.post(path, None, CAF) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    done = next(answer for answer in answers if answer.status_code == 200)
    assert (done.json()["state"], done.headers["etag"]) == ("in_review", '"2"')
    states = (await scorecard.get(f"/rounds/{scorecard.round_id}/scorecards", CAF, state="in_review")).json()["items"]
    assert [entry["unit_code"] for entry in states] == [CENTRE]
    unknown = f"/rounds/{scorecard.round_id}/units/HC-120101-1:submit"
    assert (await scorecard.post(unknown, None, "caf@")).json()["code"] == "scorecard_not_found"


async def test_a_result_is_published_by_another_reviewer_of_the_area(scorecard: Scorecard) -> None:
    await scorecard.open()
    both = uuid4()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}:publish"
    assert (await scorecard.post(path)).status_code == 401
    assert (await scorecard.post(path, None, CAF)).json()["code"] == "permission_missing"
    assert (await scorecard.post(path, None, OTHER_OFFICER)).json()["code"] == "area_not_covered"
    assert (await scorecard.publish()).json()["code"] == "scorecard_not_in_review"
    await scorecard.submit(user_id=both)
    own_work = await scorecard.publish(officer=OFFICER, user_id=both)
    assert (own_work.status_code, own_work.json()["code"]) == (403, "separation_of_duties")
    answers = await asyncio.gather(*(scorecard.publish(officer=OFFICER) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await scorecard.count("outbox WHERE subject LIKE '%result.published%'") == 1
    assert await scorecard.count("result") == 1
