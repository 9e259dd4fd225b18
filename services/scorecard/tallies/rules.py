"""What makes a tally possible at all."""

from collections.abc import Sequence

from services.scorecard.scorecards.refusals import no_answer, wrong_length
from services.scorecard.tallies.schemas import OfWhichIn, TallyGroupIn, TallyIn
from shared.digits import khmer_digits
from shared.errors import Invalid


def check_tally(tally: TallyIn, indicators: int, steps: int) -> None:
    """Raise Invalid when a group stands twice, misses an indicator or a step, or has more answers than people."""
    check_groups(tally.groups, indicators, steps)
    everybody = sum(group.participants for group in tally.groups)
    cells = [sum(cell) for cell in zip(*(group.flat() for group in tally.groups), strict=True)]
    seen: set[str] = set()
    for position, entry in enumerate(tally.of_which):
        pointer = f"/of_which/{position}"
        if entry.attribute in seen:
            raise group_repeated(f"{pointer}/attribute")
        seen.add(entry.attribute)
        _check_of_which(entry, pointer, everybody, cells, steps, indicators)


def check_groups(groups: Sequence[TallyGroupIn], indicators: int, steps: int) -> None:
    """Raise Invalid when the groups of sex and age are not possible."""
    seen: set[int] = set()
    for position, group in enumerate(groups):
        if group.slot in seen:
            raise group_repeated(f"/groups/{position}/sex")
        seen.add(group.slot)
        _check_counts(group.counts, group.participants, f"/groups/{position}/counts", indicators, steps)
        if not any(group.flat()):
            raise no_answer(f"/groups/{position}/counts")


def _check_of_which(
    entry: OfWhichIn, pointer: str, everybody: int, cells: Sequence[int], steps: int, indicators: int
) -> None:
    """They are some of all, and so are the others: in number, and in each count."""
    if entry.participants > everybody:
        raise more_than_all(f"{pointer}/participants", entry.participants, everybody)
    _check_counts(entry.counts, entry.participants, f"{pointer}/counts", indicators, steps)
    others = []
    for position, (of_them, every) in enumerate(zip(entry.flat(), cells, strict=True)):
        if of_them > every:
            row, step = divmod(position, steps)
            raise more_than_all(f"{pointer}/counts/{row}/{step}", of_them, every)
        others.append(every - of_them)
    rest = [others[start : start + steps] for start in range(0, len(others), steps)]
    _check_counts(rest, everybody - entry.participants, f"{pointer}/counts", indicators, steps)


def _check_counts(counts: Sequence[Sequence[int]], people: int, pointer: str, indicators: int, steps: int) -> None:
    if len(counts) != indicators:
        raise wrong_length(indicators, len(counts), pointer)
    for row, distribution in enumerate(counts):
        if len(distribution) != steps:
            raise Invalid.field(
                f"{pointer}/{row}",
                "wrong_number_of_steps",
                en=f"The scale of this unit has {steps} steps; {len(distribution)} came.",
                km=f"មាត្រដ្ឋានវាយតម្លៃរបស់អង្គភាពនេះមាន {khmer_digits(steps)} កម្រិត;"
                f" បានទទួល {khmer_digits(len(distribution))}។",
            )
        if sum(distribution) > people:
            raise Invalid.field(
                f"{pointer}/{row}",
                "more_answers_than_participants",
                en=f"{sum(distribution)} answers by {people} participants: nobody scores an indicator twice.",
                km=f"ចម្លើយ {khmer_digits(sum(distribution))} ដោយអ្នកចូលរួម {khmer_digits(people)} នាក់៖"
                " ម្នាក់ដាក់ពិន្ទុលើលក្ខណៈវិនិច្ឆ័យនីមួយៗបានតែម្ដង។",
            )


def group_repeated(pointer: str) -> Invalid:
    """The same group, or the same attribute, twice."""
    return Invalid.field(
        pointer,
        "group_repeated",
        en="Each group stands in a tally once.",
        km="ក្រុមនីមួយៗអាចមានតែម្ដងក្នុងតារាងរាប់។",
    )


def more_than_all(pointer: str, of_them: int, everybody: int) -> Invalid:
    """A part that is greater than the whole."""
    return Invalid.field(
        pointer,
        "more_than_all",
        en=f"{of_them} cannot be of {everybody}: this counts some of all who are counted by sex and age.",
        km=f"{khmer_digits(of_them)} មិនអាចលើសពីចំនួនសរុប {khmer_digits(everybody)} បានទេ៖"
        " ចំនួននេះជាផ្នែកមួយនៃអ្នកដែលបានរាប់តាមភេទ និងអាយុ។",
    )
