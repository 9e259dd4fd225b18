"""Whether a result differs enough from what was public before: two versions may be compared. Pure."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from services.scorecard.counting.safety import are_safe
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import Result
from services.scorecard.results.rules import unflatten
from services.scorecard.results.suppression import COLUMNS, SPANS, SPLITS, Split, distance
from shared.digits import khmer_digits
from shared.errors import Conflict

Where = Split | Literal["village"]

IN_WORDS: dict[Where, tuple[str, str]] = {
    "all": ("of all citizens", "របស់ប្រជាពលរដ្ឋទាំងអស់"),
    "sex": ("by sex", "តាមភេទ"),
    "age_group": ("by age group", "តាមក្រុមអាយុ"),
    "sex_age": ("by sex and age group", "តាមភេទ និងក្រុមអាយុ"),
    "disability": ("by disability", "តាមពិការភាព"),
    "ethnic_minority": ("by ethnic minority", "តាមជនជាតិដើមភាគតិច"),
    "id_poor": ("by ID-Poor card", "តាមការមានប័ណ្ណក្រីក្រ"),
    "village": ("by village", "តាមភូមិ"),
}
COLUMN_OF: tuple[Split, ...] = tuple(
    split for split in SPLITS if split != "all" for _ in range(*SPANS[split].indices(COLUMNS))
)
"""The dimension of each column but the first, which is that of everybody."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A distribution that both versions show, or that follows from what both show."""

    where: Where
    indicator: int | None
    """Its position; None where people are counted."""
    before: Sequence[int]
    after: Sequence[int]


@dataclass(frozen=True, slots=True)
class SmallChange:
    """Where the next version would expose a few people; never by how much, or which group's numbers."""

    version: int
    where: Where
    indicator: int | None

    def refusal(self, result: Result, questions: IndicatorSet) -> Conflict:
        """What the reviewer is told."""
        by_en, by_km = IN_WORDS[self.where]
        of = {"version": str(self.version), "dimension": self.where}
        if self.indicator is not None:
            asked = [*questions.indicators, *result.own_indicators][self.indicator]
            of["indicator_code"] = asked["code"]
            by_en += f" on “{asked['label_en']}”"
            by_km += f" លើលក្ខណៈវិនិច្ឆ័យ «{asked['label_km']}»"
        return Conflict(
            "change_too_small",
            en=f"Too few scores changed since version {self.version} in the numbers {by_en}: comparing the two would"
            " show how a few people scored. Leave that version as it is, or publish again when more scores have"
            " changed there.",
            km=f"ពិន្ទុដែលបានផ្លាស់ប្ដូរតាំងពីកំណែទី {khmer_digits(str(self.version))} មានចំនួនតិចពេក ក្នុងតួលេខ{by_km}៖"
            " ការប្រៀបធៀបនឹងបង្ហាញពិន្ទុរបស់មនុស្សពីរបីនាក់។ សូមទុកកំណែនោះដដែល"
            " ឬផ្សព្វផ្សាយម្ដងទៀតពេលមានពិន្ទុផ្លាស់ប្ដូរច្រើនជាងនេះនៅត្រង់នោះ។",
            extra=of,
        )


def find_small_change(earlier: Sequence[Result], result: Result, threshold: int) -> SmallChange | None:
    """The first number, the coarsest dimensions first, that differs from an earlier version's by a few people.

    Only one: a list of all would tell which questions those few have answered.
    """
    for before in earlier:
        for pair in _both_shown(before, result):
            if not are_safe([distance(pair.before, pair.after)], threshold):
                return SmallChange(before.version, pair.where, pair.indicator)
    return None


def _both_shown(before: Result, after: Result) -> Iterator[Pair]:
    """Of the indicators that both have."""
    for split in SPLITS:
        if before.shows(split) and after.shows(split):
            yield Pair(split, None, _people(before, split), _people(after, split))
    same_own = before.own_indicators == after.own_indicators
    indicators = before.indicators if same_own else min(_asked_of_all(before), _asked_of_all(after))
    width = indicators * before.steps
    for where, one, other in _cells(before, after):
        olds, news = unflatten(one[:width], before.steps), unflatten(other[:width], after.steps)
        for at, (old, new) in enumerate(zip(olds, news, strict=True)):
            if old is not None and new is not None:
                yield Pair(where, at, old, new)


def _cells(before: Result, after: Result) -> Iterator[tuple[Where, Sequence[int | None], Sequence[int | None]]]:
    yield "all", before.cells, after.cells
    for at, split in enumerate(COLUMN_OF):
        yield split, _column(before, at), _column(after, at)
    villages = {village["village_code"]: village["cells"] for village in before.villages}
    common = villages.keys() & {village["village_code"] for village in after.villages}
    for village in after.villages:
        if village["village_code"] in common:
            yield "village", villages[village["village_code"]], village["cells"]
    if common:
        yield "village", _outside(before, common), _outside(after, common)


def _outside(result: Result, villages: Set[str]) -> list[int | None]:
    """The answers from outside of some villages, which follow from those of the unit and of these villages."""
    inside = [village["cells"] for village in result.villages if village["village_code"] in villages]
    columns = zip(result.cells, *inside, strict=True)
    return [None if whole is None or None in parts else whole - sum(parts) for whole, *parts in columns]


def _people(result: Result, split: Split) -> list[int]:
    numbers = [result.participants, *result.people][SPANS[split]]
    return [number for number in numbers if number is not None]


def _column(result: Result, at: int) -> list[int | None]:
    width = result.indicators * result.steps
    return result.group_cells[at * width : (at + 1) * width]


def _asked_of_all(result: Result) -> int:
    return result.indicators - len(result.own_indicators)
