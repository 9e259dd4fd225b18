"""Bodies and their members as files: taken in whole or not at all, and back out unchanged."""

import asyncio
from typing import Any

import pytest

from tests.registry.bodies.making import OFFICER, meet, on_that_day, recognise
from tests.registry.conftest import Registry

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
BODIES = """ប្រភេទ,លេខកូដតំបន់,Name in Khmer,name_en,Recognised by,recognised_on
jaapc,020201,,,Decision 14,12/01/2026
គណៈកម្មាធិការ ផ.ស.រ.គ.,20202,គណៈកម្មាធិការថ្មី,=New(),សេចក្ដីសម្រេច ៣,០១/០២/២០២៦
ISAF working group,0202,,,Decision 2,2025-12-01
"""
MEMBERS = """kind,area_code,name,sex,position,organisation,phone,term_from,term_until
jaapc,020201,សុខ ដារ៉ា,ស្រី,ប្រធាន,,012 345 678,2026-01-12,
jaapc,020201,=Chan,m,Member,CARE,12 999 888,12/01/2026,31/12/2030
JAAP committee,020202,សុខ ដារ៉ា,female,អនុប្រធាន,,,2026-02-01,
"""


async def send(registry: Registry, what: str, table: str | bytes, *grants: str, dry_run: bool = False) -> Any:
    content = table.encode() if isinstance(table, str) else table
    return await registry.post(f"/{what}:import?dry_run={str(dry_run).lower()}", *grants, content=content)


def counts(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


def problems(answer: Any) -> list[tuple[int, str | None, str]]:
    assert all(one["detail_en"] and one["detail_km"] for one in answer.json()["problems"])
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]]


async def test_bodies_come_in_and_go_out(registry: Registry) -> None:
    assert (await send(registry, "bodies", BODIES)).status_code == 401
    assert (await send(registry, "bodies", BODIES, "caf@020201")).status_code == 403
    outside = await send(registry, "bodies", BODIES, "commune_clerk@020201", dry_run=True)
    assert problems(outside) == [(3, "area_code", "area_not_covered"), (4, "area_code", "area_not_covered")]
    assert counts(await send(registry, "bodies", BODIES, OFFICER, dry_run=True)) == [3, 3, 0, 0, 0]
    assert (await registry.get("/bodies")).json()["items"] == []
    answers = await asyncio.gather(*(send(registry, "bodies", BODIES, OFFICER) for _ in range(2)))
    assert sorted(counts(answer) for answer in answers) == [[3, 0, 0, 3, 0], [3, 3, 0, 0, 0]]
    shown = {one["area_code"]: one for one in (await registry.get("/bodies")).json()["items"]}
    assert (shown["020202"]["name_en"], shown["020202"]["recognised_on"]) == ("=New()", "2026-02-01")
    assert (shown["0202"]["level"], shown["020201"]["recognised_by"]) == ("district", "Decision 14")
    for ending in ("csv", "xlsx"):
        exported = (await registry.get(f"/bodies.{ending}?area=02")).content
        assert counts(await send(registry, "bodies", exported, OFFICER)) == [3, 0, 0, 3, 0]
    assert b"'=New()" in (await registry.get("/bodies.csv?kind=jaapc")).content
    assert (await registry.get("/bodies.csv?form=true")).content.count(b"\n") == 1
    await meet(registry, shown["020201"], "2026-02-03")
    changed = BODIES.replace("12/01/2026", "2026-02-01").replace("Decision 2,", ",")
    assert counts(await send(registry, "bodies", changed, OFFICER)) == [3, 0, 1, 2, 0]
    report = await registry.get("/duty-report?area=020201&from=2026-01-01&until=2026-03-31")
    assert (report.json()["total"]["held"], report.json()["total"]["missed"]) == (1, 1), "January is due no more"


async def test_every_wrong_cell_of_bodies_is_named(registry: Registry) -> None:
    body = await recognise(registry)
    await meet(registry, body, "2026-02-03")
    gone = await recognise(registry, area="020202")
    await registry.post(f"/bodies/{gone['id']}:dissolve", "ncdds@", json={"dissolved_on": "2026-05-01", "reason": "x"})
    wrong = """kind,area_code,recognised_by,recognised_on
choir,020201,A,2026-01-01
jaapc,0202,A,2026-01-01
jaapc,020299,A,2026-01-01
jaapc,020201,,2026-02-04
jaapc,020202,A,2026-04-30
jaapc,020202,A,2026-05-01
jaapc,020301,,
jaapc,9x,A,2026-01-01
working_group,0202,A,2026-07-21
isaf_psc,,A,31/31/2026
"""
    answer = await send(registry, "bodies", wrong, "ncdds@", dry_run=True)
    assert problems(answer) == [
        (2, "kind", "body_kind_unknown"), (3, "area_code", "level_unfit"), (4, "area_code", "area_unknown"),
        (5, "recognised_on", "body_met_then"), (6, "recognised_on", "overlaps_the_one_before"),
        (7, "area_code", "row_repeated"), (8, "recognised_by", "missing"), (8, "recognised_on", "missing"),
        (9, "area_code", "string_pattern_mismatch"), (10, "recognised_on", "date_in_future"),
        (11, "recognised_on", "date_from_datetime_parsing"),
    ]  # fmt: skip
    assert (await send(registry, "bodies", wrong, "ncdds@")).json()["code"] == "import_refused"
    for garbage in (b"", b"\x00\xff\xfe", b"PK\x03\x04zip", b"{}"):
        assert (await send(registry, "bodies", garbage, "ncdds@")).status_code == 422


async def test_members_come_in_and_go_out(registry: Registry) -> None:
    await send(registry, "bodies", BODIES, OFFICER)
    assert (await send(registry, "body-members", MEMBERS)).status_code == 401
    assert (await send(registry, "body-members", MEMBERS, "jaapc@020201")).status_code == 403
    outside = await send(registry, "body-members", MEMBERS, "commune_clerk@020202", dry_run=True)
    assert [row for row, _, _ in problems(outside)] == [2, 3]
    answers = await asyncio.gather(*(send(registry, "body-members", MEMBERS, OFFICER) for _ in range(2)))
    assert sorted(counts(answer) for answer in answers) == [[3, 0, 0, 3, 0], [3, 3, 0, 0, 0]]
    for ending in ("csv", "xlsx"):
        assert (await registry.get(f"/body-members.{ending}?area=0202")).status_code == 401
        assert (await registry.get(f"/body-members.{ending}", OFFICER)).json()["code"] == "area_not_covered"
        exported = await registry.get(f"/body-members.{ending}?area=0202", OFFICER)
        assert exported.headers["cache-control"] == "no-store"
        assert counts(await send(registry, "body-members", exported.content, OFFICER)) == [3, 0, 0, 3, 0]
    later = "kind,area_code,name,position,term_until\njaapc,020201,សុខដារ៉ា,,2030-12-31\njaapc,020201,=Chan,Member,\n"
    assert counts(await send(registry, "body-members", later, OFFICER)) == [2, 0, 1, 1, 0]
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'body_member'")
    assert len([one for one in trail if "rows" not in one[0]]) == 4  # beside those of the two files taken
    assert not any("ដារ៉ា" in row[0] for row in trail)
    wrong = """kind,area_code,name,sex,position,term_from,term_until,phone
jaapc,020201,A,perhaps,x,2026-01-01,,
jaapc,020201,B,f,x,2026-01-01,2025-12-31,
jaapc,020201,C,f,,,,
jaapc,020201,D,f,x,2026-01-01,,12
working_group,02,E,f,x,2026-01-01,,
jaapc,020201,=Chan,,,,2026-01-01,
jaapc,020201,= chan,,,,,
"""
    answer = await send(registry, "body-members", wrong, "ncdds@", dry_run=True)
    assert problems(answer) == [
        (2, "sex", "literal_error"), (3, "term_until", "term_ends_before_it_begins"), (4, "position", "missing"),
        (4, "term_from", "missing"), (5, "phone", "string_too_short"), (6, "area_code", "body_unknown"),
        (7, "term_until", "term_ends_before_it_begins"), (8, "name", "row_repeated"),
    ]  # fmt: skip


async def test_who_has_left_does_not_come_back_with_the_same_file(registry: Registry) -> None:
    await send(registry, "bodies", BODIES, OFFICER)
    await send(registry, "body-members", MEMBERS, OFFICER)
    body = (await registry.get("/bodies?area=020201")).json()["items"][0]
    there = (await registry.get(f"/bodies/{body['id']}/members", OFFICER)).json()["items"]
    chan = next(one for one in there if one["name"] == "=Chan")
    assert chan["phone"] == "+85512999888", "the zero that a spreadsheet took away is back"
    left = {"left_on": "2026-05-01"}
    assert (await registry.post(f"/body-members/{chan['id']}:leave", OFFICER, json=left)).status_code == 200
    again = await send(registry, "body-members", MEMBERS, OFFICER)
    assert counts(again) == [3, 0, 0, 3, 0]
    assert problems(again) == [(3, "name", "member_left")]
    back = MEMBERS.replace("12/01/2026,31/12/2030", "01/05/2026,31/12/2030")
    assert counts(await send(registry, "body-members", back, OFFICER)) == [3, 1, 0, 2, 0]
