"""Closing checks of who takes part: the coverage report against the units of the story."""

from typing import Any

from simulate.findings import Finding, finding
from simulate.places import KINDS, Commune, Unit
from simulate.preparing import SUPPORTER, is_supported
from simulate.year import Year


async def coverage(year: Year) -> Finding:
    """Every commune of the story is covered, every unit counted from both sides, in each district and the province."""
    wrong = []
    for district in year.districts:
        wrong += await _differences(year, district.code, district.communes, district.units)
    wrong += await _differences(year, str(year.province["code"]), year.communes, year.units)
    return finding(f"{len(year.communes)} communes and {len(year.units)} units on both sides", wrong)


async def _differences(year: Year, area: str, communes: list[Commune], units: list[Unit]) -> list[str]:
    report: dict[str, Any] = await year.public.get("registry", "/coverage", year=year.number, area=area)
    total = report["total"]
    by_kind = {kind["kind"]: kind for kind in total["units"]}
    expected = {kind: sum(unit.kind == kind for unit in units) for kind in KINDS}
    wrong = [
        f"{area} {kind}: {by_kind[kind]['both_sides']} for {number}"
        for kind, number in expected.items()
        if (by_kind[kind]["covered"], by_kind[kind]["both_sides"]) != (number, number)
    ]
    if (total["communes"]["covered"], total["communes"]["both_sides"]) != (len(communes), len(communes)):
        wrong.append(f"{area}: {total['communes']['covered']} communes for {len(communes)}")
    return wrong


async def support(year: Year) -> Finding:
    """The partner is named where it supports, and nowhere else."""
    supported = {unit.code for commune in year.communes if is_supported(year, commune) for unit in commune.units}
    listed = await year.public.items("registry", "/participations", year=year.number, area=str(year.province["code"]))
    support = {"supporter_id": year.books.supporter, "supporting_ngo": SUPPORTER}
    named = {item["code"] for item in listed if item.items() >= support.items()}
    return finding(f"{len(named)} of {len(listed)} units", sorted(named ^ supported))
