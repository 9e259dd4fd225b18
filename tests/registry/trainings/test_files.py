"""Trainings as a file: taken in, sent again without a change, exported and taken in once more."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.trainings.test_trainings import NCDDS, OFFICER, Trainings, trainings

__all__ = ["trainings"]
FILE = """ប្រធានបទ,Organiser,Area code,From,Until,Title,"Facilitators, female",caf_male,citizen_undisclosed
Facilitation,care,202,10/02/2026,១១/០២/២០២៦,,៣,1,
ថវិកា និងផែនការសកម្មភាពប្រចាំឆ្នាំ,CARE,020201,2026-03-01,,Budget,,,12
budget,CARE,020201,2026-03-01,2026-03-01,Budget II,,,7
"""
HEADING = "topic,organiser,area_code,held_from,held_until,caf_female,citizen_male\n"


async def send(registry: Registry, content: str | bytes, *grants: str, dry_run: bool = False, **options: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    params = {"dry_run": str(dry_run).lower()}
    return await registry.post("/trainings:import", *grants, content=body, params=params, **options)


def counts(answer: Any) -> list[int]:
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


def problems(answer: Any) -> list[tuple[int, str | None, str]]:
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]]


async def test_a_file_is_taken_in_and_sent_again(registry: Registry) -> None:
    assert (await send(registry, FILE)).status_code == 401
    for role in ("caf@020201", "commune_clerk@020201", "operator@"):
        assert (await send(registry, FILE, role)).json()["code"] == "permission_missing"
    dry = await send(registry, FILE, OFFICER, dry_run=True)
    assert (dry.status_code, counts(dry), problems(dry)) == (200, [3, 3, 0, 0, 0], []), dry.text
    assert await registry.rows("SELECT 1 FROM training") == []
    both = await asyncio.gather(send(registry, FILE, OFFICER), send(registry, FILE, OFFICER))
    assert sorted(counts(one) for one in both) == [[3, 0, 0, 3, 0], [3, 3, 0, 0, 0]]
    shown = await registry.all_pages("/trainings", limit=2)
    assert {(one["topic"], one["area_code"], one["held_until"], one["title"], one["total"]) for one in shown} == {
        ("facilitation", "0202", "2026-02-11", None, 4), ("budget", "020201", "2026-03-01", "Budget", 12),
        ("budget", "020201", "2026-03-01", "Budget II", 7),
    }  # fmt: skip
    more = await send(registry, FILE.replace("Budget,,,12", "Budget,,,13"), OFFICER)
    assert counts(more) == [3, 0, 1, 2, 0]
    trail = await registry.rows("SELECT action FROM audit_entry WHERE subject_kind = 'training' ORDER BY id")
    assert [row[0] for row in trail] == ["created"] * 3 + ["changed"]
    assert (await registry.get("/trainings-template.xlsx")).content.startswith(b"PK")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_what_is_exported_comes_back_without_a_change(
    registry: Registry, trainings: Trainings, ending: str
) -> None:
    await trainings.make(title="=cmd()")
    await trainings.make(area_code="")
    gone = await trainings.make(area_code="0301")
    await registry.patch(f"/organisations/{trainings.care}", NCDDS, etag='"1"', json={"active": False})
    exported = await registry.get(f"/trainings.{ending}")
    assert counts(await send(registry, exported.content, NCDDS)) == [3, 0, 0, 3, 0]
    await registry.post(f"/trainings/{gone['id']}:withdraw", NCDDS, json={"reason": "Twice."})
    again = await send(registry, exported.content, NCDDS)
    assert (counts(again), problems(again)) == ([3, 0, 0, 3, 0], [(4, None, "training_withdrawn")])


async def test_facilitators_records_follow_a_file(registry: Registry, trainings: Trainings) -> None:
    caf = await trainings.caf()
    made = await trainings.make(caf_ids=[caf])
    later = "id,topic,organiser,area_code,held_from,held_until\n" + f"{made['id']},,,,,2026-04-01\n"
    assert counts(await send(registry, later, OFFICER)) == [1, 0, 1, 0, 0]
    assert await trainings.trained(caf) == "2026-04-01"
    none = HEADING.replace("\n", ",caf_male\n") + "facilitation,CARE,0202,2026-02-10,2026-04-01,0,3,0\n"
    assert problems(await send(registry, none, OFFICER, dry_run=True)) == [
        (2, "caf_female", "more_cafs_than_took_part")
    ]


async def test_a_partner_sends_those_of_its_organisation(registry: Registry, trainings: Trainings) -> None:
    partner = UUID((await registry.system("partner@02"))["id"])
    file = HEADING + "facilitation,CARE,0202,2026-02-10,2026-02-11,3,\n"
    assert problems(await send(registry, file, "partner@02", user_id=partner, dry_run=True)) == [
        (2, None, "organiser_not_yours")
    ]
    link = f"/api/registry/v1/organisations/{trainings.care}/accounts/{partner}"
    await registry.client.http.put(link, headers=registry.world.as_(NCDDS))
    assert counts(await send(registry, file, "partner@02", user_id=partner)) == [1, 1, 0, 0, 0]
    taken = file.replace("2026-02-11,3", "2026-02-12,3")
    assert counts(await send(registry, taken, "partner@02", user_id=UUID(int=9), dry_run=True))[4] == 1


async def test_every_wrong_row_is_named_and_nothing_is_taken_in(registry: Registry) -> None:
    wrong = [
        ("cooking,CARE,0202,2026-02-10,,3,", "topic", "topic_unknown"),
        ("jaap,Nobody,0202,2026-02-10,,3,", "organiser", "organisation_unknown"),
        ("jaap,CARE,0299,2026-02-10,,3,", "area_code", "area_unknown"),
        ("jaap,CARE,02020101,2026-02-10,,3,", "area_code", "string_too_long"),
        ("jaap,CARE,0301,2026-02-10,,3,", None, "area_not_covered"),
        ("jaap,CARE,,2026-02-10,,3,", None, "area_not_covered"),
        ("jaap,CARE,0202,,,3,", "held_from", "missing"),
        (",CARE,0202,2026-02-10,,3,", "topic", "missing"),
        ("jaap,CARE,0202,soon,,3,", "held_from", "date_from_datetime_parsing"),
        ("jaap,CARE,0202,2026-02-10,2026-02-09,3,", "held_until", "before_the_begin"),
        ("jaap,CARE,0202,2999-02-10,,3,", "held_until", "date_in_future"),
        ("jaap,CARE,0202,2026-02-12,,,", None, "missing"),
        ("jaap,CARE,0202,2026-02-10,,-1,", "caf_female", "greater_than_equal"),
        ("jaap,CARE,0202,2026-02-10,,many,", "caf_female", "int_parsing"),
        ("jaap,CARE,0202,2026-05-10,,3,", None, ""),
        ("jaap,care,0202,2026-05-10,,4,", "topic", "row_repeated"),
    ]
    file = HEADING + "\n".join(line for line, _, _ in wrong)
    answer = await send(registry, file, OFFICER, dry_run=True)
    expected = [(row, column, code) for row, (_, column, code) in enumerate(wrong, start=2) if code]
    assert problems(answer) == expected
    assert all(one["detail_en"] and one["detail_km"] for one in answer.json()["problems"])
    refused = await send(registry, file, OFFICER)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    unknown = f"id,{HEADING}{UUID(int=1)},jaap,CARE,0202,2026-02-10,,3,\n"
    assert problems(await send(registry, unknown, OFFICER, dry_run=True)) == [(2, "id", "training_unknown")]
    assert await registry.rows("SELECT 1 FROM training") == []
    for content in (b"", b"\x00\xff", b"PK\x03\x04x", b"topic\njaap\n", b"topic,organiser,area_code,held_from,names\n"):
        assert (await send(registry, content, OFFICER)).status_code == 422
