"""A phone's records of days: each judged on its own, stored once however they are sent."""

import asyncio
import gzip
import json
import random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.records.sync import SINGLY
from services.scorecard.scorecards.queries import Shared
from shared.auth.user import User
from tests.scorecard.conftest import API, CAF, CENTRE, FAR_CENTRE, OTHER_CAF, PROVIDER, SCHOOL, Scorecard

TABLES = ("ballot", "tally", "meeting", "proposal", "comment")


def record(scorecard: Scorecard, kind: str, **changes: Any) -> dict[str, Any]:
    """A record of a kind as a phone keeps it."""
    unit = {"meeting": {"unit_codes": [CENTRE]}}.get(kind, {"unit_code": CENTRE})
    fields: dict[str, dict[str, Any]] = {
        "ballot": {"scores": [4] * 10, "sex": "female", "age_group": "adult"},
        "tally": {
            "held_on": "2026-03-02",
            "groups": [{"sex": "female", "participants": 3, "counts": [[0, 0, 1, 2, 0]] * 10}],
        },
        "meeting": {"held_on": "2026-03-02", "attendance": {"total": 12}},
        "proposal": {"text_km": "បន្ទប់ទឹកស្អាត"},
        "comment": {"text": "ត្រូវរង់ចាំយូរ"},
    }
    return {"kind": kind, "id": str(uuid4()), "round_id": scorecard.round_id} | unit | fields[kind] | changes


def days_of_work(scorecard: Scorecard) -> list[dict[str, Any]]:
    """What a phone brings back from its villages."""
    single = [record(scorecard, kind) for kind in ("tally", "meeting", "proposal")]
    return [
        *(record(scorecard, "ballot") for _ in range(6)),
        *single,
        *(record(scorecard, "comment") for _ in range(2)),
    ]


async def sync(scorecard: Scorecard, records: list[Any], caf: str = CAF, **headers: str) -> dict[str, Any]:
    answer = await scorecard.post("/records:sync", {"records": records}, caf, **headers)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def rows(scorecard: Scorecard) -> dict[str, int]:
    return {table: await scorecard.count(table) for table in TABLES}


async def test_who_may_sync_and_ask(scorecard: Scorecard) -> None:
    await scorecard.open()
    for path, body in (("/records:sync", {"records": [{}]}), ("/records:held", {"ids": [str(uuid4())]})):
        assert (await scorecard.post(path, body)).status_code == 401
        assert (await scorecard.post(path, body, PROVIDER)).status_code == 403
        assert (await scorecard.post(path, body | {"x": 1}, CAF)).status_code == 422
        assert (await scorecard.post(path, {next(iter(body)): []}, CAF)).status_code == 422
        assert (await scorecard.post(path, {next(iter(body)): [str(uuid4())] * 1001}, CAF)).status_code == 422
    work = days_of_work(scorecard)
    said = await sync(scorecard, work, OTHER_CAF)
    assert {(item["status"], item["code"]) for item in said["items"]} == {("rejected", "area_not_covered")}
    assert set((await rows(scorecard)).values()) == {0}


async def test_everything_is_stored_once_in_any_order_and_number_of_tries(scorecard: Scorecard) -> None:
    await scorecard.open()
    work = days_of_work(scorecard)
    said = await sync(scorecard, work)
    assert (said["accepted"], said["duplicate"], said["late"]) == (len(work), 0, 0)
    assert [item["id"] for item in said["items"]] == [one["id"] for one in work]
    counted = {item["kind"]: item["counted"] for item in said["items"]}
    assert counted == {"ballot": True, "tally": True, "meeting": None, "proposal": None, "comment": None}
    shuffled = random.Random(5).sample(work, len(work))
    again = await sync(scorecard, [*shuffled, shuffled[0]])
    assert {item["status"] for item in again["items"]} == {"duplicate"}
    assert await rows(scorecard) == {"ballot": 6, "tally": 1, "meeting": 1, "proposal": 1, "comment": 2}
    await scorecard.count_all()
    assert await scorecard.count("unit_histogram WHERE ballots = 6 AND tallied = 3") == 1


async def test_a_record_that_is_wrong_harms_no_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    good = days_of_work(scorecard)
    wrong: list[tuple[Any, str, str | None]] = [
        ("text", "kind_unknown", "/kind"),
        (None, "kind_unknown", "/kind"),
        ({"kind": ["ballot"]}, "kind_unknown", "/kind"),
        (record(scorecard, "ballot", scores=[4] * 9), "wrong_number_of_scores", "/scores"),
        (record(scorecard, "ballot", scores="4444"), "invalid_request", "/scores"),
        (record(scorecard, "ballot", unit_code="HC-999999-1"), "unit_unknown", "/unit_code"),
        (record(scorecard, "ballot", unit_code="\0"), "invalid_request", "/unit_code"),
        (record(scorecard, "tally", round_id=str(uuid4())), "round_unknown", "/round_id"),
        (record(scorecard, "tally", round_id=7), "invalid_request", "/round_id"),
        (record(scorecard, "tally", village_code="12010101"), "village_not_in_commune", "/village_code"),
        (record(scorecard, "tally", name="Sok"), "invalid_request", "/name"),
        (record(scorecard, "meeting", unit_codes=[FAR_CENTRE]), "unit_not_in_round", "/unit_code"),
        (record(scorecard, "meeting", unit_codes=5), "invalid_request", "/unit_codes"),
        (record(scorecard, "meeting", attendance={"total": 5, "female": 6}), "more_than_attended", None),
        (record(scorecard, "proposal", text_km=None), "invalid_request", ""),
        (record(scorecard, "comment", text=""), "invalid_request", "/text"),
        (record(scorecard, "comment", indicator_code="unknown_one"), "indicator_unknown", "/indicator_code"),
        (record(scorecard, "comment", id="x"), "invalid_request", "/id"),
    ]
    mixed = [*good, *(one for one, _, _ in wrong)]
    said = await sync(scorecard, mixed)
    assert said["accepted"] == len(good)
    refused = said["items"][len(good) :]
    for (sent, code, pointer), item in zip(wrong, refused, strict=True):
        assert item["status"] == "rejected", (sent, item)
        assert item["detail"]
        if pointer is not None:
            assert (item["code"], item["pointer"]) == (code, pointer), (sent, item)
    assert await rows(scorecard) == {"ballot": 6, "tally": 1, "meeting": 1, "proposal": 1, "comment": 2}


async def test_another_content_under_a_known_id_is_a_conflict_in_the_readers_language(scorecard: Scorecard) -> None:
    await scorecard.open()
    work = days_of_work(scorecard)
    await sync(scorecard, work)
    changes: dict[str, dict[str, Any]] = {
        "ballot": {"scores": [1] * 10},
        "tally": {"held_on": "2026-03-03"},
        "meeting": {"held_on": "2026-03-03"},
        "proposal": {"text_km": "ផ្សេង"},
        "comment": {"text": "ផ្សេង"},
    }
    said = await sync(scorecard, [one | changes[one["kind"]] for one in work], **{"accept-language": "km"})
    assert {(item["status"], item["code"]) for item in said["items"]} == {("conflict", "conflict")}
    assert all("លេខសម្គាល់" in item["detail"] for item in said["items"])


async def test_what_comes_after_scoring_has_ended_is_kept_and_says_so(scorecard: Scorecard) -> None:
    await scorecard.open()
    in_time, late = days_of_work(scorecard), days_of_work(scorecard)
    await sync(scorecard, in_time)
    await scorecard.submit()
    for _ in range(2):
        said = await sync(scorecard, late)
        by_kind = {item["kind"]: item for item in said["items"]}
        assert {item["status"] for item in said["items"]} <= {"accepted", "duplicate"}
        assert {kind: item["code"] for kind, item in by_kind.items() if kind != "proposal"} == dict.fromkeys(
            ("ballot", "tally", "meeting", "comment"), "late"
        )
        assert (by_kind["ballot"]["counted"], by_kind["tally"]["counted"]) == (False, False)
        assert by_kind["ballot"]["detail"]
    await scorecard.count_all()
    assert await scorecard.count("unit_histogram WHERE ballots = 6 AND tallied = 3") == 1
    asked = [one["id"] for one in (*in_time, *late)]
    held = (await scorecard.post("/records:held", {"ids": asked}, CAF)).json()
    standings = {(record["kind"], record["standing"]) for record in held["held"]}
    assert {("ballot", "counted"), ("ballot", "late"), ("tally", "late"), ("comment", "kept")} <= standings
    assert held["missing"] == []


async def test_the_same_and_overlapping_syncs_at_once(scorecard: Scorecard) -> None:
    """Two phones that carry the same records in other orders, each twice; nothing is lost, doubled or stuck."""
    await scorecard.open()
    work = [*days_of_work(scorecard), *(record(scorecard, "ballot", unit_code=SCHOOL) for _ in range(4))]
    shared = work[2:]
    orders = [work, work[::-1], shared, shared[::-1]]
    answers = await asyncio.gather(*(sync(scorecard, order) for order in orders))
    assert sum(answer["accepted"] for answer in answers) == len(work)
    assert sum(answer["duplicate"] for answer in answers) == 2 * len(shared) + len(work)
    assert await scorecard.count("ballot") == 10


async def test_syncs_and_the_end_of_scoring_wait_for_each_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    loads = [days_of_work(scorecard) for _ in range(4)]
    submitting = asyncio.create_task(scorecard.submit())
    answers = await asyncio.gather(*(sync(scorecard, load) for load in loads))
    assert (await submitting).status_code == 200
    accepted = sum(answer["accepted"] for answer in answers)
    assert accepted == sum(map(len, loads))
    async with scorecard.client.runtime.database.transaction() as db:
        late = await db.scalar(text("SELECT count(*) FROM ballot WHERE late"))
    ballots = "uncounted, generate_series(1, people) WHERE scores IS NOT NULL OR slot_people IS NOT NULL"
    assert await scorecard.count(ballots) == 24 - (late or 0)


async def test_a_phone_learns_which_records_are_held(scorecard: Scorecard) -> None:
    await scorecard.open()
    work, unsent = days_of_work(scorecard), [str(uuid4()) for _ in range(3)]
    await sync(scorecard, work)
    tally = next(one["id"] for one in work if one["kind"] == "tally")
    withdrawn = await scorecard.post(f"/tallies/{tally}:withdraw", {"reason": "wrong unit"}, CAF)
    assert withdrawn.status_code == 200
    again = await sync(scorecard, [one for one in work if one["id"] == tally])
    assert [(item["status"], item["code"], item["counted"]) for item in again["items"]] == [
        ("duplicate", "withdrawn", False)
    ]
    asked = [*unsent, *(one["id"] for one in work), unsent[0]]
    held = (await scorecard.post("/records:held", {"ids": asked}, OTHER_CAF)).json()
    assert held["missing"] == unsent
    assert [one["id"] for one in held["held"]] == [one["id"] for one in work]
    assert {one["kind"]: one["standing"] for one in held["held"]} == {
        "ballot": "counted",
        "tally": "withdrawn",
        "meeting": "kept",
        "proposal": "kept",
        "comment": "kept",
    }
    wrong = await scorecard.post("/records:held", {"ids": ["x"]}, CAF)
    assert wrong.json()["errors"][0]["pointer"] == "/ids/0"


async def test_a_load_may_come_packed(scorecard: Scorecard) -> None:
    await scorecard.open()
    work = days_of_work(scorecard)
    headers = scorecard.as_(CAF) | {"content-type": "application/json", "content-encoding": "gzip"}
    packed = gzip.compress(json.dumps({"records": work}).encode())
    answer = await scorecard.client.http.post(f"{API}/records:sync", content=packed, headers=headers)
    assert answer.json()["accepted"] == len(work)
    answer = await scorecard.client.http.post(f"{API}/records:sync", content=packed[:-9], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "gzip_damaged")


async def test_a_record_that_the_database_refuses_harms_no_other(
    scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then each is stored behind a savepoint, and all but that one stay."""
    model, record_proposal = SINGLY["proposal"]

    async def refused(db: AsyncSession, body: Any, user: User, shared: Shared) -> tuple[Any, bool]:
        if body.text_km == "ធំពេក":
            await db.execute(text("SELECT 2147483647 + 1"))
        return await record_proposal(db, body, user, shared)

    monkeypatch.setitem(SINGLY, "proposal", (model, refused))
    await scorecard.open()
    work = [*days_of_work(scorecard), record(scorecard, "proposal", text_km="ធំពេក"), record(scorecard, "tally")]
    said = await sync(scorecard, work)
    assert [item["code"] for item in said["items"] if item["status"] == "rejected"] == ["invalid_value"]
    assert said["accepted"] == len(work) - 1
    assert await rows(scorecard) == {"ballot": 6, "tally": 2, "meeting": 1, "proposal": 1, "comment": 2}


async def test_a_record_about_thousands_of_units_spoils_no_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    far = [[f"HC-{at:06d}-{unit}" for unit in range(1, 11)] for at in range(400)]
    meetings = [record(scorecard, "meeting", unit_codes=codes) for codes in far]
    endless = record(scorecard, "meeting", unit_codes=[f"HC-{at:06d}-1" for at in range(100_000)])
    answer = await sync(scorecard, [*meetings, endless, *days_of_work(scorecard)])
    assert (answer["accepted"], answer["rejected"]) == (len(days_of_work(scorecard)), 401)
    assert {item["code"] for item in answer["items"] if item["status"] == "rejected"} == {
        "unit_unknown",
        "invalid_request",
    }
