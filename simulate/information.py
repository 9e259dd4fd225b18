"""Information for citizens: units tell the facts of their year, officers publish them, citizens read them."""

import asyncio
from random import Random
from typing import Any

import httpx

from simulate.client import Refused, eventually
from simulate.findings import Finding, finding
from simulate.places import KINDS, Commune, District, Unit
from simulate.progress import Chapter
from simulate.year import Year

OVERRIDDEN, FEE = "outpatient", 2_500
"""One health centre asks another fee than its kind."""
THOUSAND = 1_000
USUAL = {
    "births_registered": (60, 320),
    "council_meetings": (10, 12),
    "outpatients": (2_400, 14_000),
    "deliveries": (40, 260),
    "poor_exempted": (150, 1_900),
    "staff": (5, 12),
    "midwives": (2, 5),
    "pupils": (260, 620),
    "pupils_female": (120, 250),
    "teachers": (6, 16),
    "dropout_rate": (1, 9),
    "promotion_rate": (82, 99),
}
"""Between what a number lies in a unit of the usual size, so that posters of the demo read like real ones."""


async def publish(year: Year, chapter: Chapter) -> None:
    """Clerks send their units' facts, officers approve them and have the packs of their district published."""
    asked = await asyncio.gather(*(year.public.items("registry", "/data-elements", kind=kind) for kind in KINDS))
    elements = dict(zip(KINDS, asked, strict=True))
    await _ask_another_fee(year)
    await asyncio.gather(*(_tell_facts(year, commune, elements) for commune in year.communes))
    await asyncio.gather(*(_publish_district(year, district, chapter) for district in year.districts))


async def packs(year: Year) -> Finding:
    """Every unit's pack holds its facts to the last number and its own fee, and the report counts it."""
    wrong = []
    for unit in year.units:
        pack = await year.public.get("registry", f"/units/{unit.code}/pack", year=year.number)
        told = {fact["code"]: fact["value"] for fact in pack["facts"] if fact["year"] == year.number}
        fees = {standard["code"]: standard["fee_riel"] for standard in pack["standards"]}
        if told != year.books.facts[unit.code] or (unit is _overriding(year) and fees[OVERRIDDEN] != FEE):
            wrong.append(unit.code)
    for district in year.districts:
        report = await year.public.get("registry", "/pack-report", year=year.number, area=district.code)
        counted = (report["total"]["facts_approved"], report["total"]["packs"] >= len(district.units))
        if counted != (len(district.units), True):
            wrong.append(f"{district.code}: {counted}")
    return finding(f"{len(year.units)} packs, {sum(map(len, year.books.facts.values()))} facts", wrong)


async def feed(year: Year) -> Finding:
    """A phone that follows its district learns which packs there are, and reads one where it is told to."""
    wrong = []
    for district in year.districts:
        told: dict[str, dict[str, Any]] = {}
        answer: dict[str, Any] = {"more": True}
        while answer["more"]:
            asked = {"area": district.code, "kinds": "pack"} | ({"since": answer["since"]} if "since" in answer else {})
            answer = await year.public.get("registry", "/changes", **asked)
            told |= {item["data"]["unit_code"]: item["data"] for item in answer["items"] if not item["gone"]}
        for unit in district.units:
            years = {pack["year"]: pack["version"] for pack in told.get(unit.code, {"packs": []})["packs"]}
            if year.number not in years:
                wrong.append(f"{unit.code}: {years}")
        first = told[district.units[0].code]
        pack = await year.public.get("registry", first["pack"].partition("/v1")[2])
        if pack["version"] != first["packs"][0]["version"]:
            wrong.append(f"{first}: {pack['version']}")
    return finding(f"{len(year.units)} units' packs told", wrong)


async def pages(year: Year) -> Finding:
    """A unit of each district has a page in Khmer and in English that names it and its year."""
    wrong = []
    async with year.api.line() as line:
        for unit in (district.units[0] for district in year.districts):
            for language, name in (("km", unit.name_km), ("en", unit.name_en)):
                parameters: dict[str, Any] = {"lang": language, "year": year.number}
                try:
                    page = await line.get(f"/i4c/{unit.code}", params=parameters)
                except httpx.TransportError as error:
                    return False, f"{unit.code}: {type(error).__name__}"
                if page.status_code != httpx.codes.OK or name not in page.text or "<script" in page.text:
                    wrong.append(f"{unit.code} ({language}): {page.status_code}")
    return finding(f"{2 * len(year.districts)} pages read", wrong)


async def _ask_another_fee(year: Year) -> None:
    unit = _overriding(year)
    commune = next(commune for commune in year.communes if unit in commune.units)
    path = f"/units/{unit.code}/standards/{OVERRIDDEN}"
    try:
        await commune.providers[unit.code].put("registry", path, {"fee_riel": FEE})
    except Refused as refused:
        said_before = refused.status == httpx.codes.PRECONDITION_REQUIRED  # in another year, or its answer was lost
        if not said_before:
            raise


async def _tell_facts(year: Year, commune: Commune, elements: dict[str, list[dict[str, Any]]]) -> None:
    """One file for each kind of unit; what is sent is handed on to the officers at once."""
    for unit in commune.units:
        facts = _facts(Random(f"{year.seed}/{unit.code}/facts"), elements[unit.kind])
        year.books.facts[unit.code] = facts
        table = f"unit_code,{','.join(facts)}\n{unit.code},{','.join(map(str, facts.values()))}\n"
        path = f"/facts:import?kind={unit.kind}&year={year.number}&dry_run=false&submit=true"
        await commune.clerk.upload("registry", path, table)


def _facts(rng: Random, elements: list[dict[str, Any]]) -> dict[str, int | float]:
    """A number for each data element that is one."""
    asked = {one["code"]: one["value_type"] for one in elements if one["active"]}
    return {code: _number(rng, code, value_type) for code, value_type in asked.items() if value_type != "text"}


def _number(rng: Random, code: str, value_type: str) -> int | float:
    if value_type == "percent":
        return round(rng.uniform(*USUAL.get(code, (40, 99))), 1)
    if value_type == "riel":
        return rng.randint(1_000, 60_000) * THOUSAND
    return rng.randint(*USUAL.get(code, (1, 400)))


async def _publish_district(year: Year, district: District, chapter: Chapter) -> None:
    codes = [unit.code for unit in district.units]
    body = {"year": year.number, "unit_codes": codes}
    for one in await district.officer.post("registry", "/fact-sheets:approve", body):
        if one["outcome"] != "accepted":
            raise ValueError(f"{one['unit_code']}: {one['code']}")
    job = await district.officer.post("registry", "/pack-jobs", {"area": district.code, "year": year.number})

    async def done() -> dict[str, Any] | None:
        seen: dict[str, Any] = await district.officer.get("registry", f"/pack-jobs/{job['id']}")
        return seen if seen["status"] == "done" else None

    await eventually(f"the packs of {district.code}", done)
    chapter.advance(len(codes))


def _overriding(year: Year) -> Unit:
    return next(unit for unit in year.units if unit.kind == "health_centre")
