"""Recording posters that were put up."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registry.areas.models import today_in_cambodia
from services.registry.postings.recording import record_postings
from services.registry.postings.schemas import PostingInput
from shared.auth.user import Grant, User
from tests.registry.conftest import OPERATOR, Registry, until_waiting
from tests.registry.packs.examples import publish

TODAY = str(today_in_cambodia())
UNIT = "HC-020201-1"
CAF, CLERK, OFFICER, PROVIDER = "caf@020201", "commune_clerk@020201", "district_officer@0202", f"provider@020201/{UNIT}"


def posting(number: int = 1, **changes: Any) -> dict[str, Any]:
    body = {"id": str(UUID(int=number)), "unit_code": UNIT, "year": 2026, "pack_version": 1, "posted_on": TODAY}
    return body | {"place": "ជញ្ជាំងមុខ", "posted_by": "សុខ ដារ៉ា"} | changes


async def sent(registry: Registry, *grants: str, **changes: Any) -> tuple[int, Any]:
    answer = await registry.post("/postings", *grants, json=posting(**changes))
    return answer.status_code, answer.json().get("code")


@pytest.fixture
async def unit(registry: Registry) -> dict[str, Any]:
    """A health centre whose pack of 2026 was published."""
    made = await registry.unit()
    await publish(registry)
    return made


async def test_who_records_and_reads(registry: Registry, unit: dict[str, Any]) -> None:
    assert (await sent(registry))[0] == 401
    for outsider in ("partner@020201", "caf@020202", "district_officer@0203", "provider@020201/HC-020201-2"):
        assert (await sent(registry, outsider))[0] == 403
    for number, insider in enumerate((CAF, CLERK, OFFICER, PROVIDER, "ncdds@"), 1):
        assert await sent(registry, insider, number=number) == (201, None)
    one = f"/postings/{UUID(int=1)}"
    assert (await registry.get(one)).status_code == 401
    assert (await registry.get(one, "caf@020202")).status_code == 403
    shown = await registry.get(one, CAF)
    assert (shown.json()["unit_code"], shown.json()["posted_by"]) == (UNIT, "សុខ ដារ៉ា")
    assert shown.headers["cache-control"] == "no-store"
    listed = await registry.get("/postings", CAF, params={"unit": UNIT, "limit": 2})
    assert len(listed.json()["items"]) == 2
    assert listed.json()["next_cursor"]
    assert (await registry.get("/postings", "caf@020202", params={"unit": UNIT})).status_code == 403
    assert (await registry.get(f"/postings/{UUID(int=99)}", CAF)).json()["code"] == "posting_not_found"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"place": " "}, "/place"),
        ({"latitude": 13.0}, ""),
        ({"latitude": 91, "longitude": 1}, "/latitude"),
        ({"pack_version": "1"}, "/pack_version"),
        ({"pack_version": 2}, "/pack_version"),
        ({"year": 2025}, "/pack_version"),
        ({"unit_code": "HC-020201-9"}, "/unit_code"),
        ({"posted_on": str(today_in_cambodia() + timedelta(days=1))}, "/posted_on"),
        ({"posted_on": "2025-12-31"}, "/posted_on"),
        ({"photo": "x"}, "/photo"),
        ({"id": "7"}, "/id"),
    ],
)
async def test_bad_fields_are_named(
    registry: Registry, unit: dict[str, Any], changes: dict[str, Any], pointer: str
) -> None:
    answer = await registry.post("/postings", CAF, json=posting() | changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_posting_is_recorded_once(registry: Registry, unit: dict[str, Any]) -> None:
    both = await asyncio.gather(*(sent(registry, CAF) for _ in "12"))
    assert sorted(both) == [(200, None), (201, None)]
    assert await sent(registry, CAF, place="ផ្សារ") == (409, "conflict")
    phone = [posting(2), posting(1), posting(1, place="ផ្សារ"), posting(3, unit_code="HC-030101-1"), {"id": 4}]
    answer = await registry.post("/postings:sync", CAF, json={"postings": phone})
    assert answer.status_code == 200, answer.text
    told = [(item["status"], item["code"]) for item in answer.json()["items"]]
    assert told == [
        ("accepted", None), ("duplicate", None), ("conflict", "conflict"),
        ("rejected", "unit_unknown"), ("rejected", "invalid_request"),
    ]  # fmt: skip
    again = (await registry.post("/postings:sync", CAF, json={"postings": phone})).json()
    assert (again["accepted"], again["duplicate"]) == (0, 2)
    assert (await registry.post("/postings:sync", json={"postings": phone})).status_code == 401


async def test_correcting_and_withdrawing(registry: Registry, unit: dict[str, Any]) -> None:
    await sent(registry, CAF)
    path = f"/postings/{UUID(int=1)}"
    change = {name: posting()[name] for name in ("pack_version", "posted_on")} | {"place": "ផ្សារ"}
    headers = registry.world.as_(CAF)

    async def put(etag: str | None, **more: Any) -> tuple[int, str | None]:
        match = {"If-Match": etag} if etag else {}
        url = f"/api/registry/v1{path}"
        answer = await registry.client.http.put(url, json=change | more, headers=headers | match)
        return answer.status_code, answer.json().get("code")

    assert await put(None) == (428, "if_match_required")
    assert await put('"1"', pack_version=3) == (422, "pack_unknown")
    assert await put('"1"') == (200, None)
    assert await put('"1"') == (412, "version_changed")
    assert await sent(registry, CAF) == (200, None)
    reason = {"reason": "It hung elsewhere."}
    assert (await registry.post(f"{path}:withdraw", "caf@020202", json=reason)).status_code == 403
    assert (await registry.post(f"{path}:withdraw", CAF, json=reason)).json()["withdrawal_reason"] == reason["reason"]
    assert (await registry.post(f"{path}:withdraw", CAF, json=reason)).json()["code"] == "posting_withdrawn"
    assert (await registry.get("/postings", CAF, params={"unit": UNIT})).json()["items"] == []
    taken_back = await registry.get("/postings", CAF, params={"unit": UNIT, "withdrawn": True, "year": 2026})
    assert len(taken_back.json()["items"]) == 1
    told = await registry.rows(
        "SELECT action, detail::text FROM audit_entry WHERE subject_kind = 'posting' ORDER BY id"
    )
    assert [action for action, _ in told] == ["corrected", "withdrawn"]
    assert "ដារ៉ា" not in str(told)


async def test_an_id_that_was_used_meanwhile_for_another_unit_harms_no_other(
    registry: Registry, unit: dict[str, Any]
) -> None:
    await registry.unit(area="020202")
    await publish(registry, "HC-020202-1")
    theirs = PostingInput.model_validate(posting(unit_code="HC-020202-1"))
    async with registry.client.runtime.database.transaction() as db:
        await record_postings(db, [theirs], User(OPERATOR, "ncdds", (Grant.parse("ncdds@"),)))
        batch = {"postings": [posting(), posting(2)]}
        sending = asyncio.create_task(registry.post("/postings:sync", CAF, json=batch))
        await until_waiting(registry, sending)
    answer = await sending
    assert [(one["status"], one["code"]) for one in answer.json()["items"]] == [
        ("conflict", "conflict"), ("accepted", None)
    ]  # fmt: skip
