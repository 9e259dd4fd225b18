"""What numbers of participation say about an area. Pure."""

from collections.abc import Iterable, Sequence
from operator import add
from typing import Any, NamedTuple

from services.scorecard.counting.groups import ATTRIBUTES, GROUPS, SEXES


class LevelRow(NamedTuple):
    """An area's units of one kind (see counting.models)."""

    area_code: str
    unit_kind: str
    planned: int
    reported: int
    on_time: int
    empty: int
    completed: int
    published: int
    late: int
    units_scored: int
    ballots: int
    tallied: int
    people: Sequence[int]
    """Per group, of the units that may show theirs; empty where nobody was counted."""


SUMMED = ("reported", "on_time", "empty", "completed", "published", "late", "units_scored", "ballots")


def turnout(rows: Sequence[LevelRow], *, attributes: bool = True) -> dict[str, Any]:
    """The numbers of one or more rows together; `attributes` for groups that cannot be seen of a person."""
    planned, tallied = sum(row.planned for row in rows), sum(row.tallied for row in rows)
    numbers = {name: sum(getattr(row, name) for row in rows) for name in SUMMED}
    groups = groups_of(rows)
    return {
        **numbers,
        "units": planned,
        "tally_participants": tallied,
        "participants": numbers["ballots"] + tallied,
        "completeness": share(numbers["reported"], planned),
        "timeliness": share(numbers["on_time"], planned),
        "groups": [
            {"dimension": dimension, "category": category, "participants": people}
            for (dimension, category), people in groups.items()
            if attributes or dimension not in ATTRIBUTES
        ],
        **{sex: groups.get(("sex", sex)) for sex in SEXES},
    }


def groups_of(rows: Iterable[LevelRow]) -> dict[tuple[str, str], int]:
    """People per group, of the dimensions in which at least one unit may show its people."""
    total = [0] * len(GROUPS)
    for row in rows:
        if row.people:
            total = list(map(add, total, row.people))
    by_group = dict(zip(GROUPS, total, strict=True))
    shown = {dimension for (dimension, _), people in by_group.items() if people}
    return {group: people for group, people in by_group.items() if group[0] in shown}


def share(part: int, whole: int) -> float | None:
    """To four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None
