"""Before the round: who works where, which units there are, what money is set aside, who wants to be told."""

import asyncio
from random import Random
from typing import Any

from simulate.actors import Actor, Office, admit_system, appoint
from simulate.citizens import citizens_of, turnouts
from simulate.client import once_known
from simulate.names import WOMEN_AMONG_FACILITATORS, person
from simulate.places import KINDS, Commune, District, Unit, UnitKind, choose_communes, find_districts
from simulate.progress import Chapter
from simulate.year import Envelope, Year

FIRST_YEAR = 2026
RIEL_PER_USD = 4000
EVENT_TYPES = (
    "isaf.scorecard.result.published.v1",
    "isaf.jaap.plan.opened.v1",
    "isaf.jaap.action.changed.v1",
    "isaf.jaap.funding.requested.v1",
    "isaf.budget.allocation.made.v1",
    "isaf.budget.allocation.released.v1",
)
MILLION = 1_000_000
SUPPORTER = "Community Training Organization for Development"
SHARE_SUPPORTED = 0.5


async def choose_year(year: Year) -> None:
    """The first year that nobody has planned a round for: played again on the same data, it is the next year."""
    rounds = await year.public.items("scorecard", "/rounds")
    taken = {item["year"] for item in rounds}
    year.number = next(number for number in range(FIRST_YEAR, 2101) if number not in taken)


async def find_places(year: Year) -> None:
    """The districts and communes of the story, and the citizens who will take part there."""
    year.province, year.districts = await find_districts(year.public, year.options.districts)
    per_district = year.options.communes_per_district
    chosen = [choose_communes(year.public, district, year.seed, per_district) for district in year.districts]
    await asyncio.gather(*chosen)
    for district, here in zip(year.districts, turnouts(year.seed, per_district), strict=False):
        for commune, turnout in zip(district.communes, here, strict=True):
            commune.citizens = citizens_of(f"{year.seed}/{commune.code}", turnout)


async def appoint_officers(year: Year) -> None:
    """The operator admits NCDDS; NCDDS the province, the districts and the partner."""
    rng = Random(f"{year.seed}/officers")
    code = str(year.province["code"])
    names = [person(rng) for _ in range(2 + len(year.districts))]
    year.ncdds = await appoint(year.operator, Office("ncdds", ""), names[0], year.number)
    offices = [Office("province_officer", code), *(Office("district_officer", each.code) for each in year.districts)]
    appointed = [
        appoint(year.ncdds, office, name, year.number) for office, name in zip(offices, names[1:], strict=True)
    ]
    partner_offices = [Office("partner", district.code) for district in year.districts]
    year.province_officer, *officers = await asyncio.gather(*appointed)
    for district, officer in zip(year.districts, officers, strict=True):
        district.officer = officer
    year.partner = await admit_system(year.ncdds, partner_offices, SUPPORTER)


async def establish_units(district: District) -> None:
    """A commune administration, a health centre and a primary school in each commune; those there are stay."""

    async def establish(commune: Commune, kind: UnitKind) -> Unit:
        known = await district.officer.items("registry", "/units", area=commune.code, kind=kind)
        standing = [unit for unit in known if unit["status"] == "open"]
        unit = standing[0] if standing else await district.officer.post("registry", "/units", _unit(commune, kind))
        return Unit(unit["code"], kind, commune.code, unit["name_km"], unit["name_en"])

    for commune in district.communes:
        commune.units = list(await asyncio.gather(*(establish(commune, kind) for kind in KINDS)))


def _unit(commune: Commune, kind: UnitKind) -> dict[str, Any]:
    name_km, name_en = {
        "commune_administration": (f"រដ្ឋបាលឃុំ សង្កាត់{commune.name_km}", f"{commune.name_en} commune administration"),
        "health_centre": (f"មណ្ឌលសុខភាព{commune.name_km}", f"{commune.name_en} health centre"),
        "primary_school": (f"សាលាបឋមសិក្សា{commune.name_km}", f"{commune.name_en} primary school"),
    }[kind]
    return {"kind": kind, "area_code": commune.code, "name_km": name_km, "name_en": name_en}


async def state_participation(year: Year, district: District) -> None:
    """The officer sends the year's list: every unit of the story from both sides, some with a partner's support."""
    rows = [
        f"{year.number},{unit.code},yes,yes,{SUPPORTER if is_supported(year, commune) else ''}"
        for commune in district.communes
        for unit in commune.units
    ]
    table = "\n".join(["year,code,supply_side,demand_side,supporting_ngo", *rows])
    await district.officer.upload("registry", "/participations:import?dry_run=false", table)


def is_supported(year: Year, commune: Commune) -> bool:
    """Whether the partner supports the commune this year; it has the means for about half of them."""
    return Random(f"{year.seed}/{commune.code}/support").random() < SHARE_SUPPORTED


def people_needed(year: Year) -> int:
    """How many accounts the communes get."""
    return sum(_facilitators(year, commune) + 2 + len(KINDS) for commune in year.communes)


def _facilitators(year: Year, commune: Commune) -> int:
    return Random(f"{year.seed}/{commune.code}/facilitators").choice((2, 3))


async def appoint_commune(year: Year, commune: Commune, chapter: Chapter) -> None:
    """The district officer admits the commune's facilitators, clerk and committee, and the tablets of its units."""
    officer = year.district_of(commune).officer
    rng = Random(f"{year.seed}/{commune.code}/people")

    async def fill(office: Office, name: str) -> Actor:
        actor = await appoint(officer, office, name, year.number)
        chapter.advance()
        return actor

    async def equip(unit: Unit) -> None:
        office = Office("provider", commune.code, unit.code)
        commune.providers[unit.code] = await admit_system(officer, [office], f"{unit.name_km} / {unit.name_en}")
        chapter.advance()

    offices = [Office("caf", commune.code, number=n + 1) for n in range(_facilitators(year, commune))]
    named = [(office, person(rng, women=WOMEN_AMONG_FACILITATORS)) for office in offices]
    named += [(Office(role, commune.code), person(rng)) for role in ("commune_clerk", "jaapc")]
    people, _ = await asyncio.gather(
        asyncio.gather(*(fill(*pair) for pair in named)), asyncio.gather(*(equip(unit) for unit in commune.units))
    )
    *commune.cafs, commune.clerk, commune.jaapc = people


async def listen_and_open_envelopes(year: Year) -> None:
    """The partner and an officer's dashboard listen before there is anything to be told."""
    await subscribe_partner(year)
    await year.dashboard.follow(year.districts[0].officer)
    await open_envelopes(year)


async def open_envelopes(year: Year) -> None:
    """The fiscal year, and what the bodies of the province set aside for the actions of the plans."""
    await year.ncdds.post("budget", "/fiscal-years", {"year": year.number, "riel_per_usd": RIEL_PER_USD})
    province, officer = year.province, year.province_officer
    code, name_km, name_en = str(province["code"]), province["name_km"], province["name_en"]
    bodies = [
        ("ministry_ncdds", "ministry", "", "លេខាធិការដ្ឋាន គ.ជ.អ.ប.", "NCDD secretariat", 400, year.ncdds),
        (
            "province",
            "administration",
            code,
            f"រដ្ឋបាលខេត្ត{name_km}",
            f"{name_en} provincial administration",
            300,
            officer,
        ),
        ("ngo", "ngo", code, "អង្គការអភិវឌ្ឍន៍ស្ត្រី", "Aphivat Strey", 120, officer),
    ]
    for district in year.districts:
        name_km, name_en = f"រដ្ឋបាលក្រុង ស្រុក{district.name_km}", f"{district.name_en} district administration"
        bodies.append(("district_fund", "administration", district.code, name_km, name_en, 80, district.officer))
        for commune in district.communes:
            name_km, name_en = f"រដ្ឋបាលឃុំ សង្កាត់{commune.name_km}", f"{commune.name_en} commune administration"
            bodies.append(("commune_fund", "administration", commune.code, name_km, name_en, 16, district.officer))
            name_km, name_en = f"មណ្ឌលសុខភាព{commune.name_km}", f"{commune.name_en} health centre"
            bodies.append(("health_centre", "health_centre", commune.code, name_km, name_en, 1, district.officer))
    year.books.envelopes = list(await asyncio.gather(*(_open_envelope(year, *body) for body in bodies)))


async def _open_envelope(
    year: Year, source: str, kind: str, area: str, name_km: str, name_en: str, millions: int, officer: Actor
) -> Envelope:
    amount = millions * MILLION
    body = {
        "id": year.id_of("envelope", source, area),
        "year": year.number,
        "fund_source": source,
        "body": {"kind": kind, "area_code": area, "name_km": name_km, "name_en": name_en},
        "amount": amount,
    }
    envelope = await once_known(f"budget to know area {area}", lambda: officer.post("budget", "/envelopes", body))
    return Envelope(envelope["id"], source, area, officer, amount, amount)


async def subscribe_partner(year: Year) -> None:
    """The partner wants to hear what happens in its districts, each with a secret of its own."""

    async def subscribe(district: District) -> None:
        body = {
            "url": year.receiver.open(district.code),
            "event_types": list(EVENT_TYPES),
            "area_code": district.code,
            "description": f"Social accountability in {district.name_en}, {year.number}",
        }
        what = f"notify to know area {district.code}"
        subscription = await once_known(what, lambda: year.partner.post("notify", "/subscriptions", body))
        while subscription["secret"] is None:  # the answer that showed it was lost; its repeat does not
            subscription = await year.partner.post("notify", f"/subscriptions/{subscription['id']}:rotate-secret")
        year.receiver.mailboxes[district.code].secret = subscription["secret"]
        year.subscriptions[district.code] = subscription["id"]

    await asyncio.gather(*(subscribe(district) for district in year.districts))


async def unsubscribe_partner(year: Year) -> None:
    """The year is over for the partner: nothing is sent any more to a receiver that is gone."""
    paths = [f"/subscriptions/{subscription}" for subscription in year.subscriptions.values()]
    await asyncio.gather(*(year.partner.change("notify", path, {"active": False}) for path in paths))
