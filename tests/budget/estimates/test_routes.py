"""The yearly operating estimate, to the riel."""

from sqlalchemy import text

from services.budget.areas import Area
from shared.registry_copy import apply_changes
from tests.budget.conftest import API, Budget, area_changed


async def test_as_the_strategy_counts(budget: Budget) -> None:
    estimate = await budget.read("/estimate?basis=strategy")
    lines = [
        (line["level"], line["administrations"], line["per_administration"], line["total"], line["total_usd"])
        for line in estimate["lines"]
    ]
    assert lines == [
        ("province", 25, 80_000_000, 2_000_000_000, 500_000.0),
        ("district", 210, 8_000_000, 1_680_000_000, 420_000.0),
        ("commune", 1652, 4_000_000, 6_608_000_000, 1_652_000.0),
    ]
    assert estimate["total"] == 10_288_000_000
    assert (estimate["riel_per_usd"], estimate["total_usd"]) == (4000, 2_572_000.0)
    assert (estimate["basis"], estimate["effective_from"]) == ("strategy", 2025)
    assert "misprint" in estimate["lines"][0]["note_en"]
    assert estimate["source"]
    assert estimate["source_km"]
    assert await budget.read("/estimate") == estimate


async def test_as_the_gazetteer_counts(budget: Budget) -> None:
    areas = [area_changed(f"{n:02}") for n in range(1, 26)]
    areas += [area_changed(f"{1 + n % 25:02}{1 + n // 25:02}") for n in range(210)]
    areas += [area_changed(f"{1 + n % 25:02}{1 + n // 25 % 10:02}{1 + n // 250:02}") for n in range(1661)]
    areas += [area_changed("010101", status="closed"), area_changed("01010101")]
    async with budget.client.runtime.database.transaction() as db:
        await db.execute(text("DELETE FROM area"))
        await apply_changes(db, Area, areas)

    estimate = await budget.read("/estimate?basis=gazetteer")

    assert [line["administrations"] for line in estimate["lines"]] == [25, 210, 1661]
    assert [line["total"] for line in estimate["lines"]] == [2_000_000_000, 1_680_000_000, 6_644_000_000]
    assert estimate["total"] == 10_324_000_000


async def test_a_later_edition_holds_from_its_year_on(budget: Budget) -> None:
    async with budget.client.runtime.database.transaction() as db:
        await db.execute(
            text(
                "WITH edition AS (INSERT INTO estimate_edition (effective_from, riel_per_usd, source_km, source_en)"
                " VALUES (2031, 4200, 'ថ្មី', 'Later') RETURNING id) INSERT INTO estimate_figure"
                " SELECT id, 'province', 25, 90000001 FROM edition"
            )
        )
    assert (await budget.read("/estimate?year=2030"))["total"] == 10_288_000_000
    later = await budget.read("/estimate?year=2031")
    assert (later["total"], later["riel_per_usd"], later["source"]) == (2_250_000_025, 4200, "Later")
    assert later["total_usd"] == 535_714.29
    before = await budget.http.get(f"{API}/estimate", params={"year": 2024})
    assert (before.status_code, before.json()["code"]) == (404, "estimate_not_found")


async def test_an_unknown_basis_names_the_parameter(budget: Budget) -> None:
    answer = await budget.http.get(f"{API}/estimate", params={"basis": "guess"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/basis")
