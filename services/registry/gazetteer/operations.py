"""The operations on areas that carry a plan out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.registry.areas.operations import Close, Merge, Move, Open, Operation, Rename, Split
from services.registry.gazetteer.items import Item
from services.registry.gazetteer.plan import Plan, kept_names
from services.registry.gazetteer.rows import Row


def operations_of(plan: Plan, ids: Sequence[UUID]) -> list[Operation]:
    """What makes the registry's areas those of the list; `ids` are for the new ones, in the order of the items."""
    added = [item for item in plan.items if item.action == "added"]
    gone = [item for item in plan.items if item.action == "gone"]
    new_ids = {item.new: area_id for item, area_id in zip(added, ids, strict=True) if item.new}
    mergers = _mergers(gone, plan.bearers, {item.new for item in added if item.origin is None})
    merged = {area_id for row, area_ids in mergers.items() for area_id in area_ids}
    apart = [item for item in added if item.new not in mergers]
    return [
        *_opened(apart, new_ids),
        *(operation for item in plan.items for operation in _changed(item)),
        *(_merged(row, area_ids, plan.bearers, new_ids) for row, area_ids in mergers.items()),
        *_closed([item for item in gone if item.old and item.old.id not in merged], plan.bearers | new_ids),
    ]


def _mergers(gone: Sequence[Item], bearers: Mapping[Row, UUID], free: set[Row | None]) -> dict[Row, list[UUID]]:
    """The areas that end in one other area each: in one that goes on, or several together in a new one."""
    into: dict[Row, list[UUID]] = defaultdict(list)
    for item in gone:
        if item.old and len(item.into) == 1:
            into[item.into[0]].append(item.old.id)
    return {row: ids for row, ids in into.items() if row in bearers or (row in free and len(ids) > 1)}


def _open(row: Row, area_id: UUID) -> Open:
    return Open(row.code, row.level, row.parent_code, row.name_km, row.name_en, area_id=area_id)


def _opened(added: Sequence[Item], new_ids: Mapping[Row, UUID]) -> Iterator[Operation]:
    """New areas; those that were split from one that goes on together, as its parts."""
    parts: dict[UUID, list[Open]] = defaultdict(list)
    for item in added:
        assert item.new is not None
        opened = _open(item.new, new_ids[item.new])
        if item.origin is None:
            yield opened
        else:
            parts[item.origin.id].append(opened)
    for origin, opens in parts.items():
        yield Split(origin, tuple(opens), remains=True)


def _changed(item: Item) -> Iterator[Operation]:
    """What happens to an area that goes on; one that merely follows its parent does so by itself."""
    old, new = item.old, item.new
    if old is None or new is None:
        return
    by_itself = item.follows and old.code != new.code and old.code.startswith(str(old.parent_code))
    if item.action in ("moved", "renumbered") and not by_itself:
        yield Move(old.id, new.code, new.parent_code)
    if item.renamed or item.action == "renamed":
        yield Rename(old.id, *kept_names(old, new))


def _merged(row: Row, area_ids: Sequence[UUID], bearers: Mapping[Row, UUID], new_ids: Mapping[Row, UUID]) -> Operation:
    heir = bearers.get(row)
    if heir is None:
        return Merge(tuple(area_ids), _open(row, new_ids[row]))
    return Merge((heir, *area_ids), heir)


def _closed(gone: Sequence[Item], ids: Mapping[Row, UUID]) -> Iterator[Operation]:
    """What ends, the lower levels first."""
    for item in reversed(gone):
        assert item.old is not None
        yield Close(item.old.id, tuple(ids[row] for row in item.into))
