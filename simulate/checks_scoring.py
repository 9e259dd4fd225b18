"""Closing checks of participation, results and roll-ups: recomputed from what was sent, compared exactly."""

from typing import Any

from simulate.citizens import ATTRIBUTES, Citizen, Distribution, distributions, mean, median
from simulate.findings import Finding, finding
from simulate.meetings import MEETING_WAYS, attendance
from simulate.places import KINDS, Ballot, Unit, together
from simulate.year import Year

CLOSE_ENOUGH = 0.006
"""Averages are rounded to two digits by the API."""
FEWEST_SHOWN = 5
"""The round's threshold: numbers about fewer people are not shown."""


async def respondents(year: Year) -> Finding:
    """As many respondents and women as took part, in every district and over all: each scored three units."""
    wrong = []
    for district in year.districts:
        said = await _participation(year, district.code)
        people = len(district.citizens)
        women = sum(citizen.sex == "female" for citizen in district.citizens)
        if (said["participants"], said["female"], said["male"]) != (3 * people, 3 * women, 3 * (people - women)):
            wrong.append(f"{district.name_en}: {said['participants']} for {3 * people}")
    people = sum(len(district.citizens) for district in year.districts)
    women = sum(citizen.sex == "female" for district in year.districts for citizen in district.citizens)
    return finding(f"{people} respondents, {women} of them women, at three units each", wrong)


async def ballots(year: Year) -> Finding:
    """As many ballots and tallied participants as were sent, however often they were sent."""
    ways = [ballot.citizen.way for unit in year.units for ballot in unit.ballots]
    tallied = ways.count("tally")
    said = await _participation(year, str(year.province["code"]))
    repeats = sum(year.books.repeats.values())
    ok = said["ballots"] == len(ways) - tallied and said["tally_participants"] == tallied
    unknown = [f"{year.books.wrong_repeats} of {repeats} repeats not recognised"] if year.books.wrong_repeats else []
    sent = f"{len(ways) - tallied} ballots and {tallied} tallied, {repeats} of them sent again"
    return finding(f"{sent}: {said['ballots']} and {said['tally_participants']} counted", unknown, ok=ok)


async def _participation(year: Year, area: str) -> dict[str, Any]:
    found: dict[str, Any] = await year.public.get("scorecard", f"/rounds/{year.round_id}/participation", area=area)
    return found


async def units(year: Year) -> Finding:
    """Every unit's published result is what its citizens and staff scored."""
    wrong = []
    for unit in year.units:
        result = await year.public.get("scorecard", f"/rounds/{year.round_id}/units/{unit.code}/result")
        women = sum(ballot.citizen.sex == "female" for ballot in unit.ballots)
        people = (result["participants"], result["female"], result["male"], result["state"])
        if people != (len(unit.ballots), women, len(unit.ballots) - women, "completed"):
            wrong.append(f"{unit.code}: {people}")
        wrong += _differences(unit.code, result["indicators"], unit.indicators, unit.distributions())
        if [indicator["self_score"] for indicator in result["indicators"]] != unit.self_scores:
            wrong.append(f"{unit.code}: self-assessment")
    return finding(f"{len(year.units)} units", wrong)


def _differences(place: str, said: list[dict[str, Any]], codes: list[str], expected: list[Distribution]) -> list[str]:
    """Where the API's indicators are not those that follow from these distributions."""
    by_code = {indicator["code"]: indicator for indicator in said}
    wrong = []
    for code, distribution in zip(codes, expected, strict=True):
        found = by_code[code]
        exact = mean(distribution)
        close = found["mean"] is not None and exact is not None and abs(found["mean"] - exact) < CLOSE_ENOUGH
        same = (found["n"], found["distribution"], found["median"])
        if not close or same != (sum(distribution), distribution, median(distribution)):
            wrong.append(f"{place} {code}: {found} for {distribution}")
    return wrong


async def roll_ups(year: Year) -> Finding:
    """Commune, district, province and nation are the sums of their units."""
    code = str(year.province["code"])
    places = {"": year.units, code: year.units}
    places |= {district.code: district.units for district in year.districts}
    places |= {commune.code: commune.units for commune in year.communes}
    wrong = []
    for area, of_area in places.items():
        wrong += await _differences_of_area(year, area, of_area)
    return finding(f"{len(places)} areas", wrong)


async def _differences_of_area(year: Year, area: str, of_area: list[Unit]) -> list[str]:
    found = await year.public.get("scorecard", f"/rounds/{year.round_id}/results", area=area)
    place = area or "nation"
    if found["units_published"] != len(of_area):
        return [f"{place}: {found['units_published']} units for {len(of_area)}"]
    wrong = []
    by_kind = {kind["unit_kind"]: kind for kind in found["kinds"]}
    for kind in KINDS:
        of_kind = [unit for unit in of_area if unit.kind == kind]
        asked, said = of_kind[0].common_indicators, by_kind[kind]["indicators"]
        wrong += _differences(f"{place} {kind}", said, asked, together(of_kind))
        wrong += [f"{place} {kind}: {extra}" for extra in {entry["code"] for entry in said} - set(asked)]
    return wrong


async def meetings(year: Year) -> Finding:
    """Every meeting is recorded once, with those who came."""
    code = str(year.province["code"])
    found = await year.province_officer.items("scorecard", "/meetings", round_id=year.round_id, area=code)
    said = {item["id"]: item["attendance"] for item in found}
    held = {
        year.id_of("meeting", commune.code, way): attendance(commune.came(way))
        for commune in year.communes
        for way in MEETING_WAYS
    }
    wrong = [meeting for meeting in held if said.get(meeting) != held[meeting]]
    came = sum(numbers["total"] for numbers in held.values())
    return finding(
        f"{len(found)} meetings in {len(year.communes)} communes, {came} came", wrong, ok=len(said) == len(held)
    )


async def groups(year: Year) -> Finding:
    """What a unit's result tells of a group is what its people scored, and none of the groups it tells of is small."""
    wrong, told = [], 0
    for unit in year.units:
        path = f"/rounds/{year.round_id}/units/{unit.code}/result"
        result = await year.public.get("scorecard", path, groups=True)
        for said in result["groups"]:
            people = len(_of_group(unit, said))
            wrong += [] if said["participants"] == people else [f"{unit.code} {said} for {people}"]
        for position, indicator in enumerate(result["indicators"]):
            for said in indicator["groups"]:
                scores = (ballot.scores for ballot in _of_group(unit, said))
                expected = distributions(scores, len(unit.indicators))[position]
                small = 0 < sum(expected) < FEWEST_SHOWN
                told += 1
                wrong += [f"{unit.code} {said} for {expected}"] if small or said["distribution"] != expected else []
    return finding(f"{told} distributions of groups in {len(year.units)} units", wrong, ok=told > 0)


def _of_group(unit: Unit, group: dict[str, Any]) -> list[Ballot]:
    """The ballots of those who belong to a group of the API's."""
    return [ballot for ballot in unit.ballots if category_of(ballot.citizen, group["dimension"]) == group["category"]]


def category_of(citizen: Citizen, dimension: str) -> str:
    """Where a citizen is counted in a dimension."""
    if dimension == "sex_age":
        return f"{citizen.sex}_{citizen.age_group}"
    if dimension in ATTRIBUTES:
        return {True: "yes", False: "no", None: "undisclosed"}[getattr(citizen, dimension)]
    return str(getattr(citizen, dimension))
