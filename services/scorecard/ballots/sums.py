"""Ballots that were stored together, queued to be counted: those of a unit and village as their sum."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from services.scorecard.ballots.arrays import array_text
from services.scorecard.ballots.schemas import BallotIn
from services.scorecard.counting.groups import AgeGroup, Sex, slots_of
from services.scorecard.counting.summing import sum_up

QUEUE = """
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, scores, slot_people, counts)
    SELECT round_id, unit_code, village_code, slots::smallint[], people, scores::smallint[], slot_people::int[],
           counts::int[]
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[])
         AS row (round_id, unit_code, village_code, slots, people, scores, slot_people, counts)
"""
FEW = 8
"""A sum of fewer ballots would cost more than they do one by one."""


def queue_columns(scored: Iterable[tuple[BallotIn, int]]) -> list[list[Any]]:
    """The parameters of QUEUE, from ballots and the steps of the scale that each was scored on."""
    together: defaultdict[tuple[UUID, str, str, int], list[BallotIn]] = defaultdict(list)
    for ballot, steps in scored:
        together[ballot.round_id, ballot.unit_code, ballot.village_code or "", steps].append(ballot)
    rows: list[tuple[Any, ...]] = []
    for (*place, steps), ballots in together.items():
        if len(ballots) < FEW:
            rows += [
                (*place, array_text(_slots(ballot)), 1, array_text(ballot.scores), None, None) for ballot in ballots
            ]
        else:
            answers = ((_slots(ballot), ballot.scores) for ballot in ballots)
            whole = sum_up(answers, indicators=len(ballots[0].scores), steps=steps)
            arrays = (array_text(whole.slot_people), array_text(whole.counts))
            rows.append((*place, array_text(whole.slots), whole.people, None, *arrays))
    return [list(column) for column in zip(*rows, strict=True)]


def _slots(ballot: BallotIn) -> tuple[int, ...]:
    return _slots_of(ballot.sex, ballot.age_group, ballot.disability, ballot.ethnic_minority, ballot.id_poor)


@cache
def _slots_of(
    sex: Sex, age_group: AgeGroup, disability: bool | None, ethnic_minority: bool | None, id_poor: bool | None
) -> tuple[int, ...]:
    return tuple(slots_of(sex, age_group, disability, ethnic_minority, id_poor))
