"""Units in and out as files: dry run, all or nothing, and a round trip that changes nothing."""

import asyncio
import io
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from shared.events import decode
from shared.events.registry import UnitChanged
from tests.registry.conftest import Registry

OFFICER = "district_officer@0202"
FILLED = """ប្រភេទ;Area code;ឈ្មោះជាភាសាខ្មែរ;Name in English;catchment;latitude;longitude;external_ids;opened on;note
health_centre;20201;តាពូង;Ta Pung;020202;13.24;102.97;hmis=0202-14;05/01/2019;
Primary school;០២០២០១;សាលា ១;School 1;;;;emis=4711; ;"=HYPERLINK(""x"")"
PS;020202;សាលា ២;School 2;;;;;;
Commune/sangkat administration;020202;រដ្ឋបាល;Administration;;;;;;
one_window_service_office;0202;ការិយាល័យ;Office;;;;;;
"""


async def send(registry: Registry, content: str | bytes, *grants: str, dry_run: bool = False, **options: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    params = {"dry_run": str(dry_run).lower()}
    return await registry.post("/units:import", *grants, content=body, params=params, **options)


def counts(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


def found(answer: Any) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]]


async def test_a_filled_in_table_registers_units(registry: Registry) -> None:
    assert counts(await send(registry, FILLED, OFFICER, dry_run=True)) == [5, 5, 0, 0, 0]
    assert await registry.rows("SELECT 1 FROM unit") == []
    assert counts(await send(registry, FILLED, OFFICER)) == [5, 5, 0, 0, 0]
    units = {unit["code"]: unit for unit in (await registry.get("/units")).json()["items"]}
    assert sorted(units) == ["CA-020202", "HC-020201-1", "OW-0202", "PS-020201-1", "PS-020202-1"]
    centre = units["HC-020201-1"]
    assert (centre["catchment"], centre["external_ids"], centre["opened_on"], centre["version"]) == (
        ["020202"], {"hmis": "0202-14"}, "2019-01-05", 1
    )  # fmt: skip
    assert centre["location"] == {"latitude": 13.24, "longitude": 102.97}
    assert units["PS-020201-1"]["note"] == '=HYPERLINK("x")'
    events = [decode(bytes(row.body)).event for row in await registry.rows("SELECT body FROM outbox")]
    assert sorted(event.code for event in events if isinstance(event, UnitChanged)) == sorted(units)
    feed = (await registry.get("/changes?kinds=unit&area=020202")).json()["items"]
    assert {item["data"]["code"] for item in feed} == {"CA-020202", "HC-020201-1", "OW-0202", "PS-020202-1"}
    trail = await registry.rows("SELECT subject, action, detail FROM audit_entry WHERE subject_kind = 'unit'")
    assert sorted(row.subject for row in trail) == sorted(units)
    assert {row.action for row in trail} == {"created"}


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_what_is_exported_comes_back_unchanged(registry: Registry, file_format: str) -> None:
    await send(registry, FILLED, OFFICER)
    await registry.unit("health_centre", "030101")
    await registry.unit("primary_school", "020201")
    await registry.post("/units/PS-020201-2:close", "operator@", json={"reason": "Shut."})
    for query, rows in (("", 6), ("?area=0202", 5), ("?kind=primary_school&area=0202", 2)):
        exported = await registry.get(f"/units.{file_format}{query}")
        assert (exported.status_code, "attachment" in exported.headers["content-disposition"]) == (200, True)
        assert counts(await send(registry, exported.content, "ncdds@")) == [rows, 0, 0, rows, 0]
    if file_format == "csv":
        assert exported.content.startswith("\ufeffcode,kind,area_code".encode())
        assert "'=HYPERLINK" in exported.text
    else:
        cells = [cell for row in load_workbook(io.BytesIO(exported.content)).worksheets[0].iter_rows() for cell in row]
        assert "=HYPERLINK" in "".join(str(cell.value) for cell in cells)
        assert {cell.data_type for cell in cells} <= {"s", "n"}
    template = await registry.get("/units-template.xlsx")
    assert counts(await send(registry, template.content, "ncdds@")) == [0, 0, 0, 0, 0]


async def test_a_known_code_changes_its_unit(registry: Registry) -> None:
    await send(registry, FILLED, OFFICER)
    table = """code,name_en,catchment,external_ids,latitude,longitude
HC-020201-1,Ta Pung HC,,hmis=1; emis=2,,
PS-020201-1,School 1,,,13.1,103.2
PS-020202-1,,,,,
PS-020202-7,,,,,
"""
    refused = await send(registry, table, OFFICER, dry_run=True)
    assert found(refused) == [(5, "kind", "missing")]
    assert counts(await send(registry, table.replace("PS-020202-7,,,,,\n", ""), OFFICER)) == [3, 0, 2, 1, 0]
    centre = (await registry.get("/units/HC-020201-1")).json()
    assert (centre["name_en"], centre["name_km"], centre["catchment"]) == ("Ta Pung HC", "តាពូង", ["020202"])
    assert (centre["external_ids"], centre["version"]) == ({"emis": "2", "hmis": "1"}, 2)
    school = (await registry.get("/units/PS-020201-1")).json()
    assert (school["location"], school["external_ids"]) == ({"latitude": 13.1, "longitude": 103.2}, {"emis": "4711"})
    trail = await registry.rows("SELECT detail FROM audit_entry WHERE action = 'changed' AND subject = 'PS-020201-1'")
    assert trail[0].detail.items() >= {"latitude": 13.1, "longitude": 103.2}.items()
    assert "name_en" not in trail[0].detail


async def test_codes_are_given_in_the_order_of_the_rows(registry: Registry) -> None:
    await registry.unit("primary_school", "020201", code="PS-020201-4")
    await registry.unit("commune_administration", "020201")
    await registry.post("/units/CA-020201:close", "operator@", json={"reason": "Abolished."})
    table = """kind,area_code,name_km,name_en,code
primary_school,020201,ក,Alpha,
primary_school,020201,ខ,Beta,PS-020201-6
primary_school,020201,គ,Gamma,PS-020201-2
commune_administration,020201,ឃ,Administration,
"""
    assert counts(await send(registry, table, OFFICER)) == [4, 4, 0, 0, 0]
    units = {unit["name_en"]: unit["code"] for unit in (await registry.get("/units")).json()["items"]}
    assert (units["Alpha"], units["Beta"], units["Gamma"]) == ("PS-020201-7", "PS-020201-6", "PS-020201-2")
    assert units["Administration"] == "CA-020201-2"


async def test_who_may_import(registry: Registry) -> None:
    assert (await send(registry, FILLED)).status_code == 401
    for role in ("caf@020201", "partner@02", "provider@020201/HC-020201-1"):
        assert (await send(registry, FILLED, role)).status_code == 403
    outside = await send(registry, FILLED, "district_officer@0203", dry_run=True)
    assert {one["code"] for one in outside.json()["problems"]} == {"area_not_covered"}
    assert counts(outside) == [5, 0, 0, 0, 5]
    refused = await send(registry, FILLED, "district_officer@0203")
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert refused.json()["errors"][0]["pointer"] == "/rows/2"
    await send(registry, FILLED, OFFICER)
    changing = await send(registry, "code,name_en\nHC-020201-1,Mine\n", "province_officer@03", dry_run=True)
    assert changing.json()["problems"][0]["code"] == "area_not_covered"


async def test_every_wrong_cell_is_named(registry: Registry) -> None:
    await send(registry, FILLED, OFFICER)
    await registry.unit("primary_school", "020201", external_ids={"emis": "1"})
    await registry.post("/units/PS-020201-2:close", "operator@", json={"reason": "Shut."})
    await registry.execute(
        "INSERT INTO unit_alias (code, unit_id, reason) SELECT 'PS-020202-8', id, 'Merged.' FROM unit LIMIT 1"
    )
    table = """code,kind,area_code,name_km,name_en,catchment,external_ids,opened_on
,hospital,020201,ក,A,,,
,health_centre,0202,ក,A,,,
,health_centre,020299,ក,A,,,
,health_centre,020201,,A,,,
,primary_school,020201,ក,A,020202,,
,health_centre,020201,ក,A,020201,,
,health_centre,020201,ក,A,0203,,
,commune_administration,020202,ក,A,,,
PS-020202-9,primary_school,020201,ក,A,,,
HC-020201-1,health_post,,,,,,
HC-020201-1,,,,,,,
PS-020201-1,,020202,,,,,
PS-020201-2,,,,New name,,,
PS-020202-8,,,,New name,,,
,primary_school,020201,ក,A,,emis=4711,
,primary_school,020201,ខ,B,,new=1,2999-01-01
,primary_school,020201,ខ,B,,nonsense,
"""
    answer = await send(registry, table, "ncdds@", dry_run=True)
    assert found(answer) == [
        (2, "kind", "unit_kind_unknown"),
        (3, "area_code", "area_level_wrong"),
        (4, "area_code", "area_unknown"),
        (5, "name_km", "missing"),
        (6, "catchment", "catchment_not_allowed"),
        (7, "catchment", "catchment_repeated"),
        (8, "catchment", "area_level_wrong"),
        (9, "area_code", "unit_exists"),
        (10, "code", "unit_code_unfit"),
        (11, "kind", "kind_fixed"),
        (12, "code", "row_repeated"),
        (13, "area_code", "area_fixed"),
        (14, "code", "unit_closed"),
        (15, "code", "unit_code_changed"),
        (16, "external_ids", "external_id_taken"),
        (17, "opened_on", "date_in_future"),
        (18, "external_ids", "external_ids_malformed"),
    ]
    assert all(one["detail_en"] and one["detail_km"] for one in answer.json()["problems"])
    before = await registry.rows("SELECT code FROM unit ORDER BY code")
    assert (await send(registry, table, "ncdds@")).status_code == 422
    assert await registry.rows("SELECT code FROM unit ORDER BY code") == before


async def test_likely_duplicates_are_warned_of(registry: Registry) -> None:
    await registry.unit("health_centre", "020201", name_km="តាពូង", name_en="Ta Pung Health Centre")
    table = """kind,area_code,name_km,name_en
health_centre,020201,ផ្សេង,Tapung health center
primary_school,020201,សាលា ក,Boeng Pring School
primary_school,020201,សាលា ខ,Boeng-Pring school
primary_school,020202,សាលា ខ,Boeng-Pring school
"""
    answer = await send(registry, table, OFFICER)
    assert counts(answer) == [4, 4, 0, 0, 0]
    assert found(answer) == [(2, "name_km", "unit_similar"), (4, "name_km", "row_similar")]
    assert {one["severity"] for one in answer.json()["problems"]} == {"warning"}


async def test_garbage_is_one_clear_refusal(registry: Registry) -> None:
    for garbage in (b"", b"\x00\xff", b"PK\x03\x04zip", b"[]", b"code;colour\nHC-020201-1;blue"):
        answer = await send(registry, garbage, OFFICER)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert answer.json()["code"] in {"file_unreadable", "columns_unfit"}
    for query in ("pdf", "csv?area=2"):
        assert (await registry.get(f"/units.{query}")).status_code == 422


async def test_two_imports_at_once_get_codes_of_their_own(registry: Registry) -> None:
    tables = [
        f"kind,area_code,name_km,name_en\nhealth_post,020201,ក,{name}\nhealth_post,020202,ក,{name}\n" for name in "ABC"
    ]
    answers = await asyncio.gather(
        *(send(registry, table, OFFICER) for table in tables),
        registry.post(
            "/units",
            OFFICER,
            json={"kind": "health_post", "area_code": "020201", "name_km": "ក", "name_en": "D"},
        ),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    codes = [row.code for row in await registry.rows("SELECT code FROM unit WHERE area_code = '020201' ORDER BY code")]
    assert codes == [f"HP-020201-{number}" for number in range(1, 5)]


async def test_a_repeated_import_with_the_same_key_registers_once(registry: Registry) -> None:
    for _ in range(2):
        assert (
            counts(await send(registry, FILLED, OFFICER, user_id=UUID(int=1), headers={"Idempotency-Key": "1"}))[1] == 5
        )
