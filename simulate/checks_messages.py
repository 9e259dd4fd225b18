"""Closing checks of what travelled: webhooks, inbox messages, and the queues between the services."""

from collections import Counter
from typing import Any

from simulate.places import District
from simulate.year import Year

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")


def due(year: Year, district: District) -> Counter[str]:
    """How many events of each type the partner must hear of from a district."""
    here = [action for action in year.books.actions if action.commune.code.startswith(district.code)]
    gifts = [gift for action in here for gift in action.gifts]
    return Counter(
        {
            "isaf.scorecard.result.published.v1": len(district.units),
            "isaf.jaap.plan.opened.v1": len(district.communes),
            "isaf.jaap.action.changed.v1": sum(len(action.steps) for action in here),
            "isaf.jaap.funding.requested.v1": sum(1 for action in here if action.asked),
            "isaf.budget.allocation.made.v1": len(gifts),
            "isaf.budget.allocation.released.v1": sum(gift.released for gift in gifts),
        }
    )


async def webhooks(year: Year) -> tuple[bool, str]:
    """What arrived is what was due, type by type, and every delivery is confirmed, one per event id."""
    wrong = []
    for district in year.districts:
        mailbox = year.receiver.mailboxes[district.code]
        if (arrived := mailbox.types()) != +due(year, district):
            wrong.append(f"{district.name_en}: {_difference(due(year, district), arrived)}")
        path = f"/subscriptions/{year.subscriptions[district.code]}/deliveries"
        deliveries = await year.partner.items("notify", path)
        events = Counter(delivery["event_id"] for delivery in deliveries)
        undelivered = sum(delivery["status"] != "delivered" for delivery in deliveries)
        if undelivered or set(events) != set(mailbox.events) or set(events.values()) > {1}:
            wrong.append(f"{district.name_en}: {len(deliveries)} deliveries, {undelivered} not confirmed")
    wrong += _broken_paths(year)
    boxes = year.receiver.mailboxes.values()
    arrived_in_all = sum(len(box.events) for box in boxes)
    repeats = sum(box.repeats for box in boxes)
    return not wrong, f"{arrived_in_all} events, {repeats} repeats dropped; wrong: {wrong[:3] or 'none'}"


def _difference(expected: Counter[str], arrived: Counter[str]) -> str:
    types = sorted(expected | arrived)
    return ", ".join(
        f"{name} {arrived[name]} for {expected[name]}" for name in types if arrived[name] != expected[name]
    )


def _broken_paths(year: Year) -> list[str]:
    """Actions whose steps, as the partner heard of them, are not the steps they took."""
    heard: dict[str, set[tuple[Any, Any]]] = {}
    for box in year.receiver.mailboxes.values():
        for event in box.events.values():
            if event["type"] == "isaf.jaap.action.changed.v1":
                data = event["data"]
                heard.setdefault(data["action_id"], set()).add((data["previous_status"], data["status"]))
    taken = {action.id: set(zip([None, *action.steps], action.steps, strict=False)) for action in year.books.actions}
    return [
        f"action {name}: {heard.get(name)} for {steps}" for name, steps in taken.items() if heard.get(name) != steps
    ]


async def signatures(year: Year) -> tuple[bool, str]:
    """Nothing came with a wrong signature."""
    boxes = year.receiver.mailboxes.values()
    forged = sum(box.forged for box in boxes)
    genuine = sum(len(box.events) + box.repeats for box in boxes)
    return not forged and genuine > 0, f"{genuine} verified, {forged} not"


async def inboxes(year: Year) -> tuple[bool, str]:
    """The officers and every commune's people have messages, none of them about other areas."""
    readers = [(year.province_officer, str(year.province["code"]))]
    readers += [(district.officer, district.code) for district in year.districts]
    for commune in year.communes:
        readers += [(commune.jaapc, commune.code), (commune.clerk, commune.code), (commune.cafs[0], commune.code)]
    empty, total = [], 0
    for reader, area in readers:
        messages = await reader.items("notify", "/inbox")
        total += len(messages)
        if not any(_concerns(message["area_code"], area) for message in messages):
            empty.append(reader.name)
    return not empty, f"{total} messages for {len(readers)} readers; without any: {empty or 'none'}"


def _concerns(area: str, reader: str) -> bool:
    return area.startswith(reader) or reader.startswith(area)


async def queues(year: Year) -> tuple[bool, str]:
    """Every event was published and handled; none was laid aside."""
    waiting, dead = 0, 0
    for service in SERVICES:
        events = await year.operator.get(service, "/operations/events")
        waiting += events["outbox_pending"] + sum(
            each["pending"] + each["unacknowledged"] for each in events["consumers"]
        )
        dead += events["dead_letters"]
    return waiting == 0 and dead == 0, f"{waiting} events waiting, {dead} laid aside, in {len(SERVICES)} services"
