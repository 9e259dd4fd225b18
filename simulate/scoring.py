"""Citizens score their units, by phone and in meetings; the units' staff score themselves; results are published."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from simulate import meetings
from simulate.citizens import ATTRIBUTES, quality_of, scores_of, self_scores_of
from simulate.client import once_known, refusal
from simulate.places import Ballot, Commune, Unit
from simulate.progress import Chapter
from simulate.year import Attempt, Year

LATE = timedelta(days=2)
"""How long a phone was without signal."""
BATCH = 12
"""Ballots a facilitator sends at once."""


async def open_round(year: Year) -> None:
    """NCDDS opens the year's round in the districts; the facilitators fetch what their units' QR codes carry."""
    body = {
        "year": year.number,
        "title_km": f"ការវាយតម្លៃដោយប្រជាពលរដ្ឋ ខេត្ត{year.province['name_km']} {year.number}",
        "title_en": f"Citizen scoring, {year.province['name_en']} {year.number}",
        "area_codes": [district.code for district in year.districts],
    }
    planned = await once_known("scorecard to know the districts", lambda: year.ncdds.post("scorecard", "/rounds", body))
    year.round_id = planned["id"]
    await year.ncdds.post("scorecard", f"/rounds/{year.round_id}:open")

    async def fetch_link(commune: Commune, unit: Unit) -> None:
        path = f"/rounds/{year.round_id}/units/{unit.code}/ballot-link"
        link = await once_known(f"a scorecard for {unit.code}", lambda: commune.cafs[0].get("scorecard", path))
        unit.ballot_token = link["ballot_token"]
        form_path = f"/ballot-forms/{unit.ballot_token}"
        form = await once_known(f"the ballot of {unit.code}", lambda: year.public.get("scorecard", form_path))
        asked = [*form["indicators"], *form["own_indicators"]]
        unit.indicators, unit.own = [indicator["code"] for indicator in asked], len(form["own_indicators"])
        _think(year, commune, unit)

    pairs = [(commune, unit) for commune in year.communes for unit in commune.units]
    await fetch_link(*pairs[-1])  # once the youngest unit is known, the others are
    await meetings.choose_own_indicator(year)
    await asyncio.gather(*(fetch_link(*pair) for pair in pairs[:-1]))


def _think(year: Year, commune: Commune, unit: Unit) -> None:
    """What everybody thinks of the unit, from the seed."""
    seed = f"{year.seed}/{unit.code}"
    quality = quality_of(seed, len(unit.indicators))
    rng = Random(f"{seed}/ballots")
    unit.ballots = [
        Ballot(year.id_of("ballot", unit.code, citizen.number), citizen, scores_of(rng, quality, citizen.sex))
        for citizen in commune.citizens
    ]
    unit.self_scores = self_scores_of(rng, quality)


def ballots_in_all(year: Year) -> int:
    """How many ballots there will be: three from every respondent."""
    return sum(len(unit.ballots) for unit in year.units)


async def score(year: Year, chapter: Chapter) -> None:
    """Phones and meetings, then the phones that had no signal when their owners scored."""
    ways = []
    for commune in year.communes:
        ways.append(_in_one_go(year, commune, chapter) if commune.remote else _in_turn(year, commune, chapter))
        for unit in commune.units:
            by_phone = [ballot for ballot in unit.ballots if ballot.citizen.way == "phone"]
            ways += [_by_phone(year, commune, unit, ballot, chapter) for ballot in by_phone if not ballot.citizen.late]
            ways.append(_assess_itself(year, commune, unit))
    await asyncio.gather(*ways)
    late = [
        _by_phone(year, commune, unit, ballot, chapter)
        for commune in year.communes
        for unit in commune.units
        for ballot in unit.ballots
        if ballot.citizen.late
    ]
    await asyncio.gather(*late)
    await _send_a_mistake(year, year.communes[0])
    await meetings.choose_too_late(year)


async def _send_a_mistake(year: Year, commune: Commune) -> None:
    """One ballot of a batch has a score off the scale: it alone is refused, the one beside it is known already."""
    unit = commune.units[0]
    good = _ballot(year, commune, unit, next(ballot for ballot in unit.ballots if ballot.citizen.way == "ballot"))
    bad = good | {"id": year.id_of("mistake"), "scores": [9] * len(unit.indicators)}
    batch = await commune.cafs[0].post("scorecard", "/ballots:batch", {"ballots": [bad, good]})
    year.books.repeats["ballots of a meeting"] += 1
    answer = " and ".join(item["status"] for item in batch["items"])
    year.books.attempts.append(Attempt("a score off the scale", "rejected and duplicate", answer))


async def _by_phone(year: Year, commune: Commune, unit: Unit, ballot: Ballot, chapter: Chapter) -> None:
    citizen = ballot.citizen
    body = _ballot(year, commune, unit, ballot) | {
        "ballot_token": unit.ballot_token,
        "device_id": year.id_of("phone", unit.commune_code, citizen.number),
    }
    if citizen.late:
        body["cast_at"] = (datetime.now(UTC) - LATE).isoformat()
    await year.public.post("scorecard", "/ballots", body)
    chapter.advance()
    if citizen.sends_twice:
        again = await year.public.post("scorecard", "/ballots", body)
        year.books.repeats["ballots by phone"] += 1
        year.books.wrong_repeats += again["status"] != "duplicate"
    if citizen.scores_again:
        other = body | {"id": year.id_of("second ballot", unit.code, citizen.number)}
        answer = await refusal(year.public.post("scorecard", "/ballots", other))
        year.books.attempts.append(Attempt("a second ballot from the same phone", "already_scored", answer))


def _ballot(year: Year, commune: Commune, unit: Unit, ballot: Ballot) -> dict[str, Any]:
    citizen = ballot.citizen
    body = {
        "id": ballot.id,
        "round_id": year.round_id,
        "unit_code": unit.code,
        "scores": ballot.scores,
        "sex": citizen.sex,
        "age_group": citizen.age_group,
        "village_code": commune.village_of(citizen),
        **{name: getattr(citizen, name) for name in ATTRIBUTES},
    }
    if citizen.way == "ballot":
        body["meeting_id"] = year.id_of("meeting", commune.code, "ballot")
    return {name: value for name, value in body.items() if value is not None}


async def _in_turn(year: Year, commune: Commune, chapter: Chapter) -> None:
    """Where there is signal, each record of the meetings is sent when it is made."""
    ways = [meetings.hold(year, commune, way) for way in meetings.MEETING_WAYS]
    for unit in commune.units:
        ways += [_in_meeting(year, commune, unit, chapter), _by_tally(year, commune, unit, chapter)]
    await asyncio.gather(*ways)


async def _in_one_go(year: Year, commune: Commune, chapter: Chapter) -> None:
    """Where there is none, all records of the meetings are sent days later."""
    recorded = [(unit, ballot) for unit in commune.units for ballot in unit.ballots if ballot.citizen.way == "ballot"]
    await meetings.send_after_days(year, commune, [_ballot(year, commune, *pair) for pair in recorded])
    chapter.advance(len(recorded) + len(commune.units) * len(commune.came("tally")))


async def _in_meeting(year: Year, commune: Commune, unit: Unit, chapter: Chapter) -> None:
    """A facilitator records one ballot per participant, offline, and sends them in batches; every third one twice."""
    ballots = [ballot for ballot in unit.ballots if ballot.citizen.way == "ballot"]
    for start in range(0, len(ballots), BATCH):
        batch = ballots[start : start + BATCH]
        caf = commune.cafs[start // BATCH % len(commune.cafs)]
        body = {"ballots": [_ballot(year, commune, unit, ballot) for ballot in batch]}
        await caf.post("scorecard", "/ballots:batch", body)
        chapter.advance(len(batch))
        if Random(batch[0].id).random() < 0.34:
            again = await caf.post("scorecard", "/ballots:batch", body)
            year.books.repeats["ballots of a meeting"] += len(batch)
            year.books.wrong_repeats += len(batch) - int(again["duplicate"])


async def _by_tally(year: Year, commune: Commune, unit: Unit, chapter: Chapter) -> None:
    """Some participants raise their hands; a facilitator records how many of each group gave which score."""
    body = meetings.tally(year, commune, unit)
    if not body["groups"]:
        return
    if commune is year.communes[0]:
        await meetings.send_and_withdraw(year, commune, body)
    first = await commune.cafs[-1].post("scorecard", "/tallies", body)
    chapter.advance(sum(group["participants"] for group in body["groups"]))
    if unit.kind == "health_centre":
        again = await commune.cafs[-1].post("scorecard", "/tallies", body)
        year.books.repeats["tallies"] += 1
        year.books.wrong_repeats += again["id"] != first["id"]


async def _assess_itself(year: Year, commune: Commune, unit: Unit) -> None:
    body = {
        "id": year.id_of("self-assessment", unit.code),
        "round_id": year.round_id,
        "unit_code": unit.code,
        "scores": unit.self_scores,
    }
    await commune.providers[unit.code].post("scorecard", "/self-assessments", body)


async def publish(year: Year, chapter: Chapter) -> None:
    """A facilitator submits each unit's scorecard; the district officer, and nobody else, publishes its result."""
    await _try_to_publish_wrongly(year)

    async def publish_one(commune: Commune, unit: Unit) -> None:
        path = f"/rounds/{year.round_id}/units/{unit.code}"
        await commune.cafs[0].post("scorecard", f"{path}:submit")
        await year.district_of(commune).officer.post("scorecard", f"{path}:publish")
        chapter.advance()

    await asyncio.gather(*(publish_one(commune, unit) for commune in year.communes for unit in commune.units))


async def _try_to_publish_wrongly(year: Year) -> None:
    commune = year.communes[0]
    path = f"/rounds/{year.round_id}/units/{commune.units[0].code}:publish"
    answer = await refusal(commune.cafs[0].post("scorecard", path))
    year.books.attempts.append(Attempt("a facilitator publishing a result", "permission_missing", answer))
    neighbour = year.districts[-1]
    if not commune.code.startswith(neighbour.code):
        answer = await refusal(neighbour.officer.post("scorecard", path))
        what = "an officer publishing in the neighbouring district"
        year.books.attempts.append(Attempt(what, "area_not_covered", answer))


async def close_round(year: Year) -> None:
    """The round closes for good: a ballot that comes now is refused."""
    await year.ncdds.post("scorecard", f"/rounds/{year.round_id}:close")
    unit = year.units[0]
    body = _ballot(year, year.communes[0], unit, unit.ballots[0]) | {
        "id": year.id_of("late ballot"),
        "ballot_token": unit.ballot_token,
        "device_id": year.id_of("late phone"),
    }
    answer = await refusal(year.public.post("scorecard", "/ballots", body))
    year.books.attempts.append(Attempt("a ballot after the round closed", "round_closed", answer))
