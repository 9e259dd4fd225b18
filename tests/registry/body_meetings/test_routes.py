"""Meetings of bodies: recorded once from phones without signal, corrected, withdrawn, and read by whom it concerns."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from services.registry.body_meetings.recording import record_meetings
from services.registry.body_meetings.schemas import BodyMeetingInput
from shared.auth.user import Grant, User
from tests.registry.bodies.making import OFFICER, meet, meeting, on_that_day, recognise
from tests.registry.conftest import API, OPERATOR, Registry, until_waiting

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
PATH = "/body-meetings"
CAF = "caf@020201"
NCDDS = User(OPERATOR, "ncdds", (Grant.parse("ncdds@"),))


async def put(registry: Registry, sent: dict[str, Any], *grants: str, etag: str = '"1"', **change: Any) -> Response:
    body = {name: value for name, value in sent.items() if name not in ("id", "body_id")} | change
    headers = (registry.world.as_(*grants) if grants else {}) | ({"If-Match": etag} if etag else {})
    return await registry.client.http.put(f"{API}{PATH}/{sent['id']}", json=body, headers=headers)


async def test_who_records_and_reads(registry: Registry) -> None:
    body = await recognise(registry)
    sent = meeting(body, "2026-07-20")
    assert (await registry.post(PATH, json=sent)).status_code == 401
    for role, code in (
        ("provider@020201", "permission_missing"),
        ("caf@020202", "area_not_covered"),
        ("caf@0202", "area_not_covered"),
    ):
        assert (await registry.post(PATH, role, json=sent)).json()["code"] == code
    answers = await asyncio.gather(*(registry.post(PATH, CAF, json=sent) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    shown = answers[0].json()
    assert {name: shown[name] for name in sent} == sent
    path = f"{PATH}/{sent['id']}"
    assert (await registry.get(path)).status_code == 401
    for role, status in (("provider@020201", 403), ("caf@020202", 403), ("partner@02", 200), (CAF, 200)):
        assert (await registry.get(path, role)).status_code == status
    for role, number in ((CAF, 1), ("caf@0202", 0), ("caf@020202", 0), ("ncdds@", 1)):
        assert len((await registry.get(PATH, role)).json()["items"]) == number
    assert (await registry.get(PATH)).status_code == 401
    missing = f"{PATH}/00000000-0000-4000-8000-000000000000"
    assert (await registry.get(missing, CAF)).json()["code"] == "body_meeting_not_found"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"held_on": "2026-07-21"}, "/held_on", "date_in_future"),
    ({"held_on": "2025-12-31"}, "/held_on", "before_recognition"),
    ({"attendance": {"female": 0, "male": 0}}, "/attendance", "nobody_came"),
    ({"attendance": {"female": -1, "male": 2}}, "/attendance/female", "greater_than_equal"),
    ({"attendance": {"female": "3", "male": 2}}, "/attendance/female", "int_type"),
    ({"agenda": [""]}, "/agenda/0", "string_too_short"),
    ({"decisions": ["x"] * 51}, "/decisions", "too_long"),
    ({"id": "1"}, "/id", "uuid_parsing"),
    ({"names": ["Dara"]}, "/names", "extra_forbidden"),
]


async def test_bad_input(registry: Registry) -> None:
    body = await recognise(registry)
    for change, pointer, code in WRONG:
        answer = await registry.post(PATH, CAF, json=meeting(body, "2026-07-20") | change)
        error = answer.json()["errors"][0]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    batch = {"meetings": [*(meeting(body, "2026-07-20") | wrong for wrong, _, _ in WRONG), meeting(body, "2026-07-19")]}
    items = (await registry.post(f"{PATH}:sync", CAF, json=batch)).json()["items"]
    assert [(one["status"], one["pointer"]) for one in items] == [
        *(("rejected", pointer) for _, pointer, _ in WRONG), ("accepted", None)
    ]  # fmt: skip


async def test_a_phone_sends_what_it_kept(registry: Registry) -> None:
    body, other = await recognise(registry), await recognise(registry, area="020202")
    first, second = meeting(body, "2026-05-04"), meeting(body, "2026-06-04")
    batch: list[Any] = [
        first, second, first, first | {"held_on": "2026-05-05"}, meeting(body, "2026-06-04"),
        meeting(other, "2026-06-04"), meeting({"id": str(uuid4())}, "2026-06-04"), "noise", {"id": None},
    ]  # fmt: skip
    path = f"{PATH}:sync"
    assert (await registry.post(path, json={"meetings": batch})).status_code == 401
    for wrong in ([], [first] * 201):
        assert (await registry.post(path, CAF, json={"meetings": wrong})).status_code == 422
    answer = (await registry.post(path, CAF, json={"meetings": batch})).json()
    assert [(one["status"], one["code"]) for one in answer["items"]] == [
        ("accepted", None), ("accepted", None), ("duplicate", None), ("conflict", "conflict"),
        ("conflict", "meeting_recorded_already"), ("rejected", "area_not_covered"), ("rejected", "body_not_found"),
        ("rejected", "invalid_request"), ("rejected", "invalid_request"),
    ]  # fmt: skip
    assert [answer[name] for name in ("accepted", "duplicate", "conflict", "rejected")] == [2, 1, 2, 4]
    assert all(one["id"] == sent["id"] for one, sent in zip(answer["items"][:7], batch, strict=False))
    again = await asyncio.gather(*(registry.post(path, CAF, json={"meetings": [first, second]}) for _ in range(3)))
    assert {one.json()["duplicate"] for one in again} == {2}
    khmer = await registry.client.http.post(
        f"{API}{path}", json={"meetings": batch[4:5]}, headers=registry.world.as_(CAF) | {"Accept-Language": "km"}
    )
    assert "ការប្រជុំ" in khmer.json()["items"][0]["detail"]


async def test_an_id_that_another_body_has_used_meanwhile_harms_no_other(registry: Registry) -> None:
    """Two phones that make the same id, or one whose batch is on its way twice, meet at the id alone."""
    body, other = await recognise(registry), await recognise(registry, area="020202")
    taken, free = meeting(body, "2026-05-04"), meeting(body, "2026-06-04")
    theirs = meeting(other, "2026-05-04", id=taken["id"])
    async with registry.client.runtime.database.transaction() as db:
        await record_meetings(db, [BodyMeetingInput.model_validate(theirs)], NCDDS)
        await db.flush()
        batch = {"meetings": [taken, free, taken]}
        sending = [asyncio.create_task(registry.post(f"{PATH}:sync", CAF, json=batch)) for _ in range(2)]
        await until_waiting(registry, *sending, number=2)
    for answer in await asyncio.gather(*sending):
        assert answer.status_code == 200, answer.text
        assert [one["status"] for one in answer.json()["items"]] in (
            ["conflict", "accepted", "conflict"], ["conflict", "duplicate", "conflict"]
        )  # fmt: skip
    both = meeting(body, "2026-07-01"), meeting(other, "2026-07-01", id="00000000-0000-4000-8000-000000000001")
    same = [one | {"id": both[0]["id"]} for one in both]
    answers = await asyncio.gather(*(registry.post(PATH, "ncdds@", json=one) for one in same))
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert {one.json().get("code") for one in answers} == {None, "conflict"}


async def test_one_meeting_a_day(registry: Registry) -> None:
    body = await recognise(registry)
    answers = await asyncio.gather(*(registry.post(PATH, CAF, json=meeting(body, "2026-07-20")) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    taken = next(answer.json() for answer in answers if answer.status_code == 409)
    kept = next(answer.json() for answer in answers if answer.status_code == 201)
    assert (taken["code"], taken["meeting_id"]) == ("meeting_recorded_already", kept["id"])
    other = meeting(body, "2026-07-19")
    await registry.post(PATH, CAF, json=other)
    assert (await put(registry, other, CAF, held_on="2026-07-20")).json()["code"] == "meeting_recorded_already"


async def test_correcting_and_withdrawing(registry: Registry) -> None:
    body = await recognise(registry)
    (sent,) = await meet(registry, body, "2026-07-01")
    assert (await put(registry, sent)).status_code == 401
    assert (await put(registry, sent, "caf@020202")).status_code == 403
    assert (await put(registry, sent, CAF, etag="")).status_code == 428
    came = {"female": 5, "male": 1, "undisclosed": 1, "guests": 4}
    both = await asyncio.gather(*(put(registry, sent, CAF, attendance=came, place=None) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    assert (await put(registry, sent, CAF, etag='"2"', held_on="2026-07-22")).status_code == 422
    repeated = await registry.post(PATH, CAF, json=sent)
    assert (repeated.status_code, repeated.json()["attendance"], repeated.json()["version"]) == (200, came, 2)
    path = f"{PATH}/{sent['id']}:withdraw"
    reason = {"reason": "Not held."}
    assert (await registry.post(path, json=reason)).status_code == 401
    assert (await registry.post(path, "jaapc@020202", json=reason)).status_code == 403
    assert (await registry.post(path, CAF, json={})).status_code == 422
    withdrawn = await registry.post(path, CAF, json=reason)
    assert (withdrawn.json()["withdrawal_reason"], withdrawn.json()["version"]) == ("Not held.", 3)
    assert (await registry.post(path, CAF, json=reason)).json()["code"] == "meeting_withdrawn"
    assert (await put(registry, sent, CAF, etag='"3"')).json()["code"] == "meeting_withdrawn"
    told = (await registry.post(f"{PATH}:sync", CAF, json={"meetings": [sent]})).json()["items"][0]
    assert (told["status"], told["code"]) == ("duplicate", "withdrawn")
    await meet(registry, body, "2026-07-01")
    assert len((await registry.get(f"{PATH}?withdrawn=true", CAF)).json()["items"]) == 1
    actions = await registry.rows("SELECT action FROM audit_entry WHERE subject_kind = 'body_meeting' ORDER BY id")
    assert [row[0] for row in actions] == ["corrected", "withdrawn"]


async def test_lists_are_narrowed(registry: Registry) -> None:
    body, group = await recognise(registry), await recognise(registry, "working_group", "0202")
    await meet(registry, body, "2026-05-04", "2026-06-04")
    await meet(registry, group, "2026-06-10")
    everything = await registry.all_pages(PATH, OFFICER, limit=1)
    assert [one["held_on"] for one in everything] == ["2026-06-10", "2026-06-04", "2026-05-04"]
    for query, days in (
        ("area=020201", ["06-04", "05-04"]),
        ("kind=working_group", ["06-10"]),
        (f"body_id={body['id']}&until=2026-05-31", ["05-04"]),
        ("from=2026-06-05", ["06-10"]),
    ):
        listed = (await registry.get(f"{PATH}?{query}", OFFICER)).json()["items"]
        assert [one["held_on"][5:] for one in listed] == days
