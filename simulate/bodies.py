"""The year's bodies: recognised, with members, and their meetings, of which some were late and some never held."""

import asyncio
from calendar import monthrange
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from simulate.actors import Actor
from simulate.findings import Finding, finding
from simulate.names import person, sex_of
from simulate.places import Commune, District
from simulate.preparing import FIRST_YEAR
from simulate.progress import Chapter
from simulate.year import Body, Year

RECOGNISED_ON = "2005-01-01"
"""Long ago: a year that is played again has the meetings of one calendar year earlier."""
MARGIN = timedelta(days=45)
"""So long after a calendar year no window of it can be made up for any more."""
EVERY_MONTHS = {"jaapc": 1, "working_group": 2, "caf_network": 3}
"""The strategy's duties of the bodies in the story."""
MEETS_ON = 20
"""Of a window's last month; late it is on the third day after."""
MEMBERS = 5
POSITIONS = ("ប្រធាន", "អនុប្រធាន", "លេខាធិការ", "សមាជិក", "សមាជិក")


async def recognise_and_meet(year: Year, chapter: Chapter) -> None:
    """Officers recognise the bodies of their districts; phones send a year's meetings at once, some of them twice."""
    found = await asyncio.gather(*(_recognise(year, district) for district in year.districts))
    year.books.bodies = [body for bodies in found for body in bodies]
    await asyncio.gather(*(_meet(year, body, chapter) for body in year.books.bodies))


async def _recognise(year: Year, district: District) -> list[Body]:
    places = [("working_group", district.code), ("caf_network", district.code)]
    places += [("jaapc", commune.code) for commune in district.communes]
    rows = [f"{kind},{area},Decision of the administration {area},{RECOGNISED_ON}" for kind, area in places]
    table = "\n".join(["kind,area_code,recognised_by,recognised_on", *rows])
    await district.officer.upload("registry", "/bodies:import?dry_run=false", table)
    listed = await year.public.items("registry", "/bodies", area=district.code, active=True)
    bodies = [body for body in listed if (body["kind"], body["area_code"]) in places]
    await _seat(year, district, [body for body in bodies if not body["members"]["total"]])
    return [Body(body["id"], body["kind"], body["area_code"]) for body in bodies]


async def _seat(year: Year, district: District, bodies: list[dict[str, Any]]) -> None:
    """Let people sit in bodies that have none yet."""
    rows = []
    for body in bodies:
        rng = Random(f"{year.seed}/{body['kind']}/{body['area_code']}")
        names = {person(rng) for _ in range(MEMBERS)}
        for name, position in zip(sorted(names), POSITIONS, strict=False):
            rows.append(f"{body['kind']},{body['area_code']},{name},{sex_of(name)},{position},{RECOGNISED_ON}")
    if rows:
        table = "\n".join(["kind,area_code,name,sex,position,term_from", *rows])
        await district.officer.upload("registry", "/body-members:import?dry_run=false", table)


async def _meet(year: Year, body: Body, chapter: Chapter) -> None:
    """All meetings of a body in one go; where the answer was lost, once more."""
    rng = Random(f"{year.seed}/{body.kind}/{body.area_code}/meetings")
    meetings = []
    for month in range(EVERY_MONTHS[body.kind], 13, EVERY_MONTHS[body.kind]):
        end = date(_calendar_year(year), month, monthrange(_calendar_year(year), month)[1])
        body.fates[end] = rng.choices(("held", "late", "missed"), (85, 7, 8))[0]
        held_on = end + timedelta(days=3) if body.fates[end] == "late" else end.replace(day=MEETS_ON)
        if body.fates[end] != "missed":
            meetings.append(_meeting(year, body, held_on, women=rng.randint(1, 3)))
    sender = _sender(year, body)
    await sender.post("registry", "/body-meetings:sync", {"meetings": meetings})
    if rng.random() < 0.3:
        again = await sender.post("registry", "/body-meetings:sync", {"meetings": meetings})
        year.books.repeats["meetings of bodies"] += len(meetings)
        year.books.wrong_repeats += len(meetings) - int(again["duplicate"])
    chapter.advance(len(meetings))


def _meeting(year: Year, body: Body, held_on: date, women: int) -> dict[str, Any]:
    return {
        "id": year.id_of("body meeting", body.id, held_on),
        "body_id": body.id,
        "held_on": str(held_on),
        "place": "សាលាប្រជុំ",
        "attendance": {"female": women, "male": MEMBERS - women},
        "agenda": ["វឌ្ឍនភាពនៃសកម្មភាព ផ.ស.រ.គ.", "ថវិកា / Budget"],
        "decisions": ["តាមដានសកម្មភាពដែលយឺតយ៉ាវ"],
    }


def _sender(year: Year, body: Body) -> Actor:
    """Who sends a body's meetings: a committee's member or a facilitator, a district's officer."""
    commune: Commune | None = next((each for each in year.communes if each.code == body.area_code), None)
    if commune is None:
        return next(district.officer for district in year.districts if district.code == body.area_code)
    return commune.cafs[0] if commune.remote else commune.jaapc


def _calendar_year(year: Year) -> int:
    """The last calendar year that is over for good; for a year that is played again, one before."""
    return (datetime.now(UTC).date() - MARGIN).year - 1 - (year.number - FIRST_YEAR)


async def duties(year: Year) -> Finding:
    """The duty report counts of every body what was held, late and missed."""
    wrong = []
    for district in year.districts:
        shown = await _report(year, "/duty-report", district, level="commune")
        told = {
            (kind["kind"], row["area_code"]): {name: kind[name] for name in ("held", "late", "missed")}
            for row in (*shown["rows"], shown["total"])
            for kind in row["kinds"]
            if row is not shown["total"] or kind["level"] == "district"
        }
        for body in _bodies_of(year, district):
            counted = Counter(body.fates.values())
            expected = {name: counted[name] for name in ("held", "late", "missed")}
            if told.get((body.kind, body.area_code)) != expected:
                wrong.append(f"{body.kind} {body.area_code}: {told.get((body.kind, body.area_code))} for {expected}")
    windows = Counter(fate for body in year.books.bodies for fate in body.fates.values())
    counts = ", ".join(f"{number} {fate}" for fate, number in sorted(windows.items()))
    return finding(f"{len(year.books.bodies)} bodies: {counts}", wrong)


async def missed(year: Year) -> Finding:
    """The list of missed windows names those that no body of the story met in, and no others of theirs."""
    wrong = []
    number = 0
    for district in year.districts:
        bodies = {body.id: body for body in _bodies_of(year, district)}
        listed = (await _report(year, "/duty-report/missed", district, limit=500))["items"]
        told = {(item["body_id"], item["window_end"]) for item in listed if item["body_id"] in bodies}
        expected = {
            (body.id, str(end)) for body in bodies.values() for end, fate in body.fates.items() if fate == "missed"
        }
        number += len(expected)
        wrong += [f"{bodies[body_id].kind} {bodies[body_id].area_code} {end}" for body_id, end in told ^ expected]
    return finding(f"{number} missed", sorted(wrong))


async def _report(year: Year, path: str, district: District, **params: Any) -> dict[str, Any]:
    number = _calendar_year(year)
    period = {"from": f"{number}-01-01", "until": f"{number}-12-31"}
    shown: dict[str, Any] = await year.public.get("registry", path, area=district.code, **period, **params)
    return shown


def _bodies_of(year: Year, district: District) -> list[Body]:
    return [body for body in year.books.bodies if body.area_code.startswith(district.code)]
