"""Focal persons as a file: for those whose roles cover the area."""

import pytest

from services.registry.focal_persons.files import COLUMNS
from shared.spreadsheets import read_table
from tests.registry.conftest import Registry

DARA = {"role": "data_system", "name": "=សុខ ដារ៉ា", "sex": "female", "phone": "012345678", "since": "2026-01-05"}


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_officers_get_a_list_to_call(registry: Registry, file_format: str) -> None:
    await registry.unit()
    await registry.unit("health_centre", "030101")
    await registry.post("/units/HC-020201-1/focal-persons", "ncdds@", json=DARA)
    path = f"/focal-persons.{file_format}"
    assert (await registry.get(path)).status_code == 401
    for role in ("citizen@", "partner@02", "operator@", "caf@020201"):
        assert (await registry.get(path, role)).json()["code"] == "permission_missing"
    for role, area in (("district_officer@0202", ""), ("district_officer@0202", "0203"), ("province_officer@02", "03")):
        assert (await registry.get(path, role, params={"area": area})).json()["code"] == "area_not_covered"
    provider = await registry.get(path, "provider@020201/HC-020201-1", params={"area": "020201"})
    assert provider.json()["code"] == "area_not_covered"
    answer = await registry.get(path, "district_officer@0202", params={"area": "0202"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    lines = read_table(answer.content, COLUMNS)
    assert [(line.cells["role"], line.cells["name"], line.cells["phone"], line.cells["since"]) for line in lines] == [
        ("data_system", "=សុខ ដារ៉ា", "+85512345678", "2026-01-05"),
        ("mobile_app", "", "", ""),
    ]
    missing = await registry.get(path, "ncdds@", params={"missing": "true", "role": "data_system"})
    assert [line.cells["unit_code"] for line in read_table(missing.content, COLUMNS)] == ["HC-030101-1"]
