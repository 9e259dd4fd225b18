"""What villages tell of those who are in none of them: one village's median, and one version beside another."""

from collections.abc import Sequence
from itertools import combinations
from random import Random
from uuid import UUID, uuid4

import pytest

from services.scorecard.areas import Unit
from services.scorecard.counting.groups import slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.results.differing import find_small_change
from services.scorecard.results.making import Counted, History, make_result
from services.scorecard.results.models import Result
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from tests.scorecard.counting.giving import add_scores
from tests.scorecard.results.attack import Attacker, Vector

ROUND, SET, STEPS = UUID(int=1), UUID(int=2), 5
THRESHOLD = 5
Villages = dict[str, list[int]]
"""By village, what its people scored the one indicator; "" where they named none."""


def result_of(villages: Villages, rule: str = "pooled", earlier: Sequence[Result] = ()) -> Result:
    """The unit's result, after earlier versions."""
    histograms = {}
    for code, scores in villages.items():
        histograms[code] = Histogram(1, STEPS)
        for score in scores:
            add_scores(histograms[code], slots_of("female", "adult", None, None, None), [score])
    scored_round = Round(
        id=ROUND,
        year=2026,
        title_km="",
        title_en="",
        area_codes=["01"],
        suppression_threshold=THRESHOLD,
        village_rule=rule,
    )
    card = Scorecard(
        round_id=ROUND,
        unit_code="HC-010101-1",
        unit_kind="health_centre",
        area_code="010101",
        indicator_set_id=SET,
        indicator_count=1,
        steps=STEPS,
        own_indicators=[],
    )
    unit = Unit(id=uuid4(), code="", kind="", area_code="", name_km="", name_en="", status="open", version=1)
    return make_result(card, unit, scored_round, Counted(histograms, 0, None), History(earlier)).result


def test_the_median_of_a_hidden_village_is_not_told() -> None:
    """All six gave 1, 1, 1, 5, 5, 5: were the median of the village's five told, so would be the sixth one's score."""
    medians = {
        score: result_of({"01010101": five, "": [score]}, "median_of_medians").medians[0]
        for score, five in {1: [1, 1, 5, 5, 5], 5: [1, 1, 1, 5, 5]}.items()
    }
    assert medians == {1: 3, 5: 3}, "of all answers, as no village is shown"


def test_villages_that_are_shown_count_alike() -> None:
    villages = {"01010101": [1] * 20, "01010102": [4] * 5, "01010103": [5] * 6, "": [5] * 7}
    assert result_of(villages, "median_of_medians").medians == [4]


@pytest.mark.parametrize(
    ("outside", "is_refused"),
    [([], False), ([1], True), ([1] * 4, True), ([1] * 5, False)],
)
def test_who_is_in_no_village_is_not_told_by_two_versions(outside: list[int], is_refused: bool) -> None:
    """Five more from the village and one more from elsewhere: what the unit gained less what the village gained."""
    village, others = [3, 3, 4, 4, 5], [2] * 5
    before = result_of({"01010101": village, "": others})
    after = result_of({"01010101": [*village, 4, 4, 4, 4, 4], "": [*others, *outside]})
    assert [len(one.villages) for one in (before, after)] == [1, 1]
    found = find_small_change([before], after, THRESHOLD)
    assert (found is not None) == is_refused
    assert found is None or (found.version, found.where, found.indicator) == (0, "village", 0)


def test_later_versions_show_the_same_villages_or_none() -> None:
    """A first version shows A and B; were the next to show A and another B alone, who is in neither would follow: all
    without B in the third, less A in the second, less those who were in neither in the first.
    """
    a, b = [3] * 7, [4] * 6
    first = result_of({"A": a, "B": b})
    second = result_of({"A": [*a, *[3] * 5], "B": [*b, *[4] * 4], "": [1]}, earlier=[first])
    third = result_of({"A": [*a, *[3] * 5], "B": [*b, *[4] * 10], "": [1]}, earlier=[first, second])
    fourth = result_of({"A": a, "B": b, "C": [2] * 9}, earlier=[first, second, third])
    shown = [[village["village_code"] for village in one.villages] for one in (first, second, third, fourth)]
    assert shown == [["A", "B"], [], [], ["A", "B"]]
    assert [[village["village_code"] for village in result_of({"A": a, "B": b, "C": [2] * 9}).villages]] == [
        ["A", "B", "C"]
    ], "where none was shown before"


@pytest.mark.parametrize("seed", range(4))
def test_no_subtraction_of_versions_and_villages_leaves_a_few(seed: int) -> None:
    """Villages that grow at random, published whenever that is allowed; who came to any in between is sought."""
    rng, names = Random(seed), ("A", "B", "C", "")
    shown_later = 0
    for _ in range(40):
        people = {name: [1] * rng.choice([0, 0, 3, 5, 6, 8]) for name in names}
        versions: list[Result] = []
        sizes: list[dict[str, int]] = []
        attacker = Attacker()
        for _ in range(5):
            people = {name: there + [1] * rng.choice([0, 0, 0, 1, 2, 3, 5, 6]) for name, there in people.items()}
            result = result_of({name: there for name, there in people.items() if there}, earlier=versions)
            if find_small_change(versions, result, THRESHOLD) is not None:
                continue
            versions.append(result)
            sizes.append({name: len(there) for name, there in people.items()})
            if not result.suppressed:
                attacker.learn(came(len(sizes), names), sum(sizes[-1].values()))
            for village in result.villages:
                attacker.learn(came(len(sizes), [village["village_code"]]), village["participants"])
                shown_later += len(versions) > 1
        for (before, _), (after, _) in combinations(enumerate(sizes, start=1), 2):
            for number in range(1, len(names) + 1):
                for some in combinations(names, number):
                    left, known = attacker.reduce(came(after, some) | came(before, some, -1))
                    assert left or known == 0 or not -THRESHOLD < known < THRESHOLD, (before, after, some, sizes)
    assert shown_later > 20


def came(version: int, villages: Sequence[str], sign: int = 1) -> Vector:
    """The people of some villages in a version."""
    return {(str(version), "people", village): sign for village in villages}
