"""What holds of every report by area: rows are what the document says of them, and add up to the row of the whole."""

from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import TypeAdapter

from services.registry.areas.reported import REPORTED_LEVELS, summed
from services.registry.cafs.report_schemas import CafReport
from services.registry.duties.schemas import DutyReport
from services.registry.packs.reporting import PackReport
from services.registry.participation.coverage_schemas import CoverageRead
from services.registry.postings.reporting import PostingReport
from services.registry.trainings.report_schemas import TrainingReport
from tests.registry.bodies.making import meet, recognise
from tests.registry.conftest import API, Registry
from tests.registry.packs.examples import publish
from tests.registry.postings.test_postings import posting

COMMUNES = ("020201", "020202", "020301", "030101")
PERIOD, YEAR = {"from": "2025-01-01", "until": "2025-12-31"}, {"year": 2026}
REPORTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "/caf-report": (CafReport, {}),
    "/training-report": (TrainingReport, PERIOD),
    "/duty-report": (DutyReport, PERIOD),
    "/pack-report": (PackReport, YEAR),
    "/posting-report": (PostingReport, YEAR),
    "/coverage": (CoverageRead, YEAR),
}
NOT_ADDED = ("percent", "share", "cafs_named", "provinces", "districts", "districts_at_own_level")
"""Shares; persons of whom each counts once; and levels that do not lie in every row."""


async def fill(registry: Registry) -> None:
    """Something of everything, more in one commune than in the next, and nothing in the last."""
    people = [
        f"{code},Sok {code} {n},{'female' if n else 'male'},2025-01-05"
        for code in COMMUNES[:3]
        for n in range(int(code[-3:]) % 4)
    ]
    table = "\n".join(["area_code,name,sex,term_from", *people])
    made = await registry.post("/cafs:import?dry_run=false", "ncdds@", content=table.encode())
    assert made.json()["created"] == len(people), made.text
    care = (await registry.get("/organisations?q=CARE")).json()["items"][0]["id"]
    for number, code in enumerate(COMMUNES[:3], 1):
        training = {
            "topic": "jaap", "organiser_id": care, "area_code": code, "held_from": "2025-03-03",
            "held_until": "2025-03-03", "participants": [{"kind": "citizen", "sex": "female", "number": number}],
        }  # fmt: skip
        assert (await registry.post("/trainings", "ncdds@", json=training)).status_code == 201
        body = await recognise(registry, area=code, recognised_on="2025-01-01")
        await meet(registry, body, *("2025-01-20", "2025-03-07", "2025-05-20")[:number])
        unit = await registry.unit("health_centre" if number % 2 else "commune_administration", code)
        said = await registry.client.http.put(
            f"{API}/participations/2026/{unit['code']}", headers=registry.world.as_("ncdds@"),
            json={"supply_side": True, "demand_side": number == 1},
        )  # fmt: skip
        assert said.status_code == 200, said.text
        if number < 3:
            await publish(registry, unit["code"])
            hung = await registry.post("/postings", "ncdds@", json=posting(number, unit_code=unit["code"]))
            assert hung.status_code == 201, hung.text
    await meet(registry, await recognise(registry, "council", recognised_on="2025-01-01"), "2025-02-02")


def numbers(row: dict[str, Any], *path: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """What can be added up in a row, each number by its place in it."""
    for name, value in row.items():
        if name.endswith(NOT_ADDED):
            continue
        if isinstance(value, int):
            yield (*path, name), value
        elif isinstance(value, dict):
            yield from numbers(value, *path, name)
        elif isinstance(value, list):
            for one in value:
                yield from numbers(one, *path, name, one["kind"])


def added(rows: Iterable[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    sums = Counter[tuple[str, ...]]()
    for row in rows:
        for place, number in numbers(row):
            sums[place] += number
    return sums


async def test_rows_are_what_the_document_says_and_add_up(registry: Registry) -> None:
    await fill(registry)
    for path, (model, params) in REPORTS.items():
        row_type: Any = model.model_fields["total"].annotation
        assert get_args(model.model_fields["rows"].annotation) == (row_type,)
        rows_of = TypeAdapter[Any](list[row_type])
        for level in REPORTED_LEVELS:
            answer = (await registry.get(path, params=params | {"level": level})).json()
            assert rows_of.validate_python(answer["rows"], strict=True) == answer["rows"], path
            assert added(answer["rows"]) == added([answer["total"]]), (path, level)
            assert any(added(answer["rows"]).values()), path
            assert [row["area_code"] for row in answer["rows"]] == sorted(
                {code[: 2 + 2 * REPORTED_LEVELS.index(level)] for code in COMMUNES}
            )
        area = (await registry.get(path, params=params | {"area": "0202"})).json()["total"]
        rows = (await registry.get(path, params=params | {"level": "district"})).json()["rows"]
        assert area | {"provinces": None} == next(row for row in rows if row["area_code"] == "0202") | {
            "provinces": None
        }


async def test_where_nothing_is_there_yet_it_is_counted_as_nothing(registry: Registry) -> None:
    for path, (_, params) in REPORTS.items():
        for area in ("", "0202"):
            answer = await registry.get(path, params=params | {"area": area})
            assert answer.status_code == 200, (path, area)
            assert added([answer.json()["total"]]) == added(answer.json()["rows"]), (path, area)
        assert (await registry.get(f"{path}.csv", params=params)).status_code == 200, path
        sheet = load_workbook(BytesIO((await registry.get(f"{path}.xlsx", params=params)).content)).worksheets[0]
        headings, *lines = sheet.iter_rows(values_only=True)
        texts = {heading for line in lines for heading, cell in zip(headings, line, strict=True) if cell == "0"}
        assert lines, path
        assert not texts, (path, "a spreadsheet adds up no texts")


@given(st.lists(st.lists(st.integers(0, 2**40), min_size=3, max_size=3)))
def test_rows_of_numbers_are_added_up_by_column(rows: list[list[int]]) -> None:
    assert summed(rows, 3) == [sum(row[column] for row in rows) for column in range(3)]


@pytest.mark.parametrize("width", [0, 5])
def test_the_sums_of_nothing_are_as_many(width: int) -> None:
    assert summed([], width) == [0] * width
