"""A facilitator's batch: each item on its own, all good ones together."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scorecard.ballots import batches
from services.scorecard.ballots.writes import session_of
from services.scorecard.counting.pace import pace_of
from services.scorecard.counting.queries import count_unit, unit_histogram
from services.scorecard.scorecards.models import Scorecard as Card
from tests.scorecard.conftest import API, CAF, CENTRE, FOURS, PROVIDER, SCHOOL, Scorecard


async def test_batches_are_for_facilitators(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = {"ballots": [scorecard.ballot()]}
    assert (await scorecard.post("/ballots:batch", body)).status_code == 401
    assert (await scorecard.post("/ballots:batch", body, PROVIDER)).json()["code"] == "permission_missing"
    assert await scorecard.count("ballot") == 0


async def test_one_bad_item_harms_no_other(scorecard: Scorecard) -> None:
    planned = await scorecard.plan()
    await scorecard.open()
    stored = scorecard.ballot()
    await scorecard.post("/ballots", stored, CAF)
    repeated = scorecard.ballot(scores=[None, *FOURS[1:]])
    items: list[tuple[Any, str, str | None, str | None]] = [
        (scorecard.ballot(), "accepted", None, None),
        (stored, "duplicate", None, None),
        (stored | {"sex": "male"}, "conflict", "conflict", None),
        (repeated, "accepted", None, None),
        (repeated, "duplicate", None, None),
        (repeated | {"age_group": "elder"}, "conflict", "conflict", None),
        (scorecard.ballot("HC-020302-1"), "rejected", "area_not_covered", None),
        (scorecard.ballot("HC-120101-1"), "rejected", "unit_not_in_round", "/unit_code"),
        (scorecard.ballot("HC-777777-1"), "rejected", "unit_unknown", "/unit_code"),
        (scorecard.ballot(round_id=planned["id"]), "rejected", "round_not_open", None),
        (scorecard.ballot(round_id=str(uuid4())), "rejected", "round_unknown", "/round_id"),
        (scorecard.ballot(scores=FOURS[1:]), "rejected", "wrong_number_of_scores", "/scores"),
        (scorecard.ballot(scores=[None] * 10), "rejected", "no_answer", "/scores"),
        (scorecard.ballot(scores=[*FOURS[:9], 9]), "rejected", "score_beyond_scale", "/scores/9"),
        (scorecard.ballot(scores=[*FOURS[:9], 11]), "rejected", "invalid_request", "/scores/9"),
        (scorecard.ballot(village_code="02030201"), "rejected", "village_not_in_commune", "/village_code"),
        (scorecard.ballot(colour="red"), "rejected", "invalid_request", "/colour"),
        ({}, "rejected", "invalid_request", "/id"),
        ("a ballot", "rejected", "invalid_request", ""),
        (None, "rejected", "invalid_request", ""),
        ([[]], "rejected", "invalid_request", ""),
        ({"id": "\ud800"}, "rejected", "invalid_request", "/id"),
        (scorecard.ballot() | {"\ud800": 1}, "rejected", "invalid_request", ""),
        (scorecard.ballot(id="nonsense"), "rejected", "invalid_request", "/id"),
        (scorecard.ballot(), "accepted", None, None),
    ]
    body = json.dumps({"ballots": [item for item, *_ in items]})
    headers = scorecard.as_(CAF) | {"Content-Type": "application/json"}
    answer = await scorecard.client.http.post(f"{API}/ballots:batch", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found = [(item["status"], item.get("code"), item.get("pointer")) for item in answer.json()["items"]]
    assert found == [tuple(expected) for _, *expected in items]
    for (item, *_), outcome in zip(items, answer.json()["items"], strict=True):
        if isinstance(item, dict) and len(str(item.get("id"))) == 36:
            assert outcome["id"] == item["id"]
        else:
            assert "id" not in outcome
        assert ("detail" not in outcome) == (outcome["status"] in ("accepted", "duplicate"))
        assert None not in outcome.values()
    counts = {name: answer.json()[name] for name in ("accepted", "duplicate", "conflict", "rejected")}
    assert counts == {"accepted": 3, "duplicate": 2, "conflict": 2, "rejected": 18}
    assert await scorecard.count("ballot") == 4


async def test_a_corrected_item_under_the_same_id_is_taken(scorecard: Scorecard) -> None:
    await scorecard.open()
    good = scorecard.ballot()
    for order in ([good | {"scores": [4]}, good], [good, good | {"scores": [4]}]):
        answer = (await scorecard.post("/ballots:batch", {"ballots": order}, CAF)).json()
        assert sorted(item["status"] for item in answer["items"]) in (
            ["accepted", "rejected"],
            ["duplicate", "rejected"],
        )
    assert await scorecard.count("ballot") == 1


async def test_reasons_come_in_the_readers_language(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = {"ballots": [scorecard.ballot("HC-020302-1")]}
    answer = await scorecard.post("/ballots:batch", body, CAF, **{"Accept-Language": "km"})
    assert "តួនាទី" in answer.json()["items"][0]["detail"]


LEARNING_TYPES = ("typeinfo_tree", "set_config('jit'")
"""In what asyncpg asks a session for, once, before it sends arrays."""


async def test_a_batch_holds_up_to_500_ballots_in_few_statements(
    scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scorecard.open()
    statements: list[str] = []

    async def watched(connection: AsyncConnection) -> asyncpg.Connection:
        session = await session_of(connection)
        session.add_query_logger(note)
        seen.append(session)
        return session

    def note(logged: asyncpg.connection.LoggedQuery) -> None:
        if not any(own in logged.query for own in LEARNING_TYPES):
            statements.append(logged.query.split()[0].rstrip(";"))

    seen: list[asyncpg.Connection] = []
    monkeypatch.setattr(batches, "session_of", watched)
    ballots = [scorecard.ballot() for _ in range(500)]
    answer = await scorecard.post("/ballots:batch", {"ballots": ballots}, CAF)
    seen[0].remove_query_logger(note)
    assert answer.json()["accepted"] == 500
    assert statements == ["BEGIN", "WITH", "INSERT", "COMMIT"]
    again = await scorecard.post("/ballots:batch", {"ballots": list(reversed(ballots))}, CAF)
    assert again.json()["duplicate"] == 500
    assert await scorecard.count("ballot") == 500
    wrong_bodies: list[dict[str, Any]] = [{"ballots": [*ballots, ballots[0]]}, {"ballots": []}, {"ballots": "all"}, {}]
    for wrong in wrong_bodies:
        refused = await scorecard.post("/ballots:batch", wrong, CAF)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ballots")
    cut = b'{"ballots": [{"id": '
    headers = scorecard.as_(CAF) | {"Content-Type": "application/json"}
    truncated = await scorecard.client.http.post(f"{API}/ballots:batch", content=cut, headers=headers)
    assert (truncated.status_code, truncated.json()["code"]) == (400, "invalid_json")


async def test_what_is_stored_of_a_batch_is_counted_as_one_sum_per_unit_and_village(scorecard: Scorecard) -> None:
    round_id = UUID(await scorecard.open())
    held = [scorecard.ballot(scores=[1] * 10) for _ in range(2)]
    assert (await scorecard.post("/ballots:batch", {"ballots": held}, CAF)).json()["accepted"] == 2
    await scorecard.submit(SCHOOL)
    people: list[dict[str, Any]] = [{}, {"sex": "male", "disability": False}, {"age_group": "elder", "id_poor": True}]
    kinds = [person | village for person in people for village in ({}, {"village_code": "02030101"})]
    fresh = [scorecard.ballot(scores=[None, at % 5 + 1, *FOURS[2:]], **kinds[at % 6]) for at in range(24)]
    others = [scorecard.ballot("HC-020302-1"), scorecard.ballot(SCHOOL), scorecard.ballot(scores=[4] * 9)]
    answer = (await scorecard.post("/ballots:batch", {"ballots": [*held, *fresh, *others]}, "caf@02")).json()
    assert (answer["accepted"], answer["duplicate"], answer["rejected"]) == (26, 2, 1)
    async with scorecard.client.runtime.database.transaction() as db:
        rows = await db.execute(text("SELECT unit_code, village_code, people FROM uncounted ORDER BY 1, 2, 3"))
        expected = [*[(CENTRE, "", 1)] * 2, (CENTRE, "", 12), (CENTRE, "02030101", 12), ("HC-020302-1", "", 1)]
        assert [tuple(row) for row in rows] == expected
    withdrawn = await scorecard.post(f"/ballots/{fresh[1]['id']}:withdraw", {"reason": "Twice"}, CAF)
    assert withdrawn.status_code == 200
    await scorecard.count_all()
    async with scorecard.client.runtime.database.transaction() as db:
        for code, participants in ((CENTRE, 25), ("HC-020302-1", 1), (SCHOOL, 0)):
            counted = await unit_histogram(db, round_id, code)
            assert counted == await count_unit(db, await db.get_one(Card, (round_id, code)))
            assert sum(village.participants for village in counted.values()) == participants
    assert await scorecard.count("uncountable") == 0


async def test_phones_that_send_the_same_batches_at_once_count_each_ballot_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    ballots = [scorecard.ballot(code) for code in (CENTRE, "HC-020302-1", "HC-020401-1") for _ in range(20)]
    orders = [ballots, ballots[::-1], ballots[30:] + ballots[:30], ballots[::3] + ballots[1::3] + ballots[2::3]]
    answers = await asyncio.gather(
        *(scorecard.post("/ballots:batch", {"ballots": order}, "caf@02") for order in orders),
        *(scorecard.post("/ballots", ballot, "caf@02") for ballot in ballots[::10]),
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    accepted = sum(answer.json().get("accepted", answer.json().get("status") == "accepted") for answer in answers)
    assert accepted == await scorecard.count("ballot") == 60


async def test_a_batch_waits_while_the_worker_is_behind(scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch) -> None:
    await scorecard.open()
    pace = pace_of(scorecard.client.runtime.database)
    pace.tell(behind=True)
    waiting = asyncio.create_task(scorecard.post("/ballots:batch", {"ballots": [scorecard.ballot()]}, CAF))
    assert (await scorecard.post("/ballots", scorecard.ballot(), CAF)).status_code == 201
    assert not waiting.done()
    pace.tell(behind=False)
    assert (await waiting).json()["accepted"] == 1
    pace.tell(behind=True)
    monkeypatch.setattr("services.scorecard.counting.pace.PATIENCE_SECONDS", 0)
    unheard = await scorecard.post("/ballots:batch", {"ballots": [scorecard.ballot()]}, CAF)
    pace.tell(behind=False)
    assert unheard.json()["accepted"] == 1
