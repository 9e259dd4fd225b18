"""Organisations as a file: the CBOs of a district taken in, sent again, exported without others' contacts."""

import asyncio
from typing import Any

from tests.registry.conftest import Registry

OFFICER, NCDDS = "district_officer@0202", "ncdds@"
FILE = """លេខកូដឃុំ សង្កាត់,ឈ្មោះ,Name in English,Contact
20201,សហគមន៍សន្សំប្រាក់,Savings Group,012 345 678
020202,សហគមន៍ទឹក,,
"""


async def send(registry: Registry, content: str | bytes, *grants: str, dry_run: bool = False) -> Any:
    body = content.encode() if isinstance(content, str) else content
    return await registry.post("/organisations:import", *grants, content=body, params={"dry_run": str(dry_run).lower()})


def counts(answer: Any) -> list[int]:
    return [answer.json()[name] for name in ("rows", "created", "changed", "unchanged", "errors")]


async def test_a_file_is_taken_in_and_sent_again(registry: Registry) -> None:
    assert (await send(registry, FILE)).status_code == 401
    assert (await send(registry, FILE, "partner@02")).json()["code"] == "permission_missing"
    assert counts(await send(registry, FILE, OFFICER, dry_run=True)) == [2, 2, 0, 0, 0]
    both = await asyncio.gather(send(registry, FILE, OFFICER), send(registry, FILE, OFFICER))
    assert sorted(counts(one) for one in both) == [[2, 0, 0, 2, 0], [2, 2, 0, 0, 0]]
    found = (await registry.get("/organisations?area=0202", OFFICER)).json()["items"]
    assert [(one["kind"], one["area_code"], one["contact"]) for one in found] == [
        ("cbo", "020201", "012 345 678"), ("cbo", "020202", None),
    ]  # fmt: skip
    closed = f"id,name_km,active\n{found[1]['id']},សហគមន៍ទឹក,no\n"
    assert counts(await send(registry, closed, OFFICER)) == [1, 0, 1, 0, 0]
    assert counts(await send(registry, FILE, OFFICER)) == [2, 0, 0, 2, 0], "what is closed stays closed, and one"
    for ending in ("csv", "xlsx"):
        exported = await registry.get(f"/organisations.{ending}", NCDDS)
        assert counts(await send(registry, exported.content, NCDDS)) == [14, 0, 0, 14, 0]
    assert "012" not in (await registry.get("/organisations.csv?area=02&kind=cbo&active=true")).text
    assert (await registry.get("/organisations-template.xlsx")).content.startswith(b"PK")


async def test_every_wrong_row_is_named(registry: Registry) -> None:
    made = await send(registry, FILE, OFFICER)
    assert made.status_code == 200
    other = (await registry.get("/organisations?area=020202")).json()["items"][0]["id"]
    wrong = [
        (",cbo,029999,A", None, "area_not_covered"),
        (",cbo,020299,A", "area_code", "area_unknown"),
        (",cbo,0202,A", "area_code", "level_unfit"),
        (",club,020201,A", "kind", "literal_error"),
        (",,030101,A", None, "area_not_covered"),
        (",,020201,", "name_km", "missing"),
        ("019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20,,020201,A", "id", "organisation_unknown"),
        (f"{other},,020201,សហគមន៍សន្សំប្រាក់", "name_km", "organisation_exists"),
        (",,020201,B", None, ""),
        (",,020201,b", "name_km", "row_repeated"),
    ]
    file = "\n".join(["id,kind,area_code,name_km", *(line for line, _, _ in wrong)])
    answer = await send(registry, file, OFFICER, dry_run=True)
    expected = [(row, column, code) for row, (_, column, code) in enumerate(wrong, start=2) if code]
    assert [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]] == expected
    assert (await send(registry, file, OFFICER)).json()["code"] == "import_refused"
    assert len((await registry.get("/organisations?area=02")).json()["items"]) == 2


async def test_an_active_one_is_found_before_others_of_its_name(registry: Registry) -> None:
    heading = "area_code,name_km,active\n"
    for _ in range(2):
        await send(registry, heading + "020201,ក្រុម\u200bទឹក,no\n", OFFICER)
    closed = (await registry.get("/organisations?area=020201")).json()["items"]
    assert [one["active"] for one in closed] == [False]
    body = {"kind": "cbo", "area_code": "020201", "name_km": "ក្រុមទឹក"}
    assert (await registry.post("/organisations", OFFICER, json=body)).status_code == 201
    assert counts(await send(registry, heading + "020201,ក្រុមទឹក,yes\n", OFFICER)) == [1, 0, 0, 1, 0]
    reopened = f"id,name_km,active\n{closed[0]['id']},ក្រុមទឹក,yes\n"
    refused = await send(registry, reopened, OFFICER, dry_run=True)
    assert [one["code"] for one in refused.json()["problems"]] == ["organisation_exists"]
