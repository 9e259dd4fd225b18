"""Ballots that were stored together, queued to be counted as one sum per unit and village."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from services.scorecard.ballots.arrays import array_text
from services.scorecard.ballots.schemas import BallotIn
from services.scorecard.counting.groups import AgeGroup, Sex, slots_of
from services.scorecard.counting.summing import sum_up

QUEUE_SUMS = """
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, slot_people, counts)
    SELECT round_id, unit_code, village_code, slots::smallint[], people, slot_people::int[], counts::int[]
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[])
         AS whole (round_id, unit_code, village_code, slots, people, slot_people, counts)
"""


def sum_columns(ballots: Iterable[BallotIn], steps: Mapping[UUID, int]) -> list[list[Any]]:
    """The parameters of QUEUE_SUMS; `steps` of the scale that each ballot was scored on."""
    together: defaultdict[tuple[UUID, str, str], list[BallotIn]] = defaultdict(list)
    for ballot in ballots:
        together[ballot.round_id, ballot.unit_code, ballot.village_code or ""].append(ballot)
    rows: list[tuple[Any, ...]] = []
    for place, of_place in together.items():
        whole = sum_up(
            ((_slots(ballot), ballot.scores) for ballot in of_place),
            indicators=len(of_place[0].scores),
            steps=steps[of_place[0].id],
        )
        rows.append(
            (*place, array_text(whole.slots), whole.people, *map(array_text, (whole.slot_people, whole.counts)))
        )
    return [list(column) for column in zip(*rows, strict=True)]


def _slots(ballot: BallotIn) -> tuple[int, ...]:
    return _slots_of(ballot.sex, ballot.age_group, ballot.disability, ballot.ethnic_minority, ballot.id_poor)


@cache
def _slots_of(
    sex: Sex, age_group: AgeGroup, disability: bool | None, ethnic_minority: bool | None, id_poor: bool | None
) -> tuple[int, ...]:
    return tuple(slots_of(sex, age_group, disability, ethnic_minority, id_poor))
