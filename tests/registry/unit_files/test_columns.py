"""Cells of the table of units, and which names are alike, without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.registry.unit_files.columns import UnitLine, catchment_cell, external_ids_cell
from services.registry.unit_files.likeness import Fingerprint, Likeness, Names

systems = st.from_regex(r"[a-z][a-z0-9_]{1,10}", fullmatch=True)
values = st.text("abc;\\=- 09", min_size=1, max_size=10).filter(
    lambda value: value == value.strip() and not value.endswith("\\")
)


@given(st.dictionaries(systems, values, max_size=5), st.lists(st.from_regex(r"[0-9]{6}", fullmatch=True), max_size=5))
def test_what_is_written_into_cells_is_read_from_them(ids: dict[str, str], codes: list[str]) -> None:
    line = UnitLine.model_validate({"external_ids": external_ids_cell(ids), "catchment": catchment_cell(codes)})
    assert (line.external_ids or {}, line.catchment or []) == (ids, codes)


def test_cells_as_people_fill_them() -> None:
    line = UnitLine.model_validate(
        {
            "code": "hc-០២០២០១-១", "area_code": "20201", "opened_on": "៥/១/២០២០", "catchment": "20202, ០២០២០៣",
            "latitude": "១៣.៥", "longitude": "102.9", "external_ids": " HMIS = 0202-14 ",
        }
    )  # fmt: skip
    assert (line.code, line.area_code, line.opened_on) == ("HC-020201-1", "020201", date(2020, 1, 5))
    assert (line.catchment, line.latitude, line.external_ids) == (["020202", "020203"], 13.5, {"hmis": "0202-14"})


@pytest.mark.parametrize(
    "cells",
    [
        {"code": "1"}, {"area_code": "2a"}, {"opened_on": "31/2/2020"}, {"opened_on": "soon"}, {"latitude": "13"},
        {"latitude": "nan", "longitude": "103"}, {"latitude": "50", "longitude": "103"}, {"external_ids": "4711"},
        {"external_ids": "a1=1; a1=2"}, {"catchment": "x"}, {"name_en": "x" * 201}, {"name_km": "a\x07b"},
    ],
)  # fmt: skip
def test_cells_that_make_no_sense(cells: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        UnitLine.model_validate(cells)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Ta Pung Health Centre", "Tapung health-centre", True),
        ("Ta Pung Health Centre", "Ta Pung Health Center", True),
        ("សាលាបឋមសិក្សាតាពូង", "សាលាបឋម សិក្សា\u200bតាពូង", True),
        ("Primary School 1", "Primary School 2", False),
        ("សាលា ១", "សាលា 1", True),
        ("Ta Pung Primary School", "Boeng Pring Primary School", False),
        ("A", "B", False),
    ],
)
def test_names_that_are_alike(one: str, other: str, alike: bool) -> None:
    assert Fingerprint(one).is_like(Fingerprint(other)) is alike


def test_units_are_alike_only_within_a_kind_and_area() -> None:
    likeness = Likeness()
    likeness.remember(("health_centre", "020201"), "តាពូង", "Ta Pung", "HC-020201-1")
    assert likeness.find(("health_centre", "020201"), Names("ផ្សេង", "Ta-Pung")) == "HC-020201-1"
    assert likeness.find(("health_post", "020201"), Names("តាពូង", "Ta Pung")) is None
    assert likeness.find(("health_centre", "020202"), Names("តាពូង", "Ta Pung")) is None
