"""A scorecard goes from planned to running, to review, to completed; each step is kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.scorecards.worker import complete_idle
from shared.errors import Conflict, Forbidden, Problem
from tests.scorecard.conftest import CAF, CENTRE, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, SCHOOL, Scorecard
from tests.scorecard.scorecards.doing import act, card, card_of, history_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REASON = {"reason": "ខ្វះពិន្ទុភូមិពីរ"}


def test_review_ends_well_or_gives_it_back() -> None:
    facilitator, officer = uuid4(), uuid4()
    running = card()
    with pytest.raises(Conflict, match="scorecard_not_in_review"):
        running.complete(officer, NOW)
    with pytest.raises(Conflict, match="scorecard_not_in_review"):
        running.send_back()
    running.submit(facilitator, NOW)
    with pytest.raises(Forbidden, match="separation_of_duties"):
        running.complete(facilitator, NOW)
    running.send_back()
    assert (running.state, running.accepts_scores, running.unlocked) == ("running", True, True)
    running.submit(facilitator, later := NOW + timedelta(days=2))
    assert (running.accepts_scores, running.unlocked) == (False, False)
    assert (running.first_submitted_at, running.submitted_at) == (NOW, later), "it came in time"
    running.complete(officer, NOW)
    with pytest.raises(Conflict, match="scorecard_completed"):
        running.send_back()
    assert (running.state, running.completed_by, running.published_at) == ("completed", officer, None)


def test_what_is_public_stays_while_it_is_changed_and_can_then_be_replaced() -> None:
    facilitator, officer = uuid4(), uuid4()
    changed = card()
    changed.submit(facilitator, NOW)
    changed.publish(officer, NOW + timedelta(hours=1))
    assert (changed.state, changed.completed_by, changed.result_version) == ("completed", officer, 1)
    changed.unlock()
    assert (changed.state, changed.is_published, changed.published_by) == ("running", True, officer)
    with pytest.raises(Conflict, match="scorecard_not_in_review"):
        changed.publish(officer, NOW + timedelta(hours=2))
    changed.submit(facilitator, NOW + timedelta(hours=3))
    assert not changed.is_published
    changed.publish(officer, NOW + timedelta(hours=4))
    assert (changed.result_version, changed.is_published) == (2, True)
    changed.withdraw()
    with pytest.raises(Conflict, match="not_published"):
        changed.withdraw()
    changed.publish(officer, NOW + timedelta(hours=5))
    assert changed.result_version == 3


def test_what_is_planned_is_neither_submitted_nor_unlocked() -> None:
    planned = card(state="planned", accepts_scores=False)
    with pytest.raises(Conflict, match="round_not_open"):
        planned.submit(uuid4(), NOW)
    with pytest.raises(Conflict, match="scorecard_not_submitted"):
        planned.unlock()


@given(st.lists(st.sampled_from(["submit", "send_back", "complete", "publish", "withdraw", "unlock"]), max_size=12))
def test_scores_are_taken_exactly_while_it_runs(steps: list[str]) -> None:
    one, facilitator, officer = card(), uuid4(), uuid4()
    for hour, step in enumerate(steps):
        by = facilitator if step == "submit" else officer
        before = (one.state, one.version)
        try:
            getattr(one, step)(
                *((by, NOW + timedelta(hours=hour)) if step in ("submit", "complete", "publish") else ())
            )
        except Problem:
            assert (one.state, one.version) == before
        else:
            assert one.version == before[1] + 1
        assert one.accepts_scores is (one.state == "running")
        assert (one.completed_at is not None) is (one.state == "completed")


async def test_a_reviewer_of_the_area_gives_back_or_completes(scorecard: Scorecard) -> None:
    await scorecard.open()
    both = uuid4()
    for verb, body in ((":complete", None), (":return", REASON)):
        path = f"/rounds/{scorecard.round_id}/units/{CENTRE}{verb}"
        assert (await scorecard.post(path, body)).status_code == 401
        assert (await act(scorecard, verb, CAF, body)).json()["code"] == "permission_missing"
        assert (await act(scorecard, verb, OTHER_OFFICER, body)).json()["code"] == "area_not_covered"
        assert (await act(scorecard, verb, OFFICER, body)).json()["code"] == "scorecard_not_in_review"
    await scorecard.submit(user_id=both)
    for wrong, pointer in (({}, "/reason"), ({"reason": ""}, "/reason"), (REASON | {"why": "1"}, "/why")):
        refused = await act(scorecard, ":return", OFFICER, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    returned = await act(scorecard, ":return", OFFICER, REASON)
    assert (returned.json()["state"], returned.json()["accepts_scores"]) == ("running", True)
    await scorecard.cast(1)
    await scorecard.submit(user_id=both)
    assert (await act(scorecard, ":complete", OFFICER, by=both)).json()["code"] == "separation_of_duties"
    answers = await asyncio.gather(*(act(scorecard, ":complete", OFFICER) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await history_of(scorecard) == [
        ("opened", None, "running"),
        ("submitted", "running", "in_review"),
        ("returned", "in_review", "running"),
        ("submitted", "running", "in_review"),
        ("completed", "in_review", "completed"),
    ]
    assert await scorecard.count("outbox WHERE subject LIKE '%result.published%'") == 0


async def test_who_reads_a_scorecard_and_its_history(scorecard: Scorecard) -> None:
    await scorecard.open()
    for part in ("scorecard", "history"):
        path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/{part}"
        assert (await scorecard.get(path)).status_code == 401
        assert (await scorecard.get(path, PROVIDER)).json()["code"] == "permission_missing"
        assert (await scorecard.get(path, OTHER_CAF)).json()["code"] == "area_not_covered"
        assert (await scorecard.get(path, CAF)).status_code == 200
    read = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/scorecard", CAF)
    assert (read.headers["etag"], read.json()["villages"], read.json()["late_records"]) == ('"1"', [], 0)
    unknown = f"/rounds/{scorecard.round_id}/units/HC-120101-1/history"
    assert (await scorecard.get(unknown, "caf@")).json()["code"] == "scorecard_not_found"
    by, reason = uuid4(), "ត្រូវកែ"
    await scorecard.submit()
    await act(scorecard, ":return", OFFICER, {"reason": reason}, by=by)
    steps = (await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/history", CAF, limit=2)).json()
    rest = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/history", CAF, cursor=steps["next_cursor"])
    assert [(step["by"], step["reason"]) for step in rest.json()["items"]] == [(str(by), reason)]
    assert steps["items"][0]["by"] is None


async def test_a_review_that_nobody_ends_completes_itself(scorecard: Scorecard) -> None:
    await scorecard.open(review_days=5)
    await scorecard.submit()
    await scorecard.submit(SCHOOL)
    now = datetime.now(UTC)

    async def pass_at(at: datetime) -> int:
        async with scorecard.client.runtime.database.transaction() as db:
            return await complete_idle(db, at)

    assert await pass_at(now + timedelta(days=4, hours=23)) == 0
    passes = await asyncio.gather(*(pass_at(now + timedelta(days=5, minutes=1)) for _ in range(2)))
    assert sum(passes) == 2
    completed = await card_of(scorecard)
    assert (completed["state"], completed["completed_by"], completed["published_at"]) == ("completed", None, None)
    assert (await history_of(scorecard))[-1] == ("completed", "in_review", "completed")
    assert (await scorecard.publish(officer=OFFICER)).status_code == 200
    assert (await history_of(scorecard))[-1] == ("published", "completed", "completed")


async def test_a_round_may_leave_reviews_without_end(scorecard: Scorecard) -> None:
    await scorecard.open(review_days=None)
    await scorecard.submit()
    async with scorecard.client.runtime.database.transaction() as db:
        assert await complete_idle(db, datetime.now(UTC) + timedelta(days=4000)) == 0


async def test_scorecards_are_found_by_state_kind_day_and_code(scorecard: Scorecard) -> None:
    await scorecard.open()
    path = f"/rounds/{scorecard.round_id}/scorecards"

    async def found(**params: str) -> list[str]:
        answer = await scorecard.get(path, OFFICER, **params)
        assert answer.status_code == 200, answer.text
        return [entry["unit_code"] for entry in answer.json()["items"]]

    rows = [
        {"unit_code": CENTRE, "planned_on": "2026-03-10"},
        {"unit_code": SCHOOL, "planned_on": "2026-03-20"},
    ]
    answer = await scorecard.post(
        f"/rounds/{scorecard.round_id}/scorecards:import?dry_run=false", {"rows": rows}, OFFICER
    )
    assert answer.status_code == 200, answer.text
    assert await found(unit_kind="primary_school") == [SCHOOL]
    assert await found(unit="HC-0203") == [CENTRE, "HC-020302-1"]
    assert await found(planned_from="2026-03-10", planned_until="2026-03-19") == [CENTRE]
    assert await found(planned_from="2026-03-11", state="running") == [SCHOOL]
    assert await found(unit="HC", state="completed") == []
    for wrong in ({"unit": "hc"}, {"planned_from": "soon"}, {"unit_kind": "1"}, {"state": "lost"}):
        assert (await scorecard.get(path, OFFICER, **wrong)).status_code == 422
