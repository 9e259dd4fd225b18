"""The year's facilitators on record, trained, and seen by those who must: recorded by clerks, counted for everybody."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from simulate.client import Refused
from simulate.findings import Finding, finding
from simulate.names import WOMEN_AMONG_FACILITATORS, person, sex_of
from simulate.places import Commune, District
from simulate.preparing import SUPPORTER, is_supported
from simulate.progress import Chapter
from simulate.year import Year

SUPPORTER_KM = "អង្គការបណ្ដុះបណ្ដាលសហគមន៍ដើម្បីអភិវឌ្ឍន៍"
SHARE_IN_OFFICE = 0.13
"""Village officials or commune assistants among facilitators, as the strategy counts them."""


async def list_partner(year: Year) -> None:
    """The secretariat lists the partner's organisation, for which its account acts."""
    year.books.supporter = await _list_supporter(year)
    path = f"/organisations/{year.books.supporter}/accounts/{year.partner.id}"
    await year.ncdds.put("registry", path)


async def record_and_train(year: Year, chapter: Chapter) -> None:
    """Clerks record who facilitates now, and each district holds a training."""
    ready = await asyncio.gather(*(_ready_accounts(district) for district in year.districts))
    accounts = {code: account for found in ready for code, account in found.items()}
    await asyncio.gather(*(_record(year, commune, accounts.get(commune.code), chapter) for commune in year.communes))
    await asyncio.gather(*(_train(year, district) for district in year.districts))


async def _list_supporter(year: Year) -> str:
    body = {"kind": "ngo", "name_km": SUPPORTER_KM, "name_en": SUPPORTER, "short_name": "CTOD"}
    listed = await year.public.items("registry", "/organisations", kind="ngo", q=SUPPORTER)
    if not listed:
        try:
            return str((await year.ncdds.post("registry", "/organisations", body))["id"])
        except Refused as refused:
            if refused.code != "organisation_exists":
                raise
            listed = await year.public.items("registry", "/organisations", kind="ngo", q=SUPPORTER)
    return str(listed[0]["id"])


async def _ready_accounts(district: District) -> dict[str, str]:
    """The account of a facilitator that a demo has ready, by commune: whoever tries it finds a record, too."""
    names = {f"caf.{commune.code}": commune.code for commune in district.communes}
    accounts = await district.officer.items("registry", "/accounts")
    return {names[one["username"]]: one["id"] for one in accounts if one["username"] in names}


async def _record(year: Year, commune: Commune, ready: str | None, chapter: Chapter) -> None:
    """Who facilitated before has left; who does now is on record, with the account that the district gave."""
    before = await commune.clerk.items("registry", "/cafs", area=commune.code)
    leaving = {"reason": "term_ended"}
    await asyncio.gather(*(commune.clerk.post("registry", f"/cafs/{one['id']}:leave", leaving) for one in before))
    rng = Random(f"{year.seed}/{commune.code}/records")
    people = [(caf.name, caf.id) for caf in commune.cafs]
    people += [(person(rng, women=WOMEN_AMONG_FACILITATORS), ready)] if ready else []
    bodies = [
        {
            "name": name,
            "sex": sex_of(name),
            "birth_year": rng.randint(1960, 2004),
            "area_code": commune.code,
            "village_code": next(iter(commune.villages), None),
            "term_from": _new_year().isoformat(),
            "chosen_by": "election",
            "supporter_id": year.books.supporter if is_supported(year, commune) else None,
            "village_official": rng.random() < SHARE_IN_OFFICE,
            "account_id": account,
        }
        for name, account in people
    ]
    recorded = await asyncio.gather(*(commune.clerk.post("registry", "/cafs", body) for body in bodies))
    year.books.cafs[commune.code] = recorded
    chapter.advance(len(commune.cafs))


async def _train(year: Year, district: District) -> None:
    """The partner trains all of a district's facilitators, and the officer puts it down."""
    cafs = _cafs_of(year, district)
    by_sex = Counter(str(caf["sex"]) for caf in cafs)
    participants = [{"kind": "caf", "sex": sex, "number": number} for sex, number in sorted(by_sex.items())]
    body = {
        "topic": "scorecard",
        "organiser_id": year.books.supporter,
        "area_code": district.code,
        "held_from": _new_year().isoformat(),
        "held_until": _new_year().isoformat(),
        "participants": [*participants, {"kind": "official", "sex": "female", "number": 1}],
        "caf_ids": [caf["id"] for caf in cafs],
    }
    training = await district.officer.post("registry", "/trainings", body)
    year.books.trainings[district.code] = training["id"]


async def report(year: Year) -> Finding:
    """The facilitators' report counts in each commune those who were recorded there, women and offices among them."""
    shown = await year.public.get("registry", "/caf-report", area=str(year.province["code"]), level="commune")
    rows: dict[str, dict[str, Any]] = {row["area_code"]: row for row in shown["rows"]}
    wrong = []
    for commune in year.communes:
        cafs = year.books.cafs[commune.code]
        expected = {
            "cafs": len(cafs),
            "female": sum(caf["sex"] == "female" for caf in cafs),
            "impartiality": sum(caf["village_official"] for caf in cafs),
            "untrained": 0,
            "supported": len(cafs) if is_supported(year, commune) else 0,
        }
        told = {name: rows[commune.code][name] for name in expected}
        if told != expected:
            wrong.append(f"{commune.code}: {told} for {expected}")
    return finding(f"{sum(map(len, year.books.cafs.values()))} facilitators in {len(year.communes)} communes", wrong)


async def trainings(year: Year) -> Finding:
    """Each district's training names every facilitator of it, and the report counts as many participants or more."""
    wrong = []
    for district in year.districts:
        number = len(_cafs_of(year, district))
        held = await year.public.get("registry", f"/trainings/{year.books.trainings[district.code]}")
        day = _new_year().isoformat()
        period = {"from": day, "until": held["held_until"]}
        counted = (await year.public.get("registry", "/training-report", area=district.code, **period))["total"]
        if (held["cafs_named"], held["total"]) != (number, number + 1) or counted["total"] < number + 1:
            wrong.append(f"{district.code}: {held['cafs_named']} named, {counted['total']} counted for {number}")
    return finding(f"{len(year.books.trainings)} trainings", wrong)


async def privacy(year: Year) -> Finding:
    """The partner sees those whom it supports and nobody else; a facilitator the own record and no other."""
    shown = await year.partner.items("registry", "/cafs", area=str(year.province["code"]))
    listed = {one["id"] for one in shown if one["area_code"] in year.books.cafs}
    supported = {
        caf["id"] for commune in year.communes if is_supported(year, commune) for caf in year.books.cafs[commune.code]
    }
    wrong = [f"the partner: {caf_id}" for caf_id in sorted(listed ^ supported)]
    for commune in year.communes:
        somebody = commune.cafs[0]
        mine = await somebody.get("registry", "/cafs/mine")
        seen = await somebody.items("registry", "/cafs", area=commune.code)
        if [mine["id"]] != [one["id"] for one in seen] or mine["name"] != somebody.name:
            wrong.append(f"{somebody.name} sees {len(seen)}")
    return finding(f"the partner sees {len(listed)}, a facilitator one", wrong)


def _cafs_of(year: Year, district: District) -> list[dict[str, Any]]:
    return [caf for commune in district.communes for caf in year.books.cafs[commune.code]]


def _new_year() -> date:
    """The first day of the year in which it is played, whichever year is played: it has come, also for a term's end."""
    return date(datetime.now(UTC).year, 1, 1)
