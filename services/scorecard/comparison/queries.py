"""Areas of one level, or units, beside each other by one measure: what is read, and what value each has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit
from services.scorecard.comparison import refusals
from services.scorecard.comparison.ranking import Measure
from services.scorecard.comparison.sums import Question, Sums, by_code, sums_of_areas, sums_of_units
from services.scorecard.counting.models import AreaProgress
from services.scorecard.history.queries import NEWEST_FIRST, crosswalk_since, is_before, lines_of_level
from services.scorecard.history.standings import Scale, difference
from services.scorecard.history.succession import Origin
from services.scorecard.participation.rules import share
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.rounds.models import Round
from shared.areas import prefix_range

ComparedLevel = Literal["province", "district", "commune", "unit"]
LENGTHS: Mapping[ComparedLevel, int] = {"province": 2, "district": 4, "commune": 6}
MOST_EARLIER = 5
"""So many earlier rounds are looked through for where an area or unit was last."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is compared: which areas or units of a round, and about which questions."""

    round: Round
    level: ComparedLevel
    area: str
    questions: Sequence[Question]

    @property
    def scale(self) -> Scale:
        """Of all the questions."""
        return Scale.of(self.questions[0].questions)


@dataclass(slots=True)
class Table:
    """Every area or unit with what is public of it, and the value it is compared by."""

    sums: dict[str, Sums]
    values: dict[str, float | None]
    below_minimum: set[str] = field(default_factory=set)
    """Units in which fewer took part than the round asks for: left out of the order."""
    origins: dict[str, tuple[Round, Origin]] = field(default_factory=dict)


def questions_for(scored_round: Round, unit_kind: str | None, indicator: str | None) -> list[Question]:
    """The sets that are compared, and the indicator's place in each. Raises Invalid where none has it, and where
    several have different scales.
    """
    sets = [entry for entry in scored_round.indicator_sets if unit_kind in (None, entry.unit_kind)]
    if not sets:
        raise refusals.unit_kind_unknown()
    found = []
    for entry in sets:
        codes = [question["code"] for question in entry.indicators]
        if indicator is None or indicator in codes:
            found.append(Question(entry, None if indicator is None else codes.index(indicator)))
    if not found:
        raise refusals.indicator_unknown(indicator or "")
    if len({Scale.of(question.questions) for question in found}) > 1:
        raise refusals.scales_differ()
    return found


async def read_table(db: AsyncSession, wanted: Wanted, measure: Measure) -> Table:
    """All areas or units of the level with their values. Raises Invalid for a measure that the level does not have.

    Completeness and timeliness are read without the results, as those of a page are enough.
    """
    if measure in ("completeness", "timeliness"):
        if wanted.level == "unit":
            raise refusals.measure_unfit()
        return Table({}, await _progress(db, wanted, measure))
    table = Table(await read_sums(db, wanted), {})
    table.below_minimum = {code for code, one in table.sums.items() if one.unit is not None and one.unit.below_minimum}
    if measure == "change":
        await _add_changes(db, wanted, table)
    elif measure == "participants":
        table.values = {code: one.participants for code, one in table.sums.items()}
    elif measure == "mean":
        table.values = {code: one.mean() for code, one in table.sums.items()}
    else:
        table.values = {code: getattr(one.score(wanted.scale), measure) for code, one in table.sums.items()}
    return table


async def read_sums(db: AsyncSession, wanted: Wanted, codes: Sequence[str] | None = None) -> dict[str, Sums]:
    """The areas or units with results, whatever the measure; of these codes alone, where they are named."""
    place = wanted.round.id, wanted.area
    if wanted.level == "unit":
        return by_code([await sums_of_units(db, place[0], one, place[1], codes) for one in wanted.questions])
    rule, length = wanted.round.village_rule, LENGTHS[wanted.level]
    return by_code([await sums_of_areas(db, place[0], one, place[1], length, rule, codes) for one in wanted.questions])


async def _progress(db: AsyncSession, wanted: Wanted, measure: Measure) -> dict[str, float | None]:
    """Of the scorecards planned in each area, the share that is reported, or reported in time."""
    low, high = prefix_range(wanted.area)
    reached = AreaProgress.reported if measure == "completeness" else AreaProgress.on_time
    statement = (
        select(col(AreaProgress.area_code), func.sum(col(AreaProgress.planned)), func.sum(col(reached)))
        .where(
            col(AreaProgress.round_id) == wanted.round.id,
            col(AreaProgress.area_code) >= low,
            col(AreaProgress.area_code) < high,
            func.length(col(AreaProgress.area_code)) == LENGTHS[wanted.level],
            col(AreaProgress.unit_kind).in_([question.questions.unit_kind for question in wanted.questions]),
        )
        .group_by(col(AreaProgress.area_code))
    )
    rows = await db.execute(statement)
    return {code: share(reported, planned) for code, planned, reported in rows}


async def _add_changes(db: AsyncSession, wanted: Wanted, table: Table) -> None:
    """The mean now less that of the newest earlier round, of what each area or unit was then."""
    waiting = dict(table.sums)
    table.values = dict.fromkeys(table.sums)
    lines = [] if wanted.level == "unit" else await lines_of_level(db, wanted.round.closed_at, LENGTHS[wanted.level])
    aliases = await _aliases(db) if wanted.level == "unit" else {}
    for earlier in await _earlier(db, wanted):
        questions = [same for one in wanted.questions if (same := _same(one, earlier)) is not None]
        before = Wanted(earlier, wanted.level, "", questions)
        if not waiting:
            return
        if not questions or before.scale.steps != wanted.scale.steps:
            continue
        then = await read_sums(db, before)
        crosswalk, opened_at = crosswalk_since(lines, earlier), wanted.round.opened_at
        for code, now in list(waiting.items()):
            origin = Origin((code, *aliases.get(code, ())))
            if opened_at is not None and crosswalk.touches(code):
                origin = crosswalk.origin(code, opened_at)
            there = tuple(old for old in origin.codes if old in then)
            if not there:
                continue
            was = [then[old] for old in there]
            del waiting[code]
            table.origins[code] = (earlier, replace(origin, codes=there))
            mean = _summed(was if wanted.level != "unit" else was[:1]).mean()
            table.values[code] = difference(now.mean(), mean)


def _summed(some: Sequence[Sums]) -> Sums:
    first = some[0]
    total = Sums(first.code, first.participants, list(first.counts), first.own_total, first.own_number, first.median)
    for other in some[1:]:
        total.add(other)
    return total


def _same(question: Question, earlier: Round) -> Question | None:
    """The same indicator in an earlier round's set of the kind; None where that did not have it."""
    questions = earlier.set_for(question.questions.unit_kind)
    if questions is None or question.position is None:
        return None if questions is None else Question(questions, None)
    code = question.questions.indicators[question.position]["code"]
    codes = [entry["code"] for entry in questions.indicators]
    return Question(questions, codes.index(code)) if code in codes else None


async def _earlier(db: AsyncSession, wanted: Wanted) -> Iterable[Round]:
    """The newest earlier rounds that have results."""
    rows: Any = Result if wanted.level == "unit" else AreaResult
    has_results = select(col(rows.round_id)).where(col(rows.round_id) == col(Round.id)).exists()
    statement = select(Round).where(is_before(wanted.round), has_results).order_by(*NEWEST_FIRST).limit(MOST_EARLIER)
    return (await db.scalars(statement)).all()


async def _aliases(db: AsyncSession) -> dict[str, tuple[str, ...]]:
    """The old codes of the units that have any."""
    statement = select(col(Unit.code), col(Unit.aliases)).where(func.cardinality(col(Unit.aliases)) > 0)
    return {code: tuple(aliases) for code, aliases in await db.execute(statement)}
