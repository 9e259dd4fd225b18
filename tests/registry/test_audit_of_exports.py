"""Whoever takes a file that tells of people is on record: which file, how many rows, and nothing of the people."""

from typing import Any

import pytest

from tests.registry.bodies.making import recognise
from tests.registry.conftest import Registry

OFFICER = "district_officer@0202"
PERSON: dict[str, Any] = {"name": "Sok Mom", "sex": "female", "phone": "012 345 678"}
TRAIL = "SELECT subject_kind, subject, action, by_account_id, detail FROM audit_entry WHERE action = 'exported'"


@pytest.fixture
async def people(registry: Registry) -> Registry:
    unit = await registry.unit()
    body = (await recognise(registry))["id"]
    term = {"term_from": "2026-01-05"}
    cbo = {"kind": "cbo", "area_code": "020201", "name_km": "សហគមន៍", "contact": "012 345 678"}
    for path, sent in (
        ("/cafs", PERSON | term | {"area_code": "020201"}),
        (f"/bodies/{body}/members", PERSON | term | {"position": "Chair"}),
        (f"/units/{unit['code']}/focal-persons", PERSON | {"role": "mobile_app"}),
        ("/organisations", cbo),
    ):
        answer = await registry.post(path, "ncdds@", json=sent)
        assert answer.status_code == 201, answer.text
    return registry


async def test_a_file_of_people_is_on_record(people: Registry) -> None:
    taken: list[tuple[str, str, dict[str, Any]]] = [
        ("caf", "/cafs.csv?finding=untrained", {"serving": "current", "finding": "untrained"}),
        ("body_member", "/body-members.xlsx?kind=jaapc", {"kind": "jaapc", "form": False}),
        ("focal_person", "/focal-persons.csv?missing=false", {"missing": False}),
        ("organisation", "/organisations.csv?kind=cbo", {"kind": "cbo"}),
    ]
    for _, path, _ in taken:
        assert (await people.get(f"{path}&area=0202", OFFICER)).status_code == 200
    trail = await people.rows(f"{TRAIL} ORDER BY id")
    for entry, (kind, path, asked) in zip(trail, taken, strict=True):
        name, _, ending = path.partition("?")[0].strip("/").partition(".")
        assert (entry.subject_kind, entry.subject, bool(entry.by_account_id)) == (kind, f"{name}-0202.{ending}", True)
        assert entry.detail == asked | {"area": "0202", "format": ending, "rows": 1}
    listed = await people.get("/audit?subject_kind=caf", "operator@")
    assert listed.json()["items"][0]["action"] == "exported"


async def test_what_tells_of_nobody_is_not(people: Registry) -> None:
    assert (await people.get("/organisations.csv")).status_code == 200
    assert (await people.get("/organisations.csv?area=0203", OFFICER)).status_code == 200
    assert (await people.get("/cafs.csv", "jaapc@020201")).status_code == 403
    assert (await people.get("/cafs-template.xlsx")).status_code == 200
    assert await people.rows(TRAIL) == []
