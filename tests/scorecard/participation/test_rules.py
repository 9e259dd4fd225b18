"""Adding up rows of a level."""

from services.scorecard.counting.groups import GROUPS
from services.scorecard.participation.rules import LevelRow, groups_of, share, turnout


def row(kind: str, people: dict[tuple[str, str], int], **numbers: int) -> LevelRow:
    """A row with some numbers; the rest is nothing."""
    values = dict.fromkeys(LevelRow._fields[2:-1], 0) | numbers
    return LevelRow("02", kind, **values, people=[people.get(group, 0) for group in GROUPS] if people else [])


def test_a_dimension_is_shown_when_a_unit_shows_it() -> None:
    rows = [row("a", {("sex", "female"): 7, ("sex", "male"): 5}), row("b", {("sex", "male"): 6}), row("c", {})]
    assert groups_of(rows) == {("sex", "female"): 7, ("sex", "male"): 11, ("sex", "undisclosed"): 0}


def test_kinds_add_up() -> None:
    found = turnout(
        [
            row("a", {}, planned=3, reported=2, on_time=1, ballots=10, tallied=4, late=1),
            row("b", {}, planned=1, units_scored=1, ballots=2),
        ]
    )
    assert (found["units"], found["participants"], found["late"], found["units_scored"]) == (4, 16, 1, 1)
    assert (found["completeness"], found["timeliness"], found["female"], found["groups"]) == (0.5, 0.25, None, [])


def test_of_nothing_there_is_no_share() -> None:
    assert (share(0, 0), share(1, 3)) == (None, 0.3333)
    assert turnout([])["completeness"] is None
