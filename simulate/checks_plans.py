"""Closing checks of plans, actions and money."""

from typing import Any

from simulate.findings import Finding, finding
from simulate.year import Year

ESTIMATE = 10_288_000_000
"""25 provinces, 210 districts and 1,652 communes at the strategy's rates, in riel a year."""


async def agendas(year: Year) -> Finding:
    """Every published unit has its weakest indicators on the agenda of its commune's one plan of the year."""
    plans = await year.public.items("jaap", "/plans", year=year.number, area=year.province["code"])
    by_commune = {plan["area_code"]: plan for plan in plans}
    on_agenda = {(plan["area_code"], item["unit_code"]) for plan in plans for item in plan["agenda"]}
    missing = [unit.code for unit in year.units if (unit.commune_code, unit.code) not in on_agenda]
    whole = len(plans) == len(by_commune) == len(year.communes)
    return finding(f"{len(plans)} plans for {len(year.communes)} communes", missing, ok=whole)


async def _actions(year: Year) -> dict[str, dict[str, Any]]:
    items = await year.public.items("jaap", "/actions", area=year.province["code"], year=year.number)
    return {item["id"]: item for item in items}


async def actions(year: Year) -> Finding:
    """Every action stands where it was led, and nothing else is in the plans."""
    found = await _actions(year)
    wrong = [
        action.id
        for action in year.books.actions
        if found.get(action.id, {}).get("status") != action.steps[-1] or found[action.id]["cost"] != action.cost
    ]
    numbers = sorted((item["area_code"], item["number"]) for item in found.values())
    whole = len(found) == len(year.books.actions) == len(set(numbers))
    done = sum(item["status"] == "done" for item in found.values())
    return finding(f"{len(found)} actions, {done} done ({done / max(1, len(found)):.0%})", wrong, ok=whole)


async def _live_allocations(year: Year) -> list[dict[str, Any]]:
    made = await year.public.items("budget", "/allocations", area=year.province["code"], year=year.number)
    return [item for item in made if item["released_at"] is None]


def _sum_by(items: list[dict[str, Any]], name: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in items:
        sums[item[name]] = sums.get(item[name], 0) + int(item["amount"])
    return sums


async def envelopes(year: Year) -> Finding:
    """Each envelope's amount is what is allocated and what is available, and allocated is what its allocations say."""
    found = {item["id"]: item for item in await year.public.items("budget", "/envelopes", year=year.number)}
    given = _sum_by(await _live_allocations(year), "envelope_id")
    wrong = []
    for envelope in year.books.envelopes:
        said = found[envelope.id]
        adds_up = said["amount"] == said["allocated"] + said["available"] == envelope.amount
        if not adds_up or said["allocated"] != given.get(envelope.id, 0) or said["available"] != envelope.left:
            wrong.append(envelope.id)
    set_aside, allocated = sum(envelope.amount for envelope in year.books.envelopes), sum(given.values())
    sums = f"{set_aside:,} = {allocated:,} + {set_aside - allocated:,} riel"
    return finding(f"{len(year.books.envelopes)} envelopes: {sums}", wrong)


async def requests(year: Year) -> Finding:
    """Each request and each action holds exactly what its allocations give it."""
    code = year.province["code"]
    asked = await year.province_officer.items("budget", "/requests", area=code, year=year.number)
    live = await _live_allocations(year)
    by_request, by_action = _sum_by(live, "request_id"), _sum_by(live, "action_id")
    found = await _actions(year)
    wrong = [item["id"] for item in asked if item["allocated"] != by_request.get(item["id"], 0)]
    wrong += [item["id"] for item in asked if item["allocated"] > item["amount"]]
    wrong += [item_id for item_id, item in found.items() if item["funded_amount"] != by_action.get(item_id, 0)]
    wrong += [action.id for action in year.books.actions if action.funded != by_action.get(action.id, 0)]
    expected = sum(1 for action in year.books.actions if action.asked)
    detail = f"{len(asked)} of {expected} requests, {len(live)} allocations, {sum(by_action.values()):,} riel"
    return finding(detail, wrong, ok=len(asked) == expected)


async def dropped(year: Year) -> Finding:
    """What was dropped after money was allocated holds none of it any more."""
    live = _sum_by(await _live_allocations(year), "action_id")
    after = [action for action in year.books.actions if action.fate == "dropped_after_allocation"]
    back = sum(allocation.amount for action in after for allocation in action.allocations)
    still = [action.id for action in after if live.get(action.id)]
    return finding(f"{len(after)} actions gave back {back:,} riel", still, ok=bool(after))


async def summaries(year: Year) -> Finding:
    """The summary of every district and of the province is the sum of its actions' money."""
    wrong = []
    places = [(district.code, district.code) for district in year.districts]
    for code, prefix in [*places, (str(year.province["code"]), str(year.province["code"]))]:
        summary = await year.public.get("budget", "/summary", year=year.number, area=code)
        here = [action for action in year.books.actions if action.commune.code.startswith(prefix)]
        asked = sum(action.asked for action in here if action.steps[-1] != "dropped")
        allocated = sum(action.funded for action in here)
        if (summary["asked"], summary["allocated"], summary["unfunded"]) != (asked, allocated, asked - allocated):
            wrong.append(f"{code}: {summary['asked']:,}/{summary['allocated']:,} for {asked:,}/{allocated:,}")
    return finding(f"{len(places)} districts and the province", wrong)


async def estimate(year: Year) -> Finding:
    """The strategy's yearly operating estimate, to the riel."""
    found = await year.public.get("budget", "/estimate", basis="strategy", year=year.number)
    lines = sum(line["administrations"] * line["per_administration"] for line in found["lines"])
    return finding(f"{found['total']:,} riel", ok=found["total"] == lines == ESTIMATE)


async def refusals(year: Year) -> Finding:
    """Second ballots, wrong officers, too much money: all were refused, for the right reason."""
    attempts = year.books.attempts
    wrong = [f"{each.what}: {each.answer or 'allowed'}" for each in attempts if each.answer != each.expected]
    return finding(
        f"{len(attempts)} attempts of {len({each.what for each in attempts})} kinds", wrong, ok=bool(attempts)
    )
