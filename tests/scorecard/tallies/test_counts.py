"""One ballot per participant or the tally per group: the same people make the same histograms."""

from collections import defaultdict
from datetime import date
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.counting.groups import AGE_GROUPS, ATTRIBUTES, SEXES, AgeGroup, Sex, slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.tallies.models import Tally
from services.scorecard.tallies.rules import check_tally
from services.scorecard.tallies.schemas import TallyIn, TallyRead
from tests.scorecard.counting.giving import add_scores

Person = tuple[Sex, AgeGroup, tuple[bool, bool, bool], tuple[int | None, ...]]


@st.composite
def meetings(draw: st.DrawFn) -> tuple[int, int, list[Person]]:
    """Some indicators and steps, and the people of a meeting; all of them answered something, and were asked all."""
    indicators, steps = draw(st.integers(1, 4)), draw(st.integers(2, 10))
    answers = st.tuples(*[st.none() | st.integers(1, steps)] * indicators).filter(any)
    person = st.tuples(st.sampled_from(SEXES), st.sampled_from(AGE_GROUPS), st.tuples(*[st.booleans()] * 3), answers)
    return indicators, steps, draw(st.lists(person, min_size=1, max_size=30))


def count(people: list[Person], indicators: int, steps: int) -> list[list[int]]:
    """How many of them gave each score, per indicator."""
    counts = [[0] * steps for _ in range(indicators)]
    for *_, scores in people:
        for row, score in enumerate(scores):
            if score is not None:
                counts[row][score - 1] += 1
    return counts


def tally_of(people: list[Person], indicators: int, steps: int) -> TallyIn:
    """The tally that a facilitator writes down."""
    by_group = defaultdict(list)
    for person in people:
        by_group[person[:2]].append(person)
    groups = [
        {"sex": sex, "age_group": age, "participants": len(group), "counts": count(group, indicators, steps)}
        for (sex, age), group in by_group.items()
    ]
    of_which = []
    for position, attribute in enumerate(ATTRIBUTES):
        having = [person for person in people if person[2][position]]
        counts = count(having, indicators, steps)
        of_which.append({"attribute": attribute, "participants": len(having), "counts": counts})
    values = {"id": uuid4(), "round_id": uuid4(), "unit_code": "HC-020103-1", "held_on": date(2026, 3, 2)}
    return TallyIn.model_validate(values | {"groups": groups, "of_which": of_which})


@given(meetings())
def test_ballots_and_tally_are_counted_alike(meeting: tuple[int, int, list[Person]]) -> None:
    indicators, steps, people = meeting
    by_ballot, by_tally = Histogram(indicators, steps), Histogram(indicators, steps)
    for sex, age_group, attributes, scores in people:
        add_scores(by_ballot, slots_of(sex, age_group, *attributes), scores)
    tally = tally_of(people, indicators, steps)
    check_tally(tally, indicators, steps)
    rows = list(tally.rows())
    for row in rows:
        by_tally.add_counts([row.slot], row.participants, row.counts)
    assert by_ballot == by_tally

    kept = Tally(**tally.model_dump(exclude={"groups", "of_which"}), recorded_by=uuid4(), steps=steps)
    read = TallyRead.of(kept, rows, reader=kept.recorded_by)
    assert read.model_dump(include=set(TallyIn.model_fields)) == tally.in_order().model_dump()
    assert read.participants == len(people)
