"""Thinking a change through: what the operations ask for, and whether the country holds together after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.areas import refusals
from services.registry.areas.country import Country, Line, Place
from services.registry.areas.operations import Operation, Refusal
from services.registry.areas.orders import Orders, UnitMove
from services.registry.areas.refusals import At
from services.registry.areas.settling import Settling


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change does: new areas, areas that are changed or end, lines of the crosswalk, units that move."""

    opened: list[Place]
    changed: list[Place]
    lines: list[Line]
    units: list[UnitMove]
    positions: dict[UUID, int]
    """By an area's id, the operation that changed it, or changed what it stands below."""
    refusals: list[Refusal]


def plan_change(
    country: Country, operations: Sequence[Operation], effective_on: date, *, official: bool, borne: Sequence[str] = ()
) -> Plan:
    """Change the country as the operations say; with refusals, it is left half changed and of no more use.

    `borne` are codes of the past, not to be given again when there are others. `official` is a change by the
    ministry's list, whose villages may have odd codes.
    """
    orders = Orders(country, effective_on, official)
    for position, operation in enumerate(operations):
        orders.take(position, operation)
    orders.adopt_merged_children()
    settling = Settling(country, orders.wishes, official=official, borne=borne)
    settling.settle()
    orders.check_ends()
    wishes = {place_id: at.position for place_id, at in settling.places.items()}
    others = {place.id: at.position for place, at in (orders.reshaped | orders.renamed | orders.ends).items()}
    positions = others | wishes
    touched = (country.places[place_id] for place_id in positions)
    changed = [place for place in touched if place.changed and not place.new]
    plan = Plan(
        opened=orders.opened,
        changed=changed,
        lines=[*orders.lines, *_identity_lines(changed, orders.lines)],
        units=orders.units,
        positions=positions,
        refusals=[*orders.refusals, *settling.refusals],
    )
    plan.refusals.extend(_too_early(plan, effective_on))
    if not (official or plan.opened or plan.changed or plan.refusals):
        plan.refusals.append(refusals.nothing_changes())
    return plan


def _too_early(plan: Plan, effective_on: date) -> list[Refusal]:
    """A day before the last change of what is touched, or of what something is newly put below."""
    late: dict[Place, int] = {}
    for place in (*plan.opened, *plan.changed):
        position, parent = plan.positions.get(place.id, 0), place.parent
        if not place.new and place.since > effective_on:
            late.setdefault(place, position)
        if parent is not None and place.put_below and not parent.new and parent.since > effective_on:
            late.setdefault(parent, position)
    return [refusals.too_early(At(position, ""), place, place.since) for place, position in late.items()]


def _identity_lines(changed: Sequence[Place], told: Sequence[Line]) -> list[Line]:
    """An area that bears another code goes on under it, unless a split or merger has told so already."""
    known = {(line.old.id, line.new.id) for line in told}
    return [
        Line("move" if place.put_below else "renumber", place, place)
        for place in changed
        if place.open and place.recoded and (place.id, place.id) not in known
    ]
