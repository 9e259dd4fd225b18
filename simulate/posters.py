"""Posters: fetched to be printed, put up in the communes, and reported."""

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx

from simulate.findings import Finding, finding
from simulate.places import Commune, Unit
from simulate.progress import Chapter
from simulate.year import Year

CAMBODIA = timezone(timedelta(hours=7))
TEXT, LANGUAGE = b"/ToUnicode", b"/Lang"
"""What a PDF holds whose text can be searched and read aloud."""


async def put_up(year: Year, chapter: Chapter) -> None:
    """A facilitator's phone tells of each unit's poster, twice, as the answer was lost; one poster is not put up."""
    await asyncio.gather(*(_put_up(year, commune, chapter) for commune in year.communes))


async def printed(year: Year) -> Finding:
    """A unit has a poster in Khmer, another one in English, each made once and holding text."""
    wrong = []
    async with year.api.line() as line:
        for unit, language in ((year.units[0], "km"), (year.units[-1], "en")):
            parameters: dict[str, Any] = {"year": year.number, "size": "a4", "lang": language}
            path = f"/api/registry/v1/units/{unit.code}/poster.pdf"
            try:
                poster = await line.get(path, params=parameters)
                tag = {"If-None-Match": poster.headers.get("etag", "")}
                again = await line.get(path, params=parameters, headers=tag)
            except httpx.TransportError as error:
                return False, f"{unit.code}: {type(error).__name__}"
            whole = poster.content.startswith(b"%PDF") and poster.content.rstrip().endswith(b"%%EOF")
            if not whole or TEXT not in poster.content or LANGUAGE not in poster.content:
                wrong.append(f"{unit.code} ({language}): {poster.status_code}, {len(poster.content)} bytes")
            if again.status_code != httpx.codes.NOT_MODIFIED:
                wrong.append(f"{unit.code} ({language}) again: {again.status_code}")
    return finding("2 posters", wrong)


async def report(year: Year) -> Finding:
    """Every poster that was put up is counted once, and the one that was not is named."""
    wrong = []
    for district in year.districts:
        asked = {"year": year.number, "area": district.code}
        listed = await year.public.items("registry", "/posting-report/units", **asked)
        told = {one["unit_code"]: one["status"] for one in listed}
        wrong += [unit.code for unit in district.units if told.get(unit.code) != _expected(year, unit)]
        total = (await year.public.get("registry", "/posting-report", **asked))["total"]
        if total["not_posted"] != sum(status == "not_posted" for status in told.values()):
            wrong.append(f"{district.code}: {total}")
    return finding(f"{len(year.units) - 1} posters hang, {_left_out(year).code} has none", wrong)


async def _put_up(year: Year, commune: Commune, chapter: Chapter) -> None:
    packs = await year.public.items("registry", "/posting-report/units", year=year.number, area=commune.code)
    versions = {one["unit_code"]: one["pack_version"] for one in packs}
    today = datetime.now(CAMBODIA).date().isoformat()
    postings = [
        {
            "id": str(uuid4()),
            "unit_code": unit.code,
            "year": year.number,
            "pack_version": versions[unit.code],
            "posted_on": today,
            "place": "ជញ្ជាំងមុខអគារ",
            "size": "a3",
        }
        for unit in commune.units
        if unit is not _left_out(year)
    ]
    for _ in range(2 if postings else 0):
        answer = await commune.cafs[0].post("registry", "/postings:sync", {"postings": postings})
        if answer["conflict"] or answer["rejected"]:
            raise ValueError(f"postings of {commune.code}: {answer['items']}")
    chapter.advance(len(postings))


def _expected(year: Year, unit: Unit) -> str:
    return "not_posted" if unit is _left_out(year) else "posted"


def _left_out(year: Year) -> Unit:
    return year.units[-1]
