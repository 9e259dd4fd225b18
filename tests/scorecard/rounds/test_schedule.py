"""Scoring begins and ends at the hours that a round has set, whoever looks or does not look at the clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.scorecard.rounds.models import Round
from services.scorecard.rounds.schedule import Cards, due, keep_all_hours
from services.scorecard.rounds.windows import for_machines, in_english, in_khmer
from shared.events.scorecard import RoundOpened
from tests.scorecard.conftest import API, CAF, CENTRE, NCDDS, Scorecard, unit

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
OPENS, CLOSES = NOW + 24 * HOUR, NOW + 48 * HOUR
HOURS = {"scoring_opens_at": OPENS.isoformat(), "scoring_closes_at": CLOSES.isoformat()}


async def one_pass(scorecard: Scorecard, now: datetime) -> datetime | None:
    """The worker's look at the clock, at a time of the test's choice."""
    return await keep_all_hours(scorecard.client.runtime.database, now)


async def refusal(scorecard: Scorecard, token: str) -> dict[str, Any]:
    """What a citizen's phone is told."""
    by_phone = scorecard.ballot(ballot_token=token, device_id=str(uuid4()))
    problem: dict[str, Any] = (await scorecard.post("/ballots", by_phone)).json()
    return problem


async def running(scorecard: Scorecard) -> int:
    """How many scorecards take scores."""
    return await scorecard.count("scorecard WHERE state = 'running' AND accepts_scores")


def test_what_is_due_is_told_by_how_things_stand() -> None:
    round_ = Round(
        year=2026, title_km="ជុំ", title_en="Round", area_codes=[""], scoring_opens_at=OPENS, scoring_closes_at=CLOSES
    )
    waiting, scoring, nothing = Cards(True, False), Cards(False, True), Cards(False, False)
    assert (due(round_, waiting, OPENS), round_.next_turn(NOW)) == (None, None), "people open a round"
    round_.open(NOW)
    assert [due(round_, waiting, at) for at in (OPENS - HOUR, OPENS, CLOSES)] == [None, "begin", None]
    assert due(round_, nothing, OPENS) == "begin", "it is told even where there is no unit yet"
    assert round_.begin_scoring(OPENS)
    assert not round_.begin_scoring(OPENS)
    assert [due(round_, scoring, at) for at in (OPENS, CLOSES - HOUR, CLOSES)] == [None, None, "end"]
    assert due(round_, nothing, CLOSES) is None
    assert [round_.next_turn(at) for at in (NOW, OPENS, CLOSES)] == [OPENS, CLOSES, None]
    round_.close(CLOSES + HOUR)
    assert due(round_, waiting, CLOSES + HOUR) is None


def test_hours_are_said_as_people_in_cambodia_say_them() -> None:
    at = datetime(2026, 2, 28, 17, 30, tzinfo=UTC)
    assert in_english(at) == "1 March 2026 at 00:30"
    assert in_khmer(at) == "ថ្ងៃទី១ ខែមីនា ឆ្នាំ២០២៦ ម៉ោង ០០:៣០"
    assert for_machines(at) == "2026-02-28T17:30:00Z"


async def test_scoring_begins_and_ends_at_its_hours_and_what_was_missed_is_caught_up(scorecard: Scorecard) -> None:
    await scorecard.open(**HOURS)
    assert await scorecard.count("scorecard WHERE state = 'planned' AND NOT accepts_scores") == 5
    token = await scorecard.token()
    early = await refusal(scorecard, token)
    assert (early["code"], early["opens_at"]) == ("scoring_not_open_yet", for_machines(OPENS))
    assert in_english(OPENS) in early["detail"]
    assert await scorecard.told(RoundOpened) == []

    assert await one_pass(scorecard, NOW) == OPENS
    assert await running(scorecard) == 0
    assert await one_pass(scorecard, OPENS) == CLOSES
    assert await running(scorecard) == 5
    assert [event["round_id"] for event in await scorecard.told(RoundOpened)] == [scorecard.round_id]
    await scorecard.cast(1)
    await one_pass(scorecard, OPENS + HOUR)
    assert await scorecard.count("scorecard_step WHERE action = 'opened'") == 5

    assert await one_pass(scorecard, CLOSES + 100 * HOUR) is None
    late = await refusal(scorecard, token)
    assert (late["code"], late["closed_at"]) == ("scoring_closed", for_machines(CLOSES))
    assert (await scorecard.submit()).status_code == 200, "the unit's result is still to be reviewed"
    assert (await refusal(scorecard, token))["code"] == "scoring_ended"
    await scorecard.close()
    assert (await refusal(scorecard, token))["code"] == "round_closed"
    assert len(await scorecard.told(RoundOpened)) == 1


async def test_a_worker_that_slept_through_the_window_opens_nothing(scorecard: Scorecard) -> None:
    await scorecard.open(**HOURS)
    assert await one_pass(scorecard, CLOSES) is None
    assert await running(scorecard) == 0
    assert await scorecard.told(RoundOpened) == []


async def test_a_planned_round_waits_for_a_person(scorecard: Scorecard) -> None:
    await scorecard.plan(**HOURS)
    assert await one_pass(scorecard, OPENS) is None
    assert await scorecard.count("scorecard") == 0


async def test_units_that_appear_take_part_as_the_hours_say(scorecard: Scorecard) -> None:
    await scorecard.open(**HOURS)
    await scorecard.tell(unit("HC-020302-7", "health_centre"))
    assert await scorecard.count("scorecard WHERE unit_code = 'HC-020302-7' AND state = 'planned'") == 1
    await one_pass(scorecard, OPENS)
    assert await scorecard.count("scorecard WHERE unit_code = 'HC-020302-7' AND accepts_scores") == 1


async def test_scores_that_are_being_stored_when_scoring_ends_are_counted(scorecard: Scorecard) -> None:
    await scorecard.open(scoring_closes_at=CLOSES.isoformat())
    answers, _, _ = await asyncio.gather(
        asyncio.gather(*(scorecard.post("/ballots", scorecard.ballot(), CAF) for _ in range(12))),
        one_pass(scorecard, CLOSES),
        one_pass(scorecard, CLOSES),
    )
    taken = sum(answer.status_code == 201 for answer in answers)
    assert {answer.json().get("code") for answer in answers if answer.status_code != 201} <= {"scoring_closed"}
    assert await scorecard.count("ballot") == taken
    assert await running(scorecard) == 0


async def test_two_workers_begin_scoring_once(scorecard: Scorecard) -> None:
    await scorecard.open(**HOURS)
    await asyncio.gather(*(one_pass(scorecard, OPENS) for _ in range(4)))
    assert await scorecard.count("scorecard WHERE version = 2") == 5
    assert len(await scorecard.told(RoundOpened)) == 1


async def test_a_unit_unlocked_on_request_is_not_bound_by_the_hours(scorecard: Scorecard) -> None:
    await scorecard.open(scoring_closes_at=CLOSES.isoformat())
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE scorecard SET unlocked = true WHERE unit_code = :code"), {"code": CENTRE})
    await one_pass(scorecard, CLOSES)
    assert await scorecard.count(f"scorecard WHERE accepts_scores AND unit_code = '{CENTRE}'") == 1
    assert await running(scorecard) == 1


async def test_hours_that_are_changed_hold_at_once(scorecard: Scorecard) -> None:
    await scorecard.open(**HOURS)

    async def change(**fields: Any) -> dict[str, Any]:
        headers = scorecard.as_(NCDDS) | {"If-Match": "*"}
        answer = await scorecard.client.http.patch(f"{API}/rounds/{scorecard.round_id}", json=fields, headers=headers)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    assert (await change(scoring_opens_at=None))["scoring_began_at"] is not None
    assert await running(scorecard) == 5
    await one_pass(scorecard, CLOSES)
    assert await running(scorecard) == 0
    await scorecard.tell(unit("HC-020302-8", "health_centre"))
    await change(scoring_closes_at=(CLOSES + HOUR).isoformat())
    assert await running(scorecard) == 6, "a later end lets them score again, and new units join"
    assert len(await scorecard.told(RoundOpened)) == 1


async def test_a_round_whose_window_has_passed_is_not_opened(scorecard: Scorecard) -> None:
    await scorecard.plan(scoring_closes_at=(NOW - HOUR).isoformat())
    refused = await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)
    assert (refused.status_code, refused.json()["code"]) == (409, "scoring_window_passed")
    assert await scorecard.count("phone_key") == 0
