"""A year's participation as a file: filled in, imported, exported, and imported again without a change."""

import asyncio
import io
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from shared.spreadsheets import Column, read_table, write_csv, write_xlsx
from tests.registry.conftest import Registry

OFFICER = "district_officer@0202"
IMPORT = "/participations:import"
FILLED = """ឆ្នាំ,លេខកូដ,Supply side,Demand side,Supporting NGO,note
២០២៦,HC-020201-1,yes,No,,
2026,HC-020202-1,x,មាន,"World Vision, Care","=cmd()"
2026,202,បាទ,,,
2026,PS-020202-1,,,,
"""


async def send(registry: Registry, content: str | bytes, *grants: str, dry_run: bool = False, **options: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    params = {"dry_run": str(dry_run).lower()}
    return await registry.post(IMPORT, *grants, content=body, params=params, **options)


@pytest.fixture
async def units(registry: Registry) -> Registry:
    for kind, area in (("health_centre", "020201"), ("health_centre", "020202"), ("primary_school", "020202")):
        await registry.unit(kind, area)
    return registry


def counts(answer: Any) -> list[int]:
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


async def test_a_filled_in_form_is_taken_in(units: Registry) -> None:
    dry = await send(units, FILLED, OFFICER, dry_run=True)
    assert (dry.status_code, counts(dry), dry.json()["problems"]) == (200, [4, 3, 0, 1, 0], [])
    assert await units.rows("SELECT 1 FROM participation") == []
    done = await send(units, FILLED, OFFICER)
    assert (done.status_code, counts(done)) == (200, [4, 3, 0, 1, 0])
    assert (dry.json()["dry_run"], done.json()["dry_run"], len(done.json()["digest"])) == (True, False, 64)
    assert counts(await send(units, FILLED, OFFICER)) == [4, 0, 0, 4, 0]
    said = await units.all_pages("/participations", year=2026)
    assert [(one["code"], one["supply_side"], one["demand_side"], one["supporting_ngo"]) for one in said] == [
        ("0202", True, False, None),
        ("HC-020201-1", True, False, None),
        ("HC-020202-1", True, True, "World Vision, Care"),
    ]
    changed = await send(units, "year,code,demand side\n2026,HC-020201-1,ទេ\n2026,HC-020202-1,no\n", OFFICER)
    assert counts(changed) == [2, 0, 1, 1, 0]
    after = (await units.get("/participations/2026/HC-020202-1")).json()
    assert (after["demand_side"], after["supporting_ngo"], after["version"]) == (False, "World Vision, Care", 2)
    trail = await units.rows("SELECT subject, action FROM audit_entry WHERE subject_kind = 'participation' ORDER BY id")
    assert [tuple(row) for row in trail][-2:] == [("2026/0202", "created"), ("2026/HC-020202-1", "changed")]
    feed = (await units.get("/changes?kinds=participation&area=0202")).json()["items"]
    assert len(feed) == 3


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_what_is_exported_comes_back_unchanged(units: Registry, file_format: str) -> None:
    await send(units, FILLED, OFFICER)
    for query, rows in (("", 3), ("&form=true", 6), ("&form=true&area=0202", 4), ("&kind=health_centre&form=true", 2)):
        exported = await units.get(f"/participations.{file_format}?year=2026{query}")
        assert exported.status_code == 200
        assert "attachment" in exported.headers["content-disposition"]
        assert counts(await send(units, exported.content, "ncdds@")) == [rows, 0, 0, rows, 0]
    if file_format == "csv":
        assert exported.content.startswith(b"\xef\xbb\xbfyear,code,kind")
        assert b"'=cmd()" in exported.content
    else:
        sheet = load_workbook(io.BytesIO(exported.content)).worksheets[0]
        assert "=cmd()" in [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]


async def test_who_may_import(units: Registry) -> None:
    assert (await send(units, FILLED)).status_code == 401
    for role in ("caf@020201", "operator@", "provider@020201/HC-020201-1"):
        assert (await send(units, FILLED, role)).status_code == 403
    outside = await send(units, FILLED, "district_officer@0203", dry_run=True)
    assert [(one["row"], one["code"]) for one in outside.json()["problems"]] == [
        (2, "area_not_covered"), (3, "area_not_covered"), (4, "area_not_covered")
    ]  # fmt: skip
    assert (await send(units, FILLED, "district_officer@0203")).json()["code"] == "import_refused"
    assert await units.rows("SELECT 1 FROM participation") == []


async def test_a_partner_imports_the_demand_side_alone(units: Registry) -> None:
    refused = await send(units, FILLED, "partner@02", dry_run=True)
    assert {one["code"] for one in refused.json()["problems"]} == {"supply_side_not_yours"}
    mine = "year,code,demand_side,supporting_ngo\n2026,HC-020201-1,yes,CARE\n"
    assert counts(await send(units, mine, "partner@02", user_id=UUID(int=1))) == [1, 1, 0, 0, 0]
    other = await send(units, mine.replace("CARE", "RACHA"), "partner@02", user_id=UUID(int=2), dry_run=True)
    assert other.json()["problems"][0]["code"] == "support_of_another"


async def test_every_wrong_cell_is_named(units: Registry) -> None:
    await units.unit("health_centre", "020201")
    await units.post("/units/HC-020201-2:close", "operator@", json={"reason": "Shut."})
    wrong = """year,code,supply_side,demand_side,supporting_ngo
1999,HC-020201-1,yes,yes,
2026,HC-1,yes,yes,
2026,HC-020201-9,yes,yes,
2026,HC-020201-2,yes,yes,
2026,HC-020201-1,perhaps,never,
2026,HC-020202-1,yes,,
2026,HC-020202-1,no,,
,HC-020202-1,no,,
2026,020201,no,,
"""
    answer = await send(units, wrong, "ncdds@", dry_run=True)
    assert [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]] == [
        (2, "year", "greater_than_equal"),
        (3, "code", "string_pattern_mismatch"),
        (4, "code", "unit_unknown"),
        (5, None, "subject_closed"),
        (6, "supply_side", "yes_or_no"),
        (6, "demand_side", "yes_or_no"),
        (8, "code", "row_repeated"),
        (9, "year", "missing"),
        (10, "code", "string_pattern_mismatch"),
    ]
    assert all(one["detail_en"] and one["detail_km"] for one in answer.json()["problems"])
    refused = await send(units, wrong, "ncdds@", headers={"Accept-Language": "km"})
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert refused.json()["errors"][1]["pointer"] == "/rows/3/code"
    assert await units.rows("SELECT 1 FROM participation") == []


async def test_an_answer_stays_small(units: Registry) -> None:
    rows = "".join(f"2026,HC-0202{n:02}-{m},yes\n" for n in range(3, 63) for m in range(1, 11))
    answer = await send(units, f"year,code,supply_side\n{rows}", "ncdds@", dry_run=True)
    assert (answer.json()["errors"], len(answer.json()["problems"])) == (600, 200)


async def test_garbage_is_one_clear_refusal(units: Registry) -> None:
    for garbage in (b"", b"\x00\xff\xfe", b"PK\x03\x04zip", b"{}", "year;colour\n2026;blue"):
        answer = await send(units, garbage, OFFICER)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in {"file_unreadable", "columns_unfit"}
    assert (await units.post(f"{IMPORT}?dry_run=perhaps", OFFICER, content=b"x")).status_code == 422
    for query in ("csv", "pdf?year=2026", "csv?year=2026&area=x"):
        assert (await units.get(f"/participations.{query}")).status_code == 422


async def test_two_imports_at_once_say_it_once(units: Registry) -> None:
    answers = await asyncio.gather(*(send(units, FILLED, OFFICER) for _ in range(3)))
    assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 3]


def test_the_helpers_agree_with_each_other() -> None:
    column = Column("code", "Code", "លេខកូដ")
    for write in (write_csv, write_xlsx):
        assert read_table(b"".join(write([column], [["=A"]])), [column])[0].cells == {"code": "=A"}
