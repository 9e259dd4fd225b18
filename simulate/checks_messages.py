"""Closing checks of what travelled: webhooks, inbox messages, and the queues between the services."""

from collections import Counter
from typing import Any

from simulate.actors import Actor
from simulate.findings import Finding, finding
from simulate.places import District
from simulate.year import Year

FUNDING_REQUESTED = "isaf.jaap.funding.requested.v1"
SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")


def due(year: Year, district: District) -> Counter[str]:
    """How many events of each type the partner must hear of from a district."""
    here = [action for action in year.books.actions if action.commune.code.startswith(district.code)]
    allocations = [allocation for action in here for allocation in action.allocations]
    return Counter(
        {
            "isaf.scorecard.result.published.v1": len(district.units),
            "isaf.jaap.plan.opened.v1": len(district.communes),
            "isaf.jaap.action.changed.v1": sum(len(action.steps) for action in here),
            FUNDING_REQUESTED: sum(1 for action in here if action.asked),
            "isaf.budget.allocation.made.v1": len(allocations),
            "isaf.budget.allocation.released.v1": sum(allocation.released for allocation in allocations),
        }
    )


async def webhooks(year: Year) -> Finding:
    """What arrived is what was due, type by type, and every delivery is confirmed, one per event id."""
    boxes = year.receiver.mailboxes
    wrong = [
        f"{district.name_en}: {missing}"
        for district in year.districts
        if (missing := _difference(due(year, district), boxes[district.code].types()))
    ]
    wrong = wrong or _broken_paths(year) or await _unconfirmed(year)
    events = sum(len(box.events) for box in boxes.values())
    repeats = sum(box.repeats for box in boxes.values())
    return finding(f"{events} events, {repeats} repeats dropped", wrong)


async def _unconfirmed(year: Year) -> list[str]:
    """Where the list of deliveries is not the list of what arrived."""
    wrong = []
    for district in year.districts:
        path = f"/subscriptions/{year.subscriptions[district.code]}/deliveries"
        deliveries = await year.partner.items("notify", path)
        events = Counter(delivery["event_id"] for delivery in deliveries)
        open_ones = sum(delivery["status"] != "delivered" for delivery in deliveries)
        arrived = year.receiver.mailboxes[district.code].events.keys()
        if open_ones or events.keys() != arrived or set(events.values()) > {1}:
            wrong.append(f"{district.name_en}: {len(deliveries)} deliveries, {open_ones} not confirmed")
    return wrong


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


async def signatures(year: Year) -> Finding:
    """All that came was signed, and nothing came with a wrong signature."""
    boxes = year.receiver.mailboxes.values()
    forged = sum(box.forged for box in boxes)
    genuine = sum(len(box.events) + box.repeats for box in boxes)
    expected = sum(due(year, district).total() for district in year.districts)
    return finding(f"{genuine} verified, {forged} not", ok=not forged and genuine >= expected)


async def inboxes(year: Year) -> Finding:
    """Committees have a message of every event of their commune the partner heard of, officers of every request."""
    missing, total = [], 0
    for district in year.districts:
        heard = year.receiver.mailboxes[district.code].events.values()
        commune = district.communes[0]
        wanted = {
            district.officer: {event["id"] for event in heard if event["type"] == FUNDING_REQUESTED},
            commune.jaapc: {
                event["id"]
                for event in heard
                if event["type"] != FUNDING_REQUESTED and event["data"]["area_code"] == commune.code
            },
        }
        for reader, events in wanted.items():
            messages = [message["event_id"] for message in await _newest_messages(reader, max(1, len(events)))]
            total += len(events & set(messages))
            if not events <= set(messages) or len(messages) != len(set(messages)):
                missing.append(reader.name)
    return finding(f"{total} messages with {2 * len(year.districts)} readers", missing)


async def live_stream(year: Year) -> Finding:
    """The officer's live stream told every message of the inbox, once and in order, however often the line was cut."""
    dashboard = year.dashboard
    assert dashboard.reader
    messages = await dashboard.reader.items("notify", "/inbox")
    expected = sorted(int(message["id"]) for message in messages if message["id"] > dashboard.began_after)
    told = [int(message["id"]) for message in dashboard.messages]
    cuts = f", the line cut {dashboard.connections - 1} times" if dashboard.connections > 1 else ""
    detail = f"{len(told)} of {len(expected)} messages told live{cuts}"
    return finding(detail, ok=told == expected and bool(told))


async def _newest_messages(reader: Actor, wanted: int) -> list[dict[str, Any]]:
    """The newest messages of an inbox: some more than are wanted, as rounds, results and money are told, too."""
    page = await reader.get("notify", "/inbox", limit=min(500, 2 * wanted + 100))
    found: list[dict[str, Any]] = page["items"]
    return found


async def queues(year: Year) -> Finding:
    """Every event was published and handled; none was laid aside."""
    waiting, dead = 0, 0
    for service in SERVICES:
        events = await year.operator.get(service, "/operations/events")
        waiting += events["outbox_pending"] + sum(
            each["pending"] + each["unacknowledged"] for each in events["consumers"]
        )
        dead += events["dead_letters"]
    told = f"{waiting} events waiting, {dead} laid aside, in {len(SERVICES)} services"
    return finding(told, ok=waiting == 0 and dead == 0)
