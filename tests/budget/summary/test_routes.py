"""Asked, allocated, unfunded, and who pays, for any area."""

from typing import Any

import pytest

from tests.budget.conftest import API, YEAR, Budget, action_changed


@pytest.fixture
async def year(budget: Budget) -> Budget:
    """Two districts and another province with requests, some of them funded."""
    first, second = await budget.ask(1000, "020301"), await budget.ask(500, "020302")
    third, far = await budget.ask(300, "020401"), await budget.ask(200, "030101")
    dropped, later = await budget.ask(9999, "020301"), await budget.ask(8888, "020301", year=2028)
    assert later.year == 2028
    district = await budget.envelope(600, "0203")
    commune = await budget.envelope(150, "020301", fund_source="commune_fund")
    partner = await budget.envelope(2000, "", fund_source="development_partner")
    for request, envelope, amount in (
        (first, district, 400),
        (first, commune, 150),
        (second, partner, 500),
        (far, partner, 50),
        (dropped, partner, 1000),
    ):
        assert (await budget.allocate(request, envelope, amount)).status_code == 201
    back = (await budget.allocate(third, partner, 100)).json()
    await budget.http.post(
        f"{API}/allocations/{back['id']}:release", json={"reason": "test"}, headers=budget.world.as_("ncdds@")
    )
    await budget.hear(action_changed(dropped.action_id))
    return budget


def sums(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[name] for name in ("asked", "allocated", "unfunded", "envelopes_total", "envelopes_available"))


async def test_each_level_adds_up(year: Budget) -> None:
    for area, expected in {
        "": (2000, 1100, 900, 2750, 1650),
        "02": (1800, 1050, 750, 750, 200),
        "0203": (1500, 1050, 450, 750, 200),
        "020301": (1000, 550, 450, 150, 0),
        "020302": (500, 500, 0, 0, 0),
        "0204": (300, 0, 300, 0, 0),
        "03": (200, 50, 150, 0, 0),
        "0301": (200, 50, 150, 0, 0),
    }.items():
        summary = await year.read(f"/summary?year={YEAR}&area={area}")
        assert sums(summary) == expected, area
        assert (summary["year"], summary["area_code"]) == (YEAR, area)
        assert sum(source["allocated"] for source in summary["by_source"]) == summary["allocated"]
        assert sum(source["envelopes"] for source in summary["by_source"]) == summary["envelopes_total"]
        if summary["by_child"]:
            for name in ("asked", "allocated", "unfunded"):
                assert sum(child[name] for child in summary["by_child"]) == summary[name]


async def test_who_pays(year: Budget) -> None:
    summary = await year.read(f"/summary?year={YEAR}&area=0203")
    assert summary["by_source"] == [
        {"fund_source": "district_fund", "envelopes": 600, "allocated": 400},
        {"fund_source": "commune_fund", "envelopes": 150, "allocated": 150},
        {"fund_source": "development_partner", "envelopes": 0, "allocated": 500},
    ]


async def test_the_areas_one_level_below(year: Budget) -> None:
    nation = await year.read(f"/summary?year={YEAR}")
    names = ("area_code", "name_km", "name_en", "asked", "allocated", "unfunded")
    assert [tuple(child[name] for name in names) for child in nation["by_child"]] == [
        ("02", "តំបន់ 02", "Area 02", 1800, 1050, 750),
        ("03", "តំបន់ 03", "Area 03", 200, 50, 150),
    ]
    province = await year.read(f"/summary?year={YEAR}&area=02")
    assert [child["area_code"] for child in province["by_child"]] == ["0203", "0204"]
    assert (await year.read(f"/summary?year={YEAR}&area=020301"))["by_child"] == []


async def test_a_year_without_money(year: Budget) -> None:
    summary = await year.read("/summary?year=2026&area=02")
    assert sums(summary) == (0, 0, 0, 0, 0)
    assert summary["by_source"] == []
    assert [child["asked"] for child in summary["by_child"]] == [0, 0]


async def test_bad_input_names_the_parameter(budget: Budget) -> None:
    for query, pointer, code in [
        ("area=02", "query/year", "missing"),
        ("year=1990", "query/year", "greater_than_equal"),
        (f"year={YEAR}&area=2", "query/area", "string_pattern_mismatch"),
        (f"year={YEAR}&area=99", "query/area", "area_unknown"),
    ]:
        answer = await budget.http.get(f"{API}/summary?{query}")
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
