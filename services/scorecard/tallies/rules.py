"""What makes a tally possible at all."""

from services.scorecard.scorecards.refusals import no_answer, wrong_length
from services.scorecard.tallies.schemas import TallyGroupIn
from shared.errors import Invalid


def check_groups(groups: list[TallyGroupIn], indicator_count: int) -> None:
    """Raise Invalid when a group stands twice, misses an indicator, or has more answers than people."""
    seen: set[str] = set()
    for position, group in enumerate(groups):
        if group.sex in seen:
            raise Invalid.field(
                f"/groups/{position}/sex",
                "group_repeated",
                en="Each group stands in a tally once.",
                km="ក្រុមនីមួយៗអាចមានតែម្ដងក្នុងតារាងរាប់។",
            )
        seen.add(group.sex)
        _check_counts(group, f"/groups/{position}/counts", indicator_count)


def _check_counts(group: TallyGroupIn, pointer: str, indicator_count: int) -> None:
    if len(group.counts) != indicator_count:
        raise wrong_length(indicator_count, len(group.counts), pointer)
    for row, counts in enumerate(group.counts):
        if sum(counts) > group.participants:
            raise Invalid.field(
                f"{pointer}/{row}",
                "more_answers_than_participants",
                en=f"{sum(counts)} answers by {group.participants} participants: nobody scores an indicator twice.",
                km=f"ចម្លើយ {sum(counts)} ដោយអ្នកចូលរួម {group.participants} នាក់៖ ម្នាក់ដាក់ពិន្ទុលើលក្ខណៈវិនិច្ឆ័យនីមួយៗបានតែម្ដង។",
            )
    if not any(group.flat()):
        raise no_answer(pointer)
