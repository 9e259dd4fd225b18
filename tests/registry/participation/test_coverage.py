"""The coverage report: the strategy's own figures come out of the counting, and every area adds up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.participation.coverage_routes import COLUMNS
from services.registry.participation.coverage_schemas import count_of, percent
from shared.spreadsheets import read_table
from tests.registry.conftest import Registry
from tests.registry.participation.nation import add_nation
from tests.world import World


async def read(registry: Registry, **params: Any) -> dict[str, Any]:
    answer = await registry.get("/coverage", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def nation(world: World) -> Registry:
    client = await world.start("registry")
    async with client.runtime.database.transaction() as db:
        await add_nation(db)
    return Registry(world, client)


def figures(count: dict[str, Any]) -> tuple[int | None, ...]:
    return count["covered"], count["all"], count["percent"], count["both_sides"], count["both_sides_percent"]


async def test_the_strategys_own_figures(nation: Registry) -> None:
    body = await read(nation, year=2025)
    total = body["total"]
    assert figures(total["provinces"])[:3] == (25, 25, 100)
    assert figures(total["districts"])[:3] == (190, 210, 90)
    assert figures(total["districts_at_own_level"]) == (54, 210, 26, 37, 69)
    assert figures(total["communes"]) == (1550, 1652, 94, 1071, 69)
    assert (total["communes"]["supply_only"], total["communes"]["demand_only"]) == (400, 79)
    assert total["communes"]["share"] == pytest.approx(1550 / 1652)
    units = {count["kind"]: figures(count)[:3] for count in total["units"]}
    assert units == {
        "commune_administration": (1550, 1652, 94),
        "health_centre": (1256, 1308, 96),
        "primary_school": (9622, 10_236, 94),
    }
    assert (body["as_of"], body["level"], len(body["rows"])) == ("2025-12-31", "province", 25)
    for level, number in (("province", 25), ("district", 210), ("commune", 1652)):
        rows = (await read(nation, year=2025, level=level))["rows"]
        assert len(rows) == number
        assert sum(row["communes"]["covered"] for row in rows) == 1550
        assert sum(count["covered"] for row in rows for count in row["units"]) == 1550 + 1256 + 9622
    province = await read(nation, year=2025, area="16")
    whole = next(row for row in body["rows"] if row["area_code"] == "16")
    assert province["total"] == whole
    assert [row["area_code"] for row in province["rows"]] == [f"16{number:02}" for number in range(1, 9)]
    assert province["rows"][7]["communes"] | {"percent": 0, "share": 0.0} == count_of(5, 0, 0, 0)


async def test_a_small_area_in_full(registry: Registry) -> None:
    await begin_history(registry)
    await registry.unit("health_centre", "020201")
    await registry.unit("primary_school", "020201")
    await registry.unit("health_centre", "020301")
    for code, sides in (("HC-020201-1", {"supply_side": True}), ("PS-020201-1", {"demand_side": True}), ("0203", {})):
        await say(registry, 2026, code, sides)
    body = await read(registry, year=2026, area="02")
    assert body["level"] == "district"
    first, second = body["rows"]
    assert figures(first["communes"]) == (1, 2, 50, 1, 100)
    assert figures(first["districts"])[:2] == (1, 1)
    assert figures(second["districts_at_own_level"])[:3] == (0, 1, 0)
    assert [(count["kind"], count["covered"], count["all"]) for count in body["total"]["units"]] == [
        ("health_centre", 1, 2), ("primary_school", 1, 1)
    ]  # fmt: skip
    commune = await read(registry, year=2026, area="020201")
    assert [row["area_code"] for row in commune["rows"]] == ["020201"]
    assert (commune["total"]["districts"], commune["total"]["provinces"]) == (None, None)
    nothing = await read(registry, year=2027, area="0203")
    assert figures(nothing["total"]["communes"]) == (0, 1, 0, 0, None)


async def test_closed_units_and_areas_count_in_their_own_years(registry: Registry) -> None:
    await begin_history(registry)
    await registry.unit(opened_on="2025-06-01")
    await say(registry, 2025, "HC-020201-1", {"supply_side": True})
    closing = {"reason": "Shut.", "on": "2026-02-01"}
    assert (await registry.post("/units/HC-020201-1:close", "operator@", json=closing)).status_code == 200
    await registry.execute("UPDATE area_period SET valid_to = '2026-03-01' WHERE code = '020201'")
    past, now = await read(registry, year=2025, area="0202"), await read(registry, year=2026, area="0202")
    assert figures(past["total"]["communes"])[:2] == (1, 2)
    assert figures(past["total"]["units"][0])[:2] == (1, 1)
    assert figures(now["total"]["communes"])[:2] == (0, 1)
    assert now["total"]["units"] == []
    assert figures((await read(registry, year=2024, area=""))["total"]["communes"])[:2] == (0, 0)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_the_report_as_a_file(registry: Registry, file_format: str) -> None:
    await begin_history(registry)
    await registry.unit()
    await say(registry, 2026, "HC-020201-1", {"supply_side": True})
    answer = await registry.get(f"/coverage.{file_format}", params={"year": 2026, "area": "0202"})
    assert answer.status_code == 200, answer.text
    lines = [line.cells for line in read_table(answer.content, COLUMNS)]
    assert [(line["level"], line["area_code"], line["what"], line["covered"], line["all"]) for line in lines] == [
        ("total", "0202", "districts", "1", "1"),
        ("total", "0202", "districts_at_own_level", "0", "1"),
        ("total", "0202", "communes", "1", "2"),
        ("total", "0202", "health_centre", "1", "1"),
        ("commune", "020201", "communes", "1", "1"),
        ("commune", "020201", "health_centre", "1", "1"),
        ("commune", "020202", "communes", "0", "1"),
    ]
    assert (lines[2]["percent"], lines[2]["share"], lines[2]["supply_only"]) == ("50", "0.5", "1")
    assert (await registry.get(f"/coverage.{file_format}", params={"area": "0202"})).status_code == 422


async def test_what_cannot_be_counted_is_refused(registry: Registry) -> None:
    await begin_history(registry)
    for params, pointer in (
        ({}, "query/year"),
        ({"year": "x"}, "query/year"),
        ({"year": 2026, "area": "2"}, "query/area"),
        ({"year": 2026, "area": "99"}, "query/area"),
        ({"year": 2026, "area": "02020101"}, "query/level"),
        ({"year": 2026, "area": "0202", "level": "province"}, "query/level"),
        ({"year": 2026, "level": "village"}, "query/level"),
    ):
        answer = await registry.get("/coverage", params=params)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percent_is_rounded_half_up(part: int, whole: int) -> None:
    assert percent(part, whole) == int(100 * part / whole + 0.5) or (200 * part + whole) % (2 * whole) == 0


async def begin_history(registry: Registry) -> None:
    """The areas of the fixture, since 2025, with their periods."""
    await registry.execute("DELETE FROM area_period")
    await registry.execute(
        "INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, version)"
        " SELECT id, code, level, parent_code, name_km, name_en, valid_from, version FROM area"
    )


async def say(registry: Registry, year: int, code: str, sides: dict[str, bool]) -> None:
    answer = await registry.client.http.put(
        f"/api/registry/v1/participations/{year}/{code}", headers=registry.world.as_("ncdds@"), json=sides
    )
    assert answer.status_code == 200, answer.text
