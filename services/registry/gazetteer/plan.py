"""What the next list changes: each area's item, in the order in which an official reads them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.registry.gazetteer import objections
from services.registry.gazetteer.checking import Oddity, check_list
from services.registry.gazetteer.items import ACTIONS, Action, Attached, Item, Options
from services.registry.gazetteer.likeness import Standing, tail
from services.registry.gazetteer.matching import Match, match_areas
from services.registry.gazetteer.rows import ListProblem, Row, visible
from services.registry.gazetteer.succession import Succession
from shared.areas import LEVELS, Level


@dataclass(slots=True)
class Plan:
    """What applying the list would do, and what stands against it."""

    items: list[Item] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    problems: list[ListProblem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Provinces that the list does not speak of."""
    bearers: dict[Row, UUID] = field(default_factory=dict)
    """Which area goes on as which line."""
    listed: Counter[Level] = field(default_factory=Counter)
    unchanged: Counter[Level] = field(default_factory=Counter)
    respelled: Counter[Level] = field(default_factory=Counter)
    """Areas whose names differ in nothing that is seen; they keep them as they are."""

    @property
    def blocked(self) -> bool:
        """Whether something stands against applying it."""
        return any(problem.blocks for problem in self.problems)


def make_plan(
    rows: Sequence[Row], standing: Sequence[Standing], attached: Mapping[str, Attached], options: Options
) -> Plan:
    """Compare a list with the registry's open areas; the very same list changes nothing."""
    checked = check_list(rows, standing)
    matching = match_areas(checked.standing, checked.rows, options.said)
    succession = Succession(matching, options.successors)
    plan = Plan(oddities=checked.oddities, problems=checked.problems, left_out=checked.left_out)
    plan.bearers = {match.new: match.old.id for match in matching.matches}
    plan.listed.update(row.level for row in checked.rows)
    items = [_gone(area, succession) for area in matching.gone] + [_added(row, succession) for row in matching.added]
    parents = {match.new.code: match.old.code for match in matching.matches}
    items += [item for match in matching.matches for item in _changed(match, parents, plan)]
    plan.items = sorted(items, key=_reading_order)
    plan.problems += objections.unknown_pairs(checked, matching, succession, options)
    plan.problems += objections.ambiguous(matching, succession)
    staying = {match.old.code for match in matching.matches if match.old.code == match.new.code}
    leaving = {code: hanging for code, hanging in attached.items() if code not in staying}
    plan.problems += objections.orphans(plan.items, leaving)
    if not options.accept_gone:
        plan.problems += objections.many_gone(checked, matching)
    return plan


def kept_names(old: Standing, new: Row) -> tuple[str, str]:
    """The names after the list: a spelling that looks the same stays as it was."""
    return (
        old.name_km if visible(old.name_km) == visible(new.name_km) else new.name_km,
        old.name_en if visible(old.name_en) == visible(new.name_en) else new.name_en,
    )


def _gone(area: Standing, succession: Succession) -> Item:
    sign, into = succession.into.get(area.id, (None, ()))
    return Item("gone", area.level, area, None, (sign,) if sign else (), into=into)


def _added(row: Row, succession: Succession) -> Item:
    sign, origin = succession.origin.get(row, (None, None))
    return Item("added", row.level, None, row, (sign,) if sign else (), origin=origin)


def _changed(match: Match, parents: Mapping[str, str], plan: Plan) -> Iterator[Item]:
    """The item of an area that goes on, none where nothing of it changes."""
    old, new = match.old, match.new
    same_parent = new.parent_code is None or parents.get(new.parent_code) == old.parent_code
    renamed = kept_names(old, new) != (old.name_km, old.name_en)
    if not renamed and (old.name_km, old.name_en) != (new.name_km, new.name_en):
        plan.respelled[old.level] += 1
    if not same_parent:
        action: Action = "moved"
    elif (old.code, old.parent_code) != (new.code, new.parent_code):
        action = "renumbered"
    elif renamed:
        action = "renamed"
    else:
        plan.unchanged[old.level] += 1
        return
    follows = same_parent and old.parent_code != new.parent_code and tail(old) == tail(new)
    yield Item(action, old.level, old, new, match.reasons, match.score, renamed, follows)


def _reading_order(item: Item) -> tuple[int, bool, int, str, str]:
    new_code = item.new.code if item.new else ""
    return ACTIONS.index(item.action), item.follows, LEVELS.index(item.level), item.code, new_code
