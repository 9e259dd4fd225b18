"""Communes ask for money; officers pay from their envelopes, in part or in full, and never more than there is."""

import asyncio
from random import Random
from typing import Any

from simulate.client import eventually, refusal
from simulate.fates import split
from simulate.progress import Chapter
from simulate.year import Action, Allocation, Attempt, Envelope, Year

COMMUNE_SHARE, HELPER_SHARE = 0.36, 0.4
"""What the commune's own fund pays of a request (communes paid 36% so far), and what a helper adds."""
HELPERS = ("district_fund", "district_fund", "ngo", "province", "health_centre")
THEN = ("district_fund", "province", "ministry_ncdds")
"""Who pays the rest, as long as it lasts."""
WAITING_PAID = 0.5


async def ask(year: Year, chapter: Chapter) -> dict[str, dict[str, Any]]:
    """Every agreed action that needs outside money asks for it; returns the requests as the officers see them."""
    asking = [action for action in year.books.actions if action.idea.resources == "external" and len(action.steps) > 1]

    async def ask_for(action: Action) -> None:
        path = f"/actions/{action.id}:request-funds"
        await action.commune.clerk.post("jaap", path, {"amount": action.cost})
        action.asked = action.cost
        chapter.advance()

    await asyncio.gather(*(ask_for(action) for action in asking))
    wanted = {action.id for action in asking}

    async def look() -> dict[str, dict[str, Any]] | None:
        code = year.province["code"]
        items = await year.province_officer.items("budget", "/requests", area=code, year=year.number)
        found = {item["action_id"]: item for item in items}
        return found if wanted <= found.keys() else None

    return await eventually("budget to hear of all requests", look)


def intend_allocations(year: Year) -> None:
    """Who pays what, in the order of communes, so that the envelopes hold; what is not paid in full has to wait."""
    for action in year.books.actions:
        if not action.asked:
            continue
        payers = _payers(year, action)
        amount = int(action.asked * WAITING_PAID) if action.fate == "waiting" else action.asked
        parts = split(amount, [envelope.left for envelope, _ in payers], [share for _, share in payers])
        for (envelope, _), part in zip(payers, parts, strict=True):
            if part:
                envelope.left -= part
                action.allocations.append(Allocation(year.id_of("allocation", action.id, envelope.id), envelope, part))
        if action.funded < action.asked and action.fate != "dropped_after_allocation":
            action.fate = "waiting"


def _envelopes_for(year: Year, action: Action) -> dict[str, Envelope]:
    """The envelopes that may pay in the action's commune, by source: its own bodies' and those of the areas above."""
    code = action.commune.code
    return {envelope.source: envelope for envelope in year.books.envelopes if code.startswith(envelope.area_code)}


def _payers(year: Year, action: Action) -> list[tuple[Envelope, float]]:
    """Who pays for an action in turn, with their shares."""
    envelopes = _envelopes_for(year, action)
    helper = Random(f"{action.id}/helper").choice(HELPERS)
    shares = {"commune_fund": COMMUNE_SHARE, helper: HELPER_SHARE} | dict.fromkeys(THEN, 1.0)
    return [(envelopes[source], share) for source, share in shares.items()]


async def allocate(year: Year, requests: dict[str, dict[str, Any]], chapter: Chapter) -> None:
    """First what must be refused is tried; then the officers pay, and the actions become funded."""
    await _try_too_much(year, requests)

    async def pay(action: Action, allocation: Allocation) -> None:
        body = {
            "id": allocation.id,
            "request_id": requests[action.id]["id"],
            "envelope_id": allocation.envelope.id,
            "amount": allocation.amount,
        }
        await allocation.envelope.officer.post("budget", "/allocations", body)
        chapter.advance()

    await asyncio.gather(
        *(pay(action, allocation) for action in year.books.actions for allocation in action.allocations)
    )
    await _wait_until_funded(year)


async def _try_too_much(year: Year, requests: dict[str, dict[str, Any]]) -> None:
    """More than the envelope holds; more than was asked for; and by somebody who only asks."""
    action = max((action for action in year.books.actions if action.asked), key=lambda action: action.asked)
    envelopes = _envelopes_for(year, action)
    small, large = envelopes["health_centre"], envelopes["ministry_ncdds"]
    request_id = requests[action.id]["id"]
    tries = [
        ("a clerk allocating money", "permission_missing", action.commune.clerk, small, 1),
        ("more than was asked for", "request_exceeded", large.officer, large, action.asked + 1),
        ("more than the envelope holds", "envelope_exhausted", small.officer, small, small.amount + 1),
    ]
    for what, expected, who, envelope, amount in tries:
        body = {"request_id": request_id, "envelope_id": envelope.id, "amount": amount}
        answer = await refusal(who.post("budget", "/allocations", body))
        year.books.attempts.append(Attempt(what, expected, answer))


async def _wait_until_funded(year: Year) -> None:
    funded = {action.id: action for action in year.books.actions if 0 < action.asked == action.funded}

    async def look() -> bool | None:
        code = year.province["code"]
        items = await year.public.items("jaap", "/actions", area=code, year=year.number, status="funded")
        return True if funded.keys() <= {item["id"] for item in items} else None

    await eventually("the paid actions to be funded", look)
    for action in funded.values():
        action.steps.append("funded")


async def wait_for_releases(year: Year) -> None:
    """The money of dropped actions goes back by itself, and the actions no longer show it."""
    dropped = [action for action in year.books.actions if action.fate == "dropped_after_allocation"]
    expected = {allocation.id for action in dropped for allocation in action.allocations}

    async def look() -> bool | None:
        code = year.province["code"]
        made = await year.public.items("budget", "/allocations", area=code, year=year.number)
        back = {item["id"] for item in made if item["released_at"]}
        shown = await year.public.items("jaap", "/actions", area=code, year=year.number, status="dropped")
        return True if expected <= back and not any(item["funded_amount"] for item in shown) else None

    await eventually("the money of dropped actions to go back", look)
    for action in dropped:
        for allocation in action.allocations:
            allocation.released = True
            allocation.envelope.left += allocation.amount
