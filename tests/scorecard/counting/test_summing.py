"""Ballots queued as sums are counted as they would be one by one, however they are put together."""

from collections import defaultdict
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.scorecard.counting.adding import Change, CountedUnit, Queued, add_up
from services.scorecard.counting.groups import SLOTS, slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.summing import sum_up
from tests.scorecard.counting.giving import add_scores

INDICATORS, STEPS = 3, 4
ROUND, UNIT = uuid4(), "HC-020301-1"
said = st.sampled_from([True, False, None])
people = st.builds(
    slots_of,
    st.sampled_from(["female", "male", "undisclosed"]),
    st.sampled_from(["youth", "adult", "elder", "undisclosed"]),
    *(said, said, said),
)
scores = st.lists(st.sampled_from([None, 1, 2, 3, 4]), min_size=INDICATORS, max_size=INDICATORS)
ballots = st.lists(st.tuples(st.sampled_from(["", "02030101"]), people, scores, st.integers(0, 3)), max_size=30)
"""With the batch that each comes in; those of batch 0 are queued by themselves."""


def counted_unit() -> CountedUnit:
    return CountedUnit(ROUND, UNIT, "health_centre", "020301", INDICATORS, 0, STEPS, threshold=5)


def queued(village: str, **values: object) -> Queued:
    row = {"slots": [], "people": 1, "scores": None, "counts": None, "slot_people": None} | values
    return Queued(seq=0, round_id=ROUND, unit_code=UNIT, village_code=village, **row)  # type: ignore[arg-type]


@given(cast=ballots)
def test_sums_are_what_single_ballots_are(cast: list[tuple[str, list[int], list[int | None], int]]) -> None:
    singles, rows = [], []
    batches = defaultdict(list)
    by_hand: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(INDICATORS, STEPS))
    for village, slots, answers, batch in cast:
        add_scores(by_hand[village], slots, answers)
        singles.append(queued(village, slots=slots, scores=answers))
        if batch:
            batches[village, batch].append((tuple(slots), answers))
        else:
            rows.append(singles[-1])
    for (village, _), together in batches.items():
        rows.append(queued(village, **sum_up(together, indicators=INDICATORS, steps=STEPS)._asdict()))
    sums, expected = (add_up({(ROUND, UNIT): counted_unit()}, some) for some in (rows, singles))
    assert (sums.misfits, sums.areas()) == ([], expected.areas())
    found = {village: histogram(change) for (_, _, village), change in sums.villages.items()}
    assert found == by_hand == {village: histogram(change) for (_, _, village), change in expected.villages.items()}


def histogram(change: Change) -> Histogram:
    return Histogram(INDICATORS, STEPS, change.ballots, change.counts(), change.people, change.slot_counts())


def test_a_sum_of_other_questions_fits_nothing() -> None:
    whole = sum_up([((1, 13), [1, 2, 3]), ((2,), [4, None, 4])], indicators=INDICATORS, steps=STEPS)
    good = queued("", **whole._asdict())
    assert counted_unit().misfit(good) is None
    other = sum_up([((1,), [1, 2])], indicators=2, steps=STEPS)
    wrong: list[tuple[dict[str, object], str]] = [
        (other._asdict(), "not 12 counts"),
        ({"counts": [*whole.counts, 0]}, "not 36 counts"),
        ({"counts": [None, *whole.counts[1:]]}, "not 36 counts"),
        ({"counts": None}, "not 36 counts"),
        ({"people": 3}, "2 people in slots for 3 ballots"),
        ({"slot_people": whole.slot_people[1:]}, "slots that do not go together"),
        ({"slot_people": [None, 1, 1]}, "slots that do not go together"),
        ({"slots": [1, 1, 2]}, "slots that do not go together"),
        ({"slots": [1, 2, SLOTS]}, "slots that do not go together"),
        ({"slots": [1, 2, None]}, "slots that do not go together"),
        ({"slots": [], "slot_people": [], "counts": []}, "slots that do not go together"),
    ]
    for values, reason in wrong:
        assert counted_unit().misfit(good._replace(**values)) == reason  # type: ignore[arg-type]
