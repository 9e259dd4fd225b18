"""The village meetings: who came, what was tallied, and the indicators that citizens propose for their own unit."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from simulate.citizens import ATTRIBUTES, Citizen, Way, distributions
from simulate.client import refusal
from simulate.places import Ballot, Commune, Unit
from simulate.year import Attempt, Year

MEETING_WAYS: tuple[Way, ...] = ("ballot", "tally")
ONLOOKERS = 3
"""So many came, listened, and did not score."""
PROPOSALS = (
    ("បន្ទប់ទឹកស្អាត និងមានទឹកប្រើគ្រប់ពេល", "Clean toilets that always have water", 21),
    ("មានទឹក និងសាប៊ូសម្រាប់លាងដៃ", "Water and soap to wash the hands", 9),
    ("មានកៅអីអង្គុយរង់ចាំ", "Seats for those who wait", 4),
)
"""What citizens of one health centre would score beside the set; the first one is chosen, the second merged into it."""
REASON = "រាប់ខុស៖ តារាងត្រឹមត្រូវផ្ញើជាថ្មី / Counted wrongly: the right tally follows"


def today() -> str:
    """The day of all meetings of the story."""
    return datetime.now(UTC).date().isoformat()


async def choose_own_indicator(year: Year) -> None:
    """The citizens of the first health centre propose indicators; their facilitator merges two and chooses one."""
    commune, unit = _proposing(year)
    caf = commune.cafs[0]
    chosen, alike, _ = [year.id_of("proposal", unit.code, number) for number in range(len(PROPOSALS))]
    await asyncio.gather(*(_propose(year, number) for number in range(len(PROPOSALS))))
    await caf.post("scorecard", f"/proposals/{alike}:merge", {"proposal_id": chosen})
    await caf.post("scorecard", f"/proposals/{chosen}:choose", {"label_en": "Clean toilets with water"})


def _proposing(year: Year) -> tuple[Commune, Unit]:
    commune = year.communes[0]
    return commune, next(unit for unit in commune.units if unit.kind == "health_centre")


async def _propose(year: Year, number: int) -> None:
    commune, unit = _proposing(year)
    text_km, text_en, votes = PROPOSALS[number]
    body = {
        "id": year.id_of("proposal", unit.code, number),
        "round_id": year.round_id,
        "unit_code": unit.code,
        "text_km": text_km,
        "text_en": text_en,
        "votes": votes,
    }
    await commune.cafs[0].post("scorecard", "/proposals", body)


async def choose_too_late(year: Year) -> None:
    """Another proposal would change the ballot that citizens have filled in."""
    commune, unit = _proposing(year)
    path = f"/proposals/{year.id_of('proposal', unit.code, len(PROPOSALS) - 1)}:choose"
    answer = await refusal(commune.cafs[0].post("scorecard", path))
    year.books.attempts.append(Attempt("a new indicator after the first ballot", "already_scored", answer))


def attendance(people: Sequence[Citizen]) -> dict[str, int]:
    """Who came to a meeting; of those who only listened nothing is known but their number."""
    numbers = {"total": len(people) + ONLOOKERS, "female": sum(citizen.sex == "female" for citizen in people)}
    numbers["youth"] = sum(citizen.age_group == "youth" for citizen in people)
    return numbers | {name: sum(bool(getattr(citizen, name)) for citizen in people) for name in ATTRIBUTES}


async def hold(year: Year, commune: Commune, way: Way) -> None:
    """One sitting scores all three units; its record travels beside their scores, and some phones send it twice."""
    body = meeting(year, commune, way)
    await commune.cafs[0].post("scorecard", "/meetings", body)
    if Random(body["id"]).random() < 0.3:
        again = await commune.cafs[-1].post("scorecard", "/meetings", body)
        year.books.repeats["meetings"] += 1
        year.books.wrong_repeats += again["version"] != 1


def meeting(year: Year, commune: Commune, way: Way) -> dict[str, Any]:
    """The record of a meeting, as the facilitator's phone keeps it."""
    body: dict[str, Any] = {
        "id": year.id_of("meeting", commune.code, way),
        "round_id": year.round_id,
        "unit_codes": [unit.code for unit in commune.units],
        "held_on": today(),
        "start_time": "08:00",
        "end_time": "11:30",
        "attendance": attendance(commune.came(way)),
        "facilitators": len(commune.cafs),
    }
    if commune.villages:
        body["village_code"] = commune.villages[-1 if way == "tally" else 0]
    return body


def tally(year: Year, commune: Commune, unit: Unit) -> dict[str, Any]:
    """How those who raised their hands scored a unit: by sex and age group, and of which had an attribute."""
    shown = [ballot for ballot in unit.ballots if ballot.citizen.way == "tally"]
    groups: dict[tuple[str, str], list[Ballot]] = defaultdict(list)
    for ballot in shown:
        groups[ballot.citizen.sex, ballot.citizen.age_group].append(ballot)
    body = {
        "id": year.id_of("tally", unit.code),
        "round_id": year.round_id,
        "unit_code": unit.code,
        "held_on": today(),
        "meeting_id": year.id_of("meeting", commune.code, "tally"),
        "groups": [
            {"sex": sex, "age_group": age_group, **_counted(unit, group)} for (sex, age_group), group in groups.items()
        ],
        "of_which": [
            {"attribute": name, **_counted(unit, [ballot for ballot in shown if getattr(ballot.citizen, name)])}
            for name in ATTRIBUTES
        ],
    }
    if commune.villages:
        body["village_code"] = commune.villages[-1]
    return body


def _counted(unit: Unit, group: Sequence[Ballot]) -> dict[str, Any]:
    counts = distributions((ballot.scores for ballot in group), len(unit.indicators))
    return {"participants": len(group), "counts": counts}


async def send_after_days(year: Year, commune: Commune, ballots: Sequence[dict[str, Any]]) -> None:
    """A facilitator without signal for days sends meetings, ballots and tallies in one go, in any order; then again, as
    the phone saw no answer; then asks what is held.
    """
    tallies = [tally(year, commune, unit) for unit in commune.units]
    records = [{"kind": "meeting", **meeting(year, commune, way)} for way in MEETING_WAYS]
    records += [{"kind": "tally", **body} for body in tallies if body["groups"]]
    records += [{"kind": "ballot", **body} for body in ballots]
    Random(commune.code).shuffle(records)
    caf = commune.cafs[0]
    await caf.post("scorecard", "/records:sync", {"records": records})
    again = await caf.post("scorecard", "/records:sync", {"records": records})
    year.books.repeats["records of a phone"] += len(records)
    year.books.wrong_repeats += len(records) - int(again["duplicate"])
    held = await caf.post("scorecard", "/records:held", {"ids": [record["id"] for record in records]})
    year.books.wrong_repeats += len(held["missing"])


async def send_and_withdraw(year: Year, commune: Commune, right: dict[str, Any]) -> None:
    """A facilitator sends the tally of another unit's hands under this one's name, sees it, and takes it back."""
    wrong = right | {"id": year.id_of("wrong tally", right["unit_code"]), "of_which": []}
    caf = commune.cafs[-1]
    await caf.post("scorecard", "/tallies", wrong)
    await caf.post("scorecard", f"/tallies/{wrong['id']}:withdraw", {"reason": REASON})
