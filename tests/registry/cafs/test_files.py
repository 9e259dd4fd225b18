"""Facilitators as a file: taken in, sent again without a change, exported and taken in once more."""

import asyncio
import csv
import io
from typing import Any

from tests.registry.cafs.conftest import CLERK, NCDDS, OFFICER, Cafs
from tests.registry.conftest import Registry

FILE = """លេខកូដឃុំ សង្កាត់,ឈ្មោះ,ភេទ,Birth year,Phone,Village code,Term from,Term until,Supporting NGO,Village official,note
020201,សុខ ស្រីមុំ,ស្រី,១៩៨៨,12 345 678,2020101,05/01/2026,31/12/2027,care,ទេ,
20201,Chan Dara,M,1990,,,2026-01-05,,,x,
020202,Keo Bopha,f,,012 999 888,,2026-01-05,,World Vision,,
"""
HEADING = "area_code,name,sex,term_from\n"


async def send(registry: Registry, content: str | bytes, *grants: str, dry_run: bool = False) -> Any:
    body = content.encode() if isinstance(content, str) else content
    return await registry.post("/cafs:import", *grants, content=body, params={"dry_run": str(dry_run).lower()})


def counts(answer: Any) -> list[int]:
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


def problems(answer: Any) -> list[tuple[int, str | None, str]]:
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]]


async def test_a_file_is_taken_in_and_sent_again(registry: Registry) -> None:
    file = FILE.replace(",note", "").replace(",\n", "\n")
    assert (await send(registry, file)).status_code == 401
    assert (await send(registry, file, "partner@02")).json()["code"] == "permission_missing"
    dry = await send(registry, file, OFFICER, dry_run=True)
    assert (dry.status_code, counts(dry)) == (200, [3, 3, 0, 0, 0]), dry.text
    assert problems(dry) == [
        (3, "village_official", "impartiality"), (3, "area_code", "too_few"), (4, "area_code", "too_few"),
    ]  # fmt: skip
    assert await registry.rows("SELECT 1 FROM caf") == []
    both = await asyncio.gather(send(registry, file, OFFICER), send(registry, file, OFFICER))
    assert sorted(counts(one) for one in both) == [[3, 0, 0, 3, 0], [3, 3, 0, 0, 0]]
    found = await registry.all_pages("/cafs", NCDDS)
    assert [(one["name"], one["sex"], one["birth_year"], one["phone"], one["village_code"]) for one in found[:2]] == [
        ("សុខ ស្រីមុំ", "female", 1988, "+85512345678", "02020101"), ("Chan Dara", "male", 1990, None, None),
    ]  # fmt: skip
    assert [bool(one["supporter_id"]) for one in found] == [True, False, True]
    renewed = await send(registry, HEADING.replace("term_from", "term until") + "020201,chan dara,,2028-12-31\n", CLERK)
    assert counts(renewed) == [1, 0, 1, 0, 0]
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'caf'")
    assert len(trail) == 4
    assert not any("Dara" in row[0] or "855" in row[0] for row in trail)


async def test_what_is_exported_comes_back_without_a_change(registry: Registry, cafs: Cafs) -> None:
    care = await cafs.organisation()
    await cafs.make(name="=cmd()", disability=True, supporter_id=care)
    await cafs.elsewhere(name="Same", sex="male")
    await cafs.elsewhere(name="Same", sex="male")
    await registry.patch(f"/organisations/{care}", NCDDS, etag='"1"', json={"active": False})
    for ending in ("csv", "xlsx"):
        exported = await registry.get(f"/cafs.{ending}", NCDDS)
        assert exported.headers["cache-control"] == "no-store"
        assert counts(await send(registry, exported.content, NCDDS)) == [3, 0, 0, 3, 0]
    assert (await registry.get("/cafs.csv")).status_code == 401
    assert (await registry.get("/cafs.csv", "jaapc@020201")).status_code == 403
    own = (await registry.get("/cafs.csv?area=0202", CLERK)).text.removeprefix("\ufeff")
    assert [row["name"] for row in csv.DictReader(io.StringIO(own))] == ["'=cmd()"]
    ambiguous = await send(registry, HEADING + "020202,same,,\n", NCDDS, dry_run=True)
    assert problems(ambiguous)[0] == (2, "name", "caf_ambiguous")
    inactive = await send(registry, "area_code,name,supporter\n020202,Same,CARE\n", NCDDS, dry_run=True)
    assert inactive.json()["errors"] == 1
    assert (await registry.get("/cafs-template.xlsx")).content.startswith(b"PK")


async def test_every_wrong_row_is_named_and_nothing_is_taken_in(registry: Registry, cafs: Cafs) -> None:
    gone, other = await cafs.make(name="Gone"), await cafs.elsewhere(name="Other", area_code="030101")
    await registry.post(f"/cafs/{gone['id']}:leave", NCDDS, json={"reason": "died"})
    columns = "id,area_code,name,sex,birth_year,phone,village_code,term_from,term_until,supporter,last_seen_on"
    wrong = [
        (",029999,A,f,,,,2026-01-05,,,", "area_code", "area_unknown"),
        (",030101,C,f,,,,2026-01-05,,,", "area_code", "area_not_covered"),
        (",020201,D,,,,,2026-01-05,,,", "sex", "missing"),
        (",020201,E,f,,,,,,,", "term_from", "missing"),
        (",020201,F,f,1700,,,2026-01-05,,,", "birth_year", "greater_than_equal"),
        (",020201,G,f,,12,,2026-01-05,,,", "phone", "string_too_short"),
        (",020201,H,f,,,02020199,2026-01-05,,,", "village_code", "village_unknown"),
        (",020201,I,f,,,,2026-01-05,2026-01-01,,", "term_until", "before_the_begin"),
        (",020201,J,f,,,,2026-01-05,,Nobody,", "supporter", "organisation_unknown"),
        (",020201,K,f,,,,2026-01-05,,,2999-01-01", "last_seen_on", "date_in_future"),
        (f"{gone['id']},020201,Gone,,,,,,,,", "id", "caf_left"),
        (f"{other['id']},030101,Other,,,,,,,,", "area_code", "area_not_covered"),
        ("019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20,020201,L,,,,,,,,", "id", "caf_unknown"),
        (",020201,B,f,,,,2026-01-05,,,", None, ""),
        (",020201,b ,f,,,,2026-01-05,,,", "name", "row_repeated"),
    ]
    file = "\n".join([columns, *(line for line, _, _ in wrong)])
    answer = await send(registry, file, OFFICER, dry_run=True)
    found = [one for one in answer.json()["problems"] if one["severity"] == "error"]
    expected = [(row, column, code) for row, (_, column, code) in enumerate(wrong, start=2) if code]
    assert [(one["row"], one["column"], one["code"]) for one in found] == expected
    refused = await send(registry, file, OFFICER)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert refused.json()["errors"][0]["pointer"] == "/rows/2/area_code"
    assert len(await registry.rows("SELECT 1 FROM caf")) == 2
    for content in (b"", b"\x00\xff", b"PK\x03\x04x", b"area_code\n020201\n", b"area_code,name,salary\n"):
        assert (await send(registry, content, OFFICER)).status_code == 422


async def test_who_has_left_does_not_come_back_with_the_same_file(registry: Registry) -> None:
    file = HEADING + "020201,Chan Dara,m,2026-01-05\n020201,Keo Bopha,f,2026-01-05\n"
    await send(registry, file, CLERK)
    chan = next(one for one in await registry.all_pages("/cafs", CLERK) if one["name"] == "Chan Dara")
    left = {"reason": "resigned", "left_on": "2026-03-01"}
    assert (await registry.post(f"/cafs/{chan['id']}:leave", CLERK, json=left)).status_code == 200
    again = await send(registry, file, CLERK)
    assert counts(again) == [2, 0, 0, 2, 0]
    assert (2, "name", "caf_left") in problems(again)
    later = HEADING + "020201,Chan Dara,m,2026-03-02\n"
    returned = await send(registry, later, CLERK)
    assert (counts(returned), problems(returned)[0]) == ([1, 1, 0, 0, 0], (2, "name", "name_of_one_who_left"))


async def test_an_exported_file_may_be_sent_after_somebody_left(registry: Registry, cafs: Cafs) -> None:
    made = await cafs.make(name="Mom")
    exported = (await registry.get("/cafs.csv", CLERK)).content
    await registry.post(f"/cafs/{made['id']}:leave", CLERK, json={"reason": "resigned", "left_on": "2026-03-01"})
    again = await send(registry, exported, CLERK)
    assert (counts(again), problems(again)) == ([1, 0, 0, 1, 0], [(2, "name", "caf_left")])
